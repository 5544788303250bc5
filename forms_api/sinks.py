"""Where the bytes of an upload flow while they arrive: the program that looks into it, a virus scanner. Each gives a verdict."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from forms_api import recoding
from forms_api.file_kinds import Refused
from forms_api.recoding import Order

SECONDS = 60
BLOCK = 64 * 1024
AT_ONCE = 2
"""How many files are looked into at the same time; each may take the memory that `recoding` allows."""

_PLACES = threading.BoundedSemaphore(AT_ONCE)


class Recoder:
    """The program `recoding`, run for one file; use as a context, in which it has one of the few places."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._broken = False

    def __enter__(self) -> Self:
        _PLACES.acquire()
        try:
            # by path and isolated: the program is to import nothing of this package, and nothing from the current folder
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", "-S", "-c", _START, json.dumps(sys.path), recoding.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a traceback could quote the file
                env={"LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"},
                cwd="/",
            )
        except BaseException:
            _PLACES.release()
            raise
        self._timer = threading.Timer(SECONDS, self._process.kill)
        self._timer.start()
        self.push(json.dumps(asdict(self._order)).encode() + b"\n")
        return self

    def push(self, block: bytes) -> None:
        """Hand on the next bytes; a program that has ended is found out by `finish`."""
        if not self._broken:
            try:
                self._input.write(block)
            except OSError:
                self._broken = True

    def finish(self) -> tuple[str, Iterator[bytes]]:
        """Return the kind to keep and the blocks of the new file (none where it is kept as it came). Raises Refused."""
        with contextlib.suppress(OSError):
            self._input.close()
        line = self._output.readline()
        answer = json.loads(line) if line.endswith(b"\n") else {"refused": "damaged"}
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer["kind"], self._read()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._timer.cancel()
            self._process.kill()
            with contextlib.suppress(OSError):
                self._input.close()
            self._output.close()
            self._process.wait()
        finally:
            _PLACES.release()

    def _read(self) -> Iterator[bytes]:
        while block := self._output.read(BLOCK):
            yield block
        if self._process.wait(SECONDS):
            raise Refused("damaged")

    @property
    def _input(self):  # type: ignore[no-untyped-def]  # Popen's pipes are optional to the type checker only
        return self._process.stdin

    @property
    def _output(self):  # type: ignore[no-untyped-def]  # as above
        return self._process.stdout


_START = (
    "import json, runpy, sys; sys.path[:] = json.loads(sys.argv[1]); runpy.run_path(sys.argv[2], run_name='__main__')"
)


class ClamAv:
    """ClamAV's daemon at a socket (a path, or host:port); what it cannot be asked counts as infected."""

    def __init__(self, address: str) -> None:
        self._address = address

    def __enter__(self) -> Self:
        try:
            self._socket = self._connect()
            self._socket.sendall(b"zINSTREAM\0")
        except OSError:
            raise Refused("scanner") from None
        return self

    def _connect(self) -> socket.socket:
        if self._address.startswith("/"):
            made = socket.socket(socket.AF_UNIX)
            made.settimeout(SECONDS)
            try:
                made.connect(self._address)
            except OSError:
                made.close()
                raise
            return made
        host, _, port = self._address.rpartition(":")
        return socket.create_connection((host, int(port)), SECONDS)

    def push(self, block: bytes) -> None:
        """Hand on the next bytes. Raises Refused where the scanner has gone or takes no more."""
        try:
            self._socket.sendall(len(block).to_bytes(4, "big") + block)
        except OSError:
            raise Refused("scanner") from None

    def finish(self) -> None:
        """Return if the file is clean. Raises Refused."""
        try:
            self._socket.sendall(bytes(4))
            answer = b""
            while not answer.endswith(b"\0") and (more := self._socket.recv(4096)):
                answer += more
        except OSError:
            raise Refused("scanner") from None
        if answer != b"stream: OK\0":
            raise Refused("virus" if answer.endswith(b" FOUND\0") else "scanner")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()


def find_font(settings: str = "") -> Path | None:
    """Return a font with Chinese characters: the one named, else Debian's Noto; None where there is none."""
    known = [Path(settings)] if settings else [Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")]
    return next((path for path in known if path.is_file() and os.access(path, os.R_OK)), None)
