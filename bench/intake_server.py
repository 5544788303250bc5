"""A `forms-api intake` server of a trial's own: started on a free port, killed as a power switch would."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.intake import UNLIMITED
from forms_api import custody
from forms_api.config import Folder
from forms_api.definitions import CHINA
from forms_api.model import ApiKey
from forms_api.opening import Opener
from forms_api.serving import CannotServe, hold_lock
from forms_api.storage.sqlite import SqliteStore
from forms_api.tokens import hash_api_key

ROOT = Path(__file__).parents[1]
PASSPHRASE = "a trial's own passphrase"  # noqa: S105 - it guards nothing
API_KEY = "a-trial-s-own-key"
SECONDS = 120


def make_folder(root: Path) -> tuple[Folder, Opener]:
    """Make a data folder with keys and a program's key, and what opens what is sealed there."""
    folder = Folder(root)
    custody.prepare_folder(folder)
    store = SqliteStore(folder.database)
    now = datetime.now(CHINA)
    custody.make_keys(folder, store, PASSPHRASE, now)
    store.add_api_key(ApiKey("trial", hash_api_key(API_KEY), now))
    store.close()
    return folder, Opener([custody.open_current(folder, PASSPHRASE)])


def find_port() -> int:
    """Return a port that is free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class IntakeServer:
    """A running server; its words go to a file that is nowhere."""

    folder: Folder
    port: int
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, folder: Folder, bundle: Path, environ: Mapping[str, str], module: str = "forms_api") -> IntakeServer:
        """Start it and wait until it answers. Raises RuntimeError with what it said."""
        port = find_port()
        arguments = ["intake", "--data", str(folder.root), "--bind", f"127.0.0.1:{port}", "--bundle", str(bundle)]
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(  # noqa: S603 - our own words
                [sys.executable, "-m", module, *arguments],
                env=os.environ | {"PYTHONPATH": str(ROOT), "FORMS_FREE_MEGABYTES": "0"} | UNLIMITED | dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            server, deadline = cls(folder, port, process), time.monotonic() + SECONDS
            while process.poll() is None and time.monotonic() < deadline:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                except OSError:
                    time.sleep(0.05)
                else:
                    return server
            server.kill()
            log.seek(0)
            raise RuntimeError(log.read().decode())

    def kill(self) -> None:
        """End all its processes at once and wait until the folder is free."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(SECONDS)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                os.close(hold_lock(self.folder.lock("intake")))
            except CannotServe:
                time.sleep(0.01)
            else:
                return
