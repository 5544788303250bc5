"""An HTTP load on kept-alive connections from one thread: cheap enough to share two cores with what it measures.

`run_load` keeps every connection busy (a closed loop: how much can be taken); `run_paced` keeps to a timetable whatever the
server does (an open loop: how long each waits at a given rush, counted from the moment it wanted to send).
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """What came of a load: seconds of each answer, how many answers had each status, how long it all took."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    took: float = 0.0

    @property
    def rate(self) -> float:
        """Return answers a second."""
        return len(self.seconds) / self.took

    def percentile(self, share: float) -> float:
        """Return the milliseconds within which that share of the answers came."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


class _Client:
    """One connection: what it sent when, and what has come back of the answer."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent, self.came, self.wanted = 0.0, b"", -1

    def send(self, request: bytes) -> None:
        self.sent, self.came, self.wanted = time.perf_counter(), b"", -1
        self.socket.sendall(request)

    def receive(self) -> str | None:
        """Read on; return the status when the answer is whole. Raises ConnectionError."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionResetError
        self.came += data
        if self.wanted < 0 and (end := self.came.find(b"\r\n\r\n")) >= 0:
            head = self.came[:end].lower()
            start = head.find(b"content-length:") + 15
            self.wanted = end + 4 + int(head[start:].split(b"\r\n", 1)[0])
        return self.came[9:12].decode() if 0 <= self.wanted <= len(self.came) else None


def run_load(address: tuple[str, int], requests: Iterator[bytes], clients: int, seconds: float) -> Outcome:
    """Keep so many connections busy for so long, or until the requests run out."""
    outcome, chooser = Outcome(), selectors.DefaultSelector()
    began, busy = time.perf_counter(), 0
    for _ in range(clients):
        client = _Client(address)
        chooser.register(client.socket, selectors.EVENT_READ, client)
        client.send(next(requests))
        busy += 1
    while busy:
        for key, _ in chooser.select(timeout=10):
            client = key.data
            if (status := client.receive()) is None:
                continue
            now = time.perf_counter()
            outcome.seconds.append(now - client.sent)
            outcome.statuses[status] = outcome.statuses.get(status, 0) + 1
            request = next(requests, None) if now - began < seconds else None
            if request is None:
                chooser.unregister(client.socket)
                client.socket.close()
                busy -= 1
            else:
                client.send(request)
    outcome.took = time.perf_counter() - began
    return outcome


def _replace(chooser: selectors.BaseSelector, free: list[_Client], client: _Client, address: tuple[str, int]) -> None:
    chooser.unregister(client.socket)
    client.socket.close()
    free.remove(client)
    free.append(_Client(address))
    chooser.register(free[-1].socket, selectors.EVENT_READ, free[-1])


def run_paced(
    address: tuple[str, int], requests: Iterator[bytes], clients: int, rate: float, seconds: float
) -> Outcome:
    """Send so many requests a second; one that finds all connections busy waits for the next that is free."""
    outcome, chooser = Outcome(), selectors.DefaultSelector()
    free = [_Client(address) for _ in range(clients)]
    for client in free:
        chooser.register(client.socket, selectors.EVENT_READ, client)
    began, sent, most = time.perf_counter(), 0, int(rate * seconds)
    wanted: dict[_Client, float] = {}
    while sent < most or wanted:
        due = began + sent / rate
        while sent < most and free and due <= time.perf_counter():
            client = free.pop()
            client.send(next(requests))
            wanted[client] = due
            sent += 1
            due = began + sent / rate
        wait = max(0.0, due - time.perf_counter()) if free and sent < most else 10
        for key, _ in chooser.select(timeout=wait):
            client = key.data
            try:
                status = client.receive()
            except ConnectionError:
                if client in wanted:
                    raise
                _replace(chooser, free, client, address)  # idle for so long that the server let it go
                continue
            if status is not None:
                outcome.seconds.append(time.perf_counter() - wanted.pop(client))
                outcome.statuses[status] = outcome.statuses.get(status, 0) + 1
                free.append(client)
    outcome.took = time.perf_counter() - began
    for client in free:
        client.socket.close()
    return outcome
