"""Where the bytes of an upload flow while they arrive: the program that looks into it, a virus scanner. Each gives a verdict."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from forms_api import recoding
from forms_api.file_kinds import Refused
from forms_api.recoding import Order

SECONDS = 60
BLOCK = 64 * 1024
AT_ONCE = 2
"""How many files are looked into at the same time; each may take the memory that `recoding` allows."""

_PLACES = threading.BoundedSemaphore(AT_ONCE)


class _Program:
    """`recoding` as it runs beside this process: started with the first file, and again where it has ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: socket.socket | None = None
        self.process: subprocess.Popen[bytes] | None = None
        atexit.register(self._stop)

    def connect(self, kind: str) -> socket.socket:
        """Return a connection to a process that waits for one file of that kind."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            try:
                self._call(kind, theirs)
            except OSError:  # not running, or no longer
                self._start()
                self._call(kind, theirs)
        return ours

    def _call(self, kind: str, connection: socket.socket) -> None:
        if self._calls is None:
            raise BrokenPipeError
        socket.send_fds(self._calls, [kind.encode()], [connection.fileno()])

    def _stop(self) -> None:
        if self._calls is not None and self.process is not None:
            self._calls.close()
            self.process.wait()

    def _start(self) -> None:
        self._stop()
        self._calls, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            # by path and isolated: the program is to import nothing of this package, and nothing from the current folder
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", "-S", "-c", _START, json.dumps(sys.path), recoding.__file__],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a traceback could quote the file
                env={"LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"},
                cwd="/",
            )


PROGRAM = _Program()
_START = (
    "import json, runpy, sys; sys.path[:] = json.loads(sys.argv[1]); runpy.run_path(sys.argv[2], run_name='__main__')"
)


class Recoder:
    """The process of `recoding` for one file; use as a context, in which it has one of the few places."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._broken = False
        self._process = -1
        """A descriptor, so that no other process is ever meant."""

    def __enter__(self) -> Self:
        _PLACES.acquire()
        try:
            self._connection = PROGRAM.connect(self._order.kind)
        except BaseException:
            _PLACES.release()
            raise
        self._connection.settimeout(SECONDS)
        self._output = self._connection.makefile("rb")
        with contextlib.suppress(OSError, ValueError):  # it has ended; `finish` says so
            self._process = os.pidfd_open(int(self._output.readline()))
        self._timer = threading.Timer(SECONDS, self._kill)
        self._timer.start()
        self.push(json.dumps(asdict(self._order)).encode() + b"\n")
        return self

    def push(self, block: bytes) -> None:
        """Hand on the next bytes; a program that has ended is found out by `finish`."""
        if not self._broken:
            try:
                self._connection.sendall(block)
            except OSError:
                self._broken = True

    def finish(self) -> tuple[str, Iterator[bytes]]:
        """Return the kind to keep and the blocks of the new file (none where it is kept as it came). Raises Refused."""
        line = b""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
            line = self._output.readline()
        answer: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {"refused": "damaged"}
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer["kind"], self._read(int(answer["size"]))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._timer.cancel()
            self._timer.join()
            self._kill()
            self._output.close()
            self._connection.close()
            if self._process >= 0:
                _wait_for_end(self._process)  # its memory is free again before the next one has the place
                os.close(self._process)
        finally:
            _PLACES.release()

    def _kill(self) -> None:
        if self._process >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def _read(self, size: int) -> Iterator[bytes]:
        while size:
            try:
                block = self._output.read(min(size, BLOCK))
            except OSError:
                block = b""
            if not block:
                raise Refused("damaged")
            size -= len(block)
            yield block


def _wait_for_end(process: int) -> None:
    end = select.poll()  # select itself knows no descriptor above 1023
    end.register(process, select.POLLIN)
    end.poll()


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
