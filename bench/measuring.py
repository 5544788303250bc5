"""Run a command and tell what it took: seconds, processor seconds, the most memory of all its processes together."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.03
"""Seconds between two looks at the memory; what is held for less may be missed."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took; `memory` in megabytes, pages that processes share counted once (PSS)."""

    wall: float
    cpu: float
    memory: float


class CommandFailed(Exception):
    """A measured command that did not end well; holds the end of what it said."""


def measure(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Run:
    """Run a command in a folder to its end, in a session of its own so that all its processes are known."""
    log = folder.parent / f"{folder.name}.log"
    with log.open("wb") as out:
        start = time.monotonic()
        process = subprocess.Popen(  # noqa: S603 - our own words
            command, cwd=folder, env={**os.environ, **environ}, stdout=out, stderr=out, start_new_session=True
        )
        watch = _Watch(process.pid)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.end()
    if process.returncode:
        raise CommandFailed(f"{' '.join(command)}: {log.read_text(encoding='utf-8', errors='replace')[-800:]}")
    return Run(wall, usage.ru_utime + usage.ru_stime, watch.most / 1024)


class _Watch(threading.Thread):
    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.session, self.most, self.over = session, 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(EVERY):
            self.most = max(self.most, sum(read_memory(pid) for pid in list_session(self.session)))

    def end(self) -> None:
        self.over.set()
        self.join()


def list_session(session: int) -> list[str]:
    """Return the processes of a session."""
    found = []
    for pid in os.listdir("/proc"):
        if pid.isdigit():
            try:
                if os.getsid(int(pid)) == session:
                    found.append(pid)
            except ProcessLookupError:
                continue
    return found


def read_memory(pid: str) -> int:
    """Return the kilobytes that a process holds, its share of what it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def middle(runs: Sequence[Run]) -> Run:
    """Return the median of each figure."""
    return Run(*(statistics.median([getattr(run, name) for run in runs]) for name in ("wall", "cpu", "memory")))
