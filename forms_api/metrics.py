"""Figures for Prometheus, gathered over all processes of a server and given out on a port of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
"""An application as PEP 3333 has it."""
AREAS = frozenset(
    {"apply", "status", "uploads", "api", "healthz", "readyz"}  # intake's
    | {
        "login",
        "cases",
        "publicity",
        "payments",
        "registers",
        "personal",
        "figures",
        "audit",
        "staff",
    }  # the staff app's
)
BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class _Gauges(Collector):
    """Reads figures of the moment when they are asked for."""

    def __init__(self, read: Callable[[], dict[str, float]]) -> None:
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, value in self._read().items():
            yield GaugeMetricFamily(name, name.replace("_", " "), value=value)


def start_metrics(host: str, port: int, shared: Path, read: Callable[[], dict[str, float]]) -> None:
    """Give out the figures of all processes that write into a shared folder, and those that `read` returns."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(shared))  # type: ignore[no-untyped-call]  # the library is half typed
    registry.register(_Gauges(read))
    start_http_server(port, host, registry)


def count_requests(app: Wsgi) -> Wsgi:
    """Return an application that counts and times its answers by area and status, never by address."""
    requests = Counter("forms_requests", "Answers by area, method and status.", ("area", "method", "status"))
    seconds = Histogram("forms_request_seconds", "Seconds until an answer was begun.", ("area",), buckets=BUCKETS)

    def counted(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        began, area = time.perf_counter(), find_area(environ.get("PATH_INFO", ""))

        def start(status: str, headers: Any, *rest: Any) -> Any:
            method = environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in ("GET", "POST") else "other"
            requests.labels(area, method, status[:3]).inc()
            return start_response(status, headers, *rest)

        answer = app(environ, start)
        seconds.labels(area).observe(time.perf_counter() - began)
        return answer

    return counted


class Board:
    """Figures that a process shows of itself until it shows others or ends."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._gauges: dict[str, Gauge] = {}

    def show(self, figures: Mapping[str, float]) -> None:
        """Show figures by their names."""
        for name, value in figures.items():
            if name not in self._gauges:
                self._gauges[name] = Gauge(name, name.replace("_", " "), multiprocess_mode="livemostrecent")
            self._gauges[name].set(value)


def find_area(path: str) -> str:
    """Return the first part of a path if it is one of ours."""
    first = path.lstrip("/").partition("/")[0]
    return first if first in AREAS else "other"
