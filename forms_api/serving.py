"""Serving a role with granian: several processes of threads, drained when told to stop, one server per data folder."""

from __future__ import annotations

import fcntl
import importlib
import json
import logging
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from granian import Granian
from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.server.mp import MPServer
from werkzeug.middleware.proxy_fix import ProxyFix

from forms_api.config import Settings, open_files, open_intake
from forms_api.logs import begin_trace, start_logging
from forms_api.receiving import Intake, find_closed
from forms_api.storage import StoreBroken
from forms_api.storage.files import FileStore

DRAIN_SECONDS = 30
PARENT_SECONDS = 1.0
LEAVE_SECONDS = 0.5
BACKLOG = 2048
FIRST_GIVEN = 3
"""The descriptor of the first socket that systemd hands to a service (sd_listen_fds(3))."""
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
log = logging.getLogger("forms_api")


class CannotServe(Exception):
    """A server cannot start; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Return the address that `127.0.0.1:8001` or `[::1]:8001` stands for. Raises ValueError."""
        host, _, port = text.rpartition(":")
        if not host or not 0 < int(port) < 65536:
            raise ValueError(text)
        return cls(host.strip("[]"), int(port))


class _GivenSocket(MPServer):
    """A server whose processes all take from one listening socket that somebody else holds.

    What has connected and waits is not lost with a process, as it is where each listens for itself: a reload, or a restart
    while systemd holds the socket, refuses nobody.
    """

    given: socket.socket

    def _init_shared_socket(self) -> None:
        self._ssp = None
        holder: Any = SocketHolder  # whose stub does not tell what it takes
        self._sfd: Any = self.given.fileno()
        self._shd: Any = holder(self._sfd, False, BACKLOG)
        self._sso = self.given

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        for idx in workers:
            threading.Timer(max(delay - LEAVE_SECONDS, 0), _let_leave, (self.wrks[idx].inner.pid,)).start()
            super()._respawn_workers([idx], spawn_target, target_loader, delay)

    def _stop_workers(self) -> None:
        for worker in self.wrks:
            _let_leave(worker.inner.pid)
        time.sleep(LEAVE_SECONDS)
        super()._stop_workers()  # type: ignore[no-untyped-call]  # the library is half typed


def _let_leave(pid: int) -> None:
    """Tell a process to take no more connections; what it took gets its answer before it is told to stop.

    The server closes a connection that it took and has not read from yet: whoever just came would be refused after all.
    """
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGUSR1)


def _take_no_more(listening: int) -> None:
    """Put a socket that nobody connects to in the place of each descriptor of a listening one, in this process alone."""
    inode = os.fstat(listening).st_ino
    quiet = socket.socket()
    quiet.bind(("127.0.0.1", 0))
    quiet.listen(1)
    quiet.setblocking(False)
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if os.fstat(int(name)).st_ino == inode:
                os.dup2(quiet.fileno(), int(name))


def take_socket(environ: MutableMapping[str, str], address: Address) -> socket.socket | None:
    """Return the listening socket that systemd handed to this process, or None. Raises CannotServe if it is another's."""
    if environ.pop("LISTEN_PID", "") != str(os.getpid()) or environ.pop("LISTEN_FDS", "0") == "0":
        return None
    given = socket.socket(fileno=FIRST_GIVEN)
    given.setblocking(False)
    given.set_inheritable(True)
    host, port = given.getsockname()[:2]
    if (host, port) != (address.host, address.port):
        raise CannotServe(
            f"systemd 交来的端口是 {host}:{port}，--bind 写的是 {address.host}:{address.port}。"
            "请把 .socket 和 .service 两个单元里的地址改成一样。"
        )
    return given


def hold_lock(path: Path) -> int:
    """Take the lock of a role and return its descriptor, which processes started from here share. Raises CannotServe.

    It ends with the last of them, however they end.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise CannotServe(f"这个数据文件夹已经有一个同样的服务在运行（{path}）。请先停掉那一个。") from None
    return descriptor


def serve_intake(settings: Settings, application: str, address: Address, figures: Address | None) -> None:
    """Serve intake until told to stop (SIGTERM, SIGINT); what has begun by then is finished. Raises CannotServe.

    `application` names `module:function`, which takes the intake and the settings and returns a WSGI application.
    """
    load = partial(_load_intake, application, settings)
    _serve(settings, "intake", application, load, settings.workers, address, figures)


def serve_review(settings: Settings, application: str, address: Address, figures: Address | None) -> None:
    """Serve the staff app until told to stop, from one process, in whose memory the key lives. Raises CannotServe.

    `application` names `module:function`, which takes the settings and returns a WSGI application.
    """
    load = partial(_load_review, application, settings)
    _serve(settings, "review", application, load, 1, address, figures)


def _serve(
    settings: Settings,
    role: str,
    application: str,
    load: Callable[[], Wsgi],
    workers: int,
    address: Address,
    figures: Address | None,
) -> None:
    lock = hold_lock(settings.folder.lock(role))
    shared = Path(tempfile.mkdtemp(prefix="forms-figures-")) if figures else None
    try:
        given = take_socket(os.environ, address)
        if given is None:
            _refuse_taken(address)
        if figures and shared:
            _refuse_taken(figures)
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(shared)
            from forms_api import metrics  # which decides when it is imported whether processes share their figures

            metrics.start_metrics(figures.host, figures.port, shared, partial(_read_gauges, settings.folder.root))
        server = (_GivenSocket if given else Granian)(
            application,
            address=address.host,
            port=address.port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=settings.threads,
            backlog=BACKLOG,
            respawn_failed_workers=True,
            workers_kill_timeout=DRAIN_SECONDS,
            log_dictconfig=_LOGS,
        )
        if isinstance(server, _GivenSocket) and given:
            server.given = given
        load_app = partial(_load, load, settings.proxies, os.getpid(), given.fileno() if given else None)
        server.serve(target_loader=load_app, wrap_loader=False)
    finally:
        os.close(lock)
        if shared:
            shutil.rmtree(shared, ignore_errors=True)


def trace_requests(app: Wsgi, *, trusted: bool) -> Wsgi:
    """Return an application whose log lines carry the id of the request, which a trusted web server in front gives."""

    def traced(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        begin_trace(environ.get("HTTP_X_REQUEST_ID") if trusted else None)
        return app(environ, start_response)

    return traced


def log_acts(app: Wsgi) -> Wsgi:
    """Return an application that writes a line for every request that may change something: which room, how it ended.

    Intake needs none: what it accepts is an event, and the web server's line has the same id.
    """

    def logged(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in ("GET", "HEAD", "OPTIONS"):
            return app(environ, start_response)
        begun = time.monotonic()

        def begin(status: str, headers: Any, *rest: Any) -> Any:
            told = {"event": "answered", "method": environ["REQUEST_METHOD"], "status": int(status[:3])}
            area = environ.get("PATH_INFO", "").strip("/").partition("/")[0]
            told |= {
                "area": area if area.isalpha() and area.isascii() else "",
                "seconds": round(time.monotonic() - begun, 3),
            }
            log.info("request answered", extra=told)
            return start_response(status, headers, *rest)

        return app(environ, begin)

    return logged


def add_probes(app: Wsgi, intake: Intake, files: FileStore) -> Wsgi:
    """Return an application that answers /healthz (the process lives) and /readyz (applications are taken) itself."""

    def probed(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO")
        if path == "/healthz":
            return _answer(start_response, "200 OK", {"status": "ok"})
        if path == "/readyz":
            closed = _probe(intake, files)
            status = "503 Service Unavailable" if closed else "200 OK"
            return _answer(
                start_response, status, {"status": "closed", "reason": closed} if closed else {"status": "ok"}
            )
        return app(environ, start_response)

    return probed


def hide_errors(app: Wsgi) -> Wsgi:
    """Return an application whose unforeseen errors are logged without their text, which may hold an answer."""

    def guarded(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except Exception:
            log.exception("unforeseen error", extra={"event": "error"})
            return _answer(start_response, "500 Internal Server Error", {"status": "error"})

    return guarded


def _load(load: Callable[[], Wsgi], proxies: int, head: int, given: int | None) -> Wsgi:
    """Return the application, made anew in each process."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # the head's handlers came along with the fork, and would swallow a stop
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # reloading is the head's task
    if given is not None:
        signal.signal(signal.SIGUSR1, lambda *_: _take_no_more(given))
    start_logging()
    _end_with(head)
    app = trace_requests(load(), trusted=bool(proxies))
    if proxies:  # without it all visitors of a reverse proxy would share one address, and its limits
        app = ProxyFix(app, x_for=proxies, x_proto=proxies, x_host=proxies)
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return app
    from forms_api import metrics

    return metrics.count_requests(app)


def _load_intake(application: str, settings: Settings) -> Wsgi:
    intake = open_intake(settings)
    if closed := find_closed(intake):
        log.error("intake is closed", extra={"event": "closed", "reason": closed})
    return add_probes(hide_errors(_find(application)(intake, settings)), intake, open_files(settings))


def _load_review(application: str, settings: Settings) -> Wsgi:
    return log_acts(hide_errors(_find(application)(settings)))


def _find(application: str) -> Callable[..., Wsgi]:
    module, _, function = application.partition(":")
    found: Callable[..., Wsgi] = getattr(importlib.import_module(module), function)
    return found


def _probe(intake: Intake, files: FileStore) -> str | None:
    broken = "store"
    try:
        intake.store.probe()
        broken = "files"
        files.probe()
    except StoreBroken:
        return broken
    return find_closed(intake)


def _answer(start_response: Any, status: str, data: dict[str, Any]) -> list[bytes]:
    body = json.dumps(data).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    start_response(status, headers)
    return [body]


def _end_with(head: int) -> None:
    """End this process when the one that started it is gone, so that no half of a server goes on holding the lock."""
    never = threading.Event()

    def watch() -> None:
        while os.getppid() == head:
            never.wait(PARENT_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="head-watch", daemon=True).start()


def _refuse_taken(address: Address) -> None:
    """Raise CannotServe if the port is taken; granian itself would share it silently with another server."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            why = error.strerror
            raise CannotServe(
                f"不能在 {address.host}:{address.port} 上监听（{why}）。请换一个地址，或停掉占用它的程序。"
            ) from None


def _read_gauges(root: Path) -> dict[str, float]:
    return {"forms_free_bytes": float(shutil.disk_usage(root).free)}


_LOGS: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "forms_api.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
    "loggers": {"_granian": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}
