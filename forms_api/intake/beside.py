"""The built site and intake behind one address, for a look at both on one machine; in the open a web server does this."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

Start = Callable[[str, list[tuple[str, str]]], Any]
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
SERVICE = ("/apply/", "/status/", "/uploads/", "/api/")
"""Where addresses of the service begin; all others are files of the site."""


def serve_beside(app: Wsgi, site: Path) -> Wsgi:
    """Return an application that answers for the service and hands out the files of a built site."""
    root = site.resolve()

    def application(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/").encode("latin-1", "replace").decode("utf-8", "replace")
        if path.startswith(SERVICE):
            return app(environ, start_response)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            start_response("405 Method Not Allowed", [("Allow", "GET, HEAD"), ("Content-Length", "0")])
            return []
        found = _find(root, path)
        if found and found.is_dir() and not path.endswith("/"):
            inside = quote(found.relative_to(root).as_posix())
            start_response("308 Permanent Redirect", [("Location", f"/{inside}/"), ("Content-Length", "0")])
            return []
        found = found / "index.html" if found and found.is_dir() else found
        if not found or not found.is_file():
            return _answer(start_response, "404 Not Found", root / "404.html")
        return _answer(start_response, "200 OK", found)

    return application


def _find(root: Path, path: str) -> Path | None:
    """Return what lies at an address; None where that is outside of the site or can be nowhere."""
    try:
        found = (root / path.lstrip("/")).resolve()
        found.stat()
    except (OSError, ValueError):
        return None
    return found if found.is_relative_to(root) else None


def _answer(start_response: Start, status: str, file: Path) -> list[bytes]:
    body = file.read_bytes() if file.is_file() else b""
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind.endswith(("javascript", "json", "xml"))
    headers = [("Content-Type", f"{kind}; charset=utf-8" if text else kind), ("Content-Length", str(len(body)))]
    start_response(status, [*headers, ("Cache-Control", "no-cache")])
    return [body]
