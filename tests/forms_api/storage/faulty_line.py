"""A line to a server that can be cut in the middle of what it carries, and that can be dead."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class FaultyLine:
    """A port of 127.0.0.1 behind which a server is reached as long as nothing is cut."""

    target: int
    up: int = 0
    """After so many bytes to the server a connection is cut; 0: never."""
    down: int = 0
    """After so many bytes from the server it is cut; 0: never."""
    times: int = 0
    """How many connections are still to be cut."""
    _socket: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._carriers = list[threading.Thread]()
        self._open = list[socket.socket]()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        """Return where the server is met through the line."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def cut(self, *, up: int = 0, down: int = 0, times: int = 1) -> None:
        """Cut the next connections that carry more than so much."""
        self.up, self.down, self.times = up, down, times

    def heal(self) -> None:
        """Cut nothing any more."""
        self.up = self.down = self.times = 0

    def close(self) -> None:
        """Leave nobody at the port."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
        for near in self._open:
            with suppress(OSError):
                near.shutdown(socket.SHUT_RDWR)
        for carrier in self._carriers:
            carrier.join()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(near)
            far = socket.create_connection(("127.0.0.1", self.target))
            for source, sink, upwards in ((near, far, True), (far, near, False)):
                thread = threading.Thread(target=self._carry, args=(source, sink, upwards), daemon=True)
                self._carriers.append(thread)
                thread.start()

    def _carry(self, source: socket.socket, sink: socket.socket, upwards: bool) -> None:
        carried = 0
        with suppress(OSError):
            while block := source.recv(65536):
                carried += len(block)
                if self._is_cut(carried, self.up if upwards else self.down):
                    break
                sink.sendall(block)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _is_cut(self, carried: int, most: int) -> bool:
        with self._lock:
            if not most or carried <= most or self.times <= 0:
                return False
            self.times -= 1
            return True
