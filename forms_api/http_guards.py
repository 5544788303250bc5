"""What both apps do with every request and answer: tell their own pages from strangers', and put headers on answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
OWN_SITES = (None, "same-origin", "none")
"""Values of Sec-Fetch-Site that a page of ours, or a browser too old to say, sends."""


def is_own(host: str, origin: str | None, site: str | None) -> bool:
    """Tell by Origin and Sec-Fetch-Site whether a request to a host was made by a page of this origin, or by no page at all."""
    return (origin is None or urlsplit(origin).netloc == host) and site in OWN_SITES


def add_headers(app: WSGIApplication, headers: Mapping[str, str]) -> WSGIApplication:
    """Return an application whose every answer has the headers, unless the answer itself says otherwise."""
    ours = [(name.lower(), (name, value)) for name, value in headers.items()]

    def headed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, given: list[tuple[str, str]], *rest: Any) -> Any:
            names = {name.lower() for name, _ in given}
            return start_response(status, [*given, *(one for name, one in ours if name not in names)], *rest)

        return app(environ, start)

    return headed
