"""The built site and intake behind one address, for a look at both on one machine; in the open a web server does this."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

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
        found = (root / path.lstrip("/")).resolve()
        if found.is_dir() and not path.endswith("/"):
            start_response("308 Permanent Redirect", [("Location", f"{environ['PATH_INFO']}/")])
            return []
        found = found / "index.html" if found.is_dir() else found
        if not found.is_relative_to(root) or not found.is_file():
            return _answer(start_response, "404 Not Found", root / "404.html")
        return _answer(start_response, "200 OK", found)

    return application


def _answer(start_response: Start, status: str, file: Path) -> list[bytes]:
    body = file.read_bytes() if file.is_file() else b""
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind.endswith(("javascript", "json", "xml"))
    headers = [("Content-Type", f"{kind}; charset=utf-8" if text else kind), ("Content-Length", str(len(body)))]
    start_response(status, [*headers, ("Cache-Control", "no-cache")])
    return [body]
