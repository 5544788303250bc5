"""A real server on a real folder in processes of its own, for trials of what happens to it."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from forms_api.config import Folder
from forms_api.definitions import CHINA
from forms_api.tokens import IntakeKeys, issue_token

ROOT = Path(__file__).parents[2]
SERVE = """
import os, sys
from pathlib import Path
if given := os.environ.get("GIVEN"):  # as systemd hands a socket to a service
    os.dup2(int(given), 3)
    os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
from forms_api.config import Settings
from forms_api.serving import Address, CannotServe, serve_intake
figures = Address("127.0.0.1", int(sys.argv[3])) if len(sys.argv) > 3 else None
settings = Settings.from_env(os.environ, Path(sys.argv[1]), Path("unused"))
try:
    serve_intake(settings, "tests.forms_api.tiny_intake:create_app", Address("127.0.0.1", int(sys.argv[2])), figures)
except CannotServe as refused:
    sys.exit(str(refused))
"""
NO_LIMITS = {f"FORMS_LIMIT_{name}": str(10**9) for name in ("PER_ADDRESS", "PER_ADDRESS_WITHOUT_WORK", "PER_FORM")}


def find_port() -> int:
    """Return a port that is free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running server, and what it wrote to its logs."""

    folder: Path
    port: int = field(default_factory=find_port)
    figures: int | None = None
    settings: dict[str, str] = field(default_factory=dict)
    given: socket.socket | None = None
    """A listening socket to hand to the server, as systemd does."""

    def start(self) -> Server:
        """Start it and wait until it answers."""
        self.launch()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.get("/healthz")[0] == 200:
                    return self
            except OSError:
                time.sleep(0.05)
        self.log.close()
        raise AssertionError(self.read_log())

    def launch(self) -> None:
        """Start it."""
        arguments = [str(self.folder), str(self.port), *([str(self.figures)] if self.figures else [])]
        self.log = open(self.folder / "log.txt", "ab")  # noqa: SIM115 - closed when the server stops
        given = {"GIVEN": str(self.given.fileno())} if self.given else {}
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, *arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | NO_LIMITS | self.settings | given,
            pass_fds=[self.given.fileno()] if self.given else [],
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def get(self, path: str, port: int | None = None) -> tuple[int, str]:
        """Return status and text of a page."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def post(self, token: str, answers: dict[str, Any], behind: str = "", **more: Any) -> tuple[int, str]:
        """Hand in an application, perhaps as a proxy would for someone behind it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            headers = {"X-Forwarded-For": behind} if behind else {}
            connection.request("POST", "/", json.dumps({"token": token, "answers": answers, **more}), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def make_token(self) -> str:
        """Return a token as the server would issue it."""
        master = bytes.fromhex(Folder(self.folder).intake_key.read_text().strip())
        rendered = datetime.now(CHINA) - timedelta(minutes=1)
        return issue_token(IntakeKeys.derive(master), "trip", rendered, secrets.token_bytes(15))

    def kill(self) -> None:
        """End all its processes at once, as a power switch would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
        self.log.close()

    def stop(self) -> int:
        """Tell it to stop and return its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(60)
        self.log.close()
        return status

    def read_log(self) -> str:
        """Return what it wrote."""
        return (self.folder / "log.txt").read_text("utf-8")


@contextmanager
def running(folder: Path, **options: Any) -> Iterator[Server]:
    """Run a server and stop it at the end, whatever happens."""
    server = Server(folder, **options).start()
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
        server.log.close()
