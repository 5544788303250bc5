"""A web server on 127.0.0.1 that compresses as a real one does and counts what it sends."""

from __future__ import annotations

import gzip
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

TEXT = (".html", ".js", ".css", ".json", ".svg", ".txt", ".xml", ".wasm")
HEAD = 180
"""Bytes of headers counted for every answer: what HTTP/1.1 needs for type, length, date, validator and server."""


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, sent: list[tuple[str, int]], **options: Any) -> None:
        self.sent = sent
        super().__init__(*args, **options)

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        data = path.read_bytes() if path.is_file() else b""
        self.send_response(200 if path.is_file() else 404)
        if path.suffix in TEXT and "gzip" in (self.headers.get("Accept-Encoding") or ""):
            data = gzip.compress(data, 6, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.sent.append((self.path, len(data) + HEAD))
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class CountingServer:
    """Serve a folder while in a `with` block; `mark` and `since` tell what was sent."""

    def __init__(self, folder: Path) -> None:
        self.sent: list[tuple[str, int]] = []
        handler = partial(_Handler, sent=self.sent, directory=str(folder))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def __enter__(self) -> CountingServer:
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def mark(self) -> int:
        """Return a place in the record of what was sent."""
        return len(self.sent)

    def since(self, mark: int) -> list[tuple[str, int]]:
        """Return (path, bytes with headers) of everything sent since a mark."""
        return self.sent[mark:]
