"""What browsers are told to refuse: the Content-Security-Policy and the other headers of the site.

The pages carry the policy as a meta tag, so that it holds on any file server; deploy/nginx-headers.conf carries it
as a header, with what only a header can say. A test keeps the two alike.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime, timedelta
from hashlib import sha256

DIRECTIVES: dict[str, tuple[str, ...]] = {
    "default-src": ("'none'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:"),
    "media-src": ("'self'",),
    "connect-src": ("'self'",),
    "manifest-src": ("'self'",),
    "form-action": ("'self'",),
    "base-uri": ("'none'",),
}
"""Nothing inline runs and nothing comes from elsewhere; data: is for the small drawings in style.css.

No hashes: Material's own scripts are not shipped, and JSON-LD is data, which the policy does not touch.
"""
HEADER_ONLY = {"frame-ancestors": ("'none'",)}
"""A meta tag may not say this (CSP level 3, 3.3)."""
VALID_DAYS = 365
"""RFC 9116, 2.5.5: security.txt must expire, and should within a year."""


def write_policy(*, header: bool = False) -> str:
    """Return the Content-Security-Policy, for the meta tag or for the header."""
    directives = {**DIRECTIVES, **HEADER_ONLY} if header else DIRECTIVES
    return "; ".join(" ".join((name, *values)) for name, values in directives.items())


def allow_script(page: bytes) -> bytes:
    """Return a page whose policy also lets its last inline script run, by its hash: the one that a preview adds."""
    start = page.rfind(b"<script>") + len(b"<script>")
    script = page[start : page.find(b"</script>", start)]
    digest = b64encode(sha256(script).digest())
    own = b"script-src &#39;self&#39;"
    return page.replace(own, own + b" &#39;sha256-" + digest + b"&#39;", 1)


def list_headers() -> dict[str, str]:
    """Return the headers that the web server adds to every answer of the public site."""
    return {
        "Content-Security-Policy": write_policy(header=True),
        "Strict-Transport-Security": "max-age=31536000",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def write_security_txt(contact: str, base: str, now: datetime) -> str:
    """Return security.txt of RFC 9116; `contact` is a mailto:, tel: or https: address, `base` the site's."""
    expires = (now + timedelta(days=VALID_DAYS)).isoformat(timespec="seconds")
    lines = (
        f"Contact: {contact}",
        f"Expires: {expires}",
        "Preferred-Languages: zh",
        f"Canonical: {base}.well-known/security.txt",
    )
    return "\n".join(lines) + "\n"
