"""Serve a living county for half an hour: applications each second, some with a file, staff at work beside; then a rush.

`python -m bench soak [--minutes 30] [--rate 100] [--rush 20]` runs `forms-api intake` and `forms-api review` on the last
build's forms-bundle. All figures of a minute are taken in that minute; memory is that of all processes of both together.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.applicants import FORM, Applicants
from bench.http_load import Outcome, run_paced
from bench.intake import Trial, count_cases, make_posts, wait_for
from bench.intake_server import IntakeServer, find_port
from bench.measuring import list_session, read_memory
from bench.results import tell_machine, write_section
from bench.staff_at_work import Worker
from forms_api.config import Folder
from forms_api.forms_bundle import read_bundle
from forms_api.staff import DUTIES

ROOT = Path(__file__).parents[1]
WITH_FILE = 0.1
CLIENTS, WRITERS = 64, 5
STAFF, PAUSE = ("handler", "reviewer"), 2.0
MINUTE, RUSH_SECONDS = 60, 10
COMMAND = [sys.executable, "-m", "forms_api"]


@dataclass
class Minute:
    """What one minute brought."""

    plain: Outcome
    uploads: list[float]
    memory: float
    """Megabytes at its end."""


@dataclass
class Soak:
    """The servers, who writes to them, and what came of it."""

    intake: IntakeServer
    review: subprocess.Popen[bytes]
    people: Applicants
    workers: list[Worker]
    minutes: list[Minute] = field(default_factory=list)
    uploads: list[float] = field(default_factory=list)

    @property
    def trial(self) -> Trial:
        """Return intake as the load sees it."""
        return Trial(self.intake.process, self.intake.port, self.intake.folder)

    def memory(self) -> float:
        """Return the megabytes of all processes of both apps."""
        sessions = (self.intake.process.pid, self.review.pid)
        return sum(read_memory(pid) for session in sessions for pid in list_session(session)) / 1024

    def send(self, rate: float, seconds: float) -> Outcome:
        """Let applications without files arrive by a timetable."""
        posts = make_posts(self.trial, self.people.bundle, FORM, int(rate * seconds))
        return run_paced(("127.0.0.1", self.intake.port), iter(posts), CLIENTS, rate, seconds)

    def run(self, minutes: int, rate: float) -> None:
        """Let everybody work for so many minutes."""
        over = threading.Event()
        pause = WRITERS / (rate * WITH_FILE)
        threads = [threading.Thread(target=self._write, args=(over.is_set, pause)) for _ in range(WRITERS)]
        threads += [threading.Thread(target=one.work, args=(over.is_set, PAUSE)) for one in self.workers]
        for thread in threads:
            thread.start()
        try:
            for _ in range(minutes):
                before = len(self.uploads)
                plain = self.send(rate * (1 - WITH_FILE), MINUTE)
                self.minutes.append(Minute(plain, self.uploads[before:], self.memory()))
                print(_write_minute(len(self.minutes), self.minutes[-1]), flush=True)
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def _write(self, over: Callable[[], bool], pause: float) -> None:
        due = time.monotonic()
        while not over():
            took = self.people.hand_in()
            if took is not None:
                self.uploads.append(took)
            due += pause
            time.sleep(max(0.0, due - time.monotonic()))


@contextmanager
def serving(bundle: Path) -> Iterator[Soak]:
    """Give a living county with both apps running and staff signed in."""
    with tempfile.TemporaryDirectory() as name:
        folder = Folder(Path(name, "data"))
        told = _make_county(folder, bundle)
        intake = IntakeServer.start(folder, bundle, {"FORMS_PROXIES": "1"})
        port = find_port()
        review = _start(
            [*COMMAND, "review", "--data", str(folder.root), "--bind", f"127.0.0.1:{port}", "--plain-http"], bundle
        )
        try:
            wait_for(port, review)
            workers = [Worker(port, one["account"], one["password"]) for one in _choose(told["staff"])]
            for worker in workers:
                worker.begin(told["passphrase"])
            yield Soak(intake, review, Applicants(folder, read_bundle(bundle), "", intake.port), workers)
        finally:
            review.terminate()
            review.wait(MINUTE)
            intake.process.terminate()
            intake.process.wait(MINUTE)


def _make_county(folder: Folder, bundle: Path) -> dict[str, Any]:
    environ = os.environ | {"PYTHONPATH": str(ROOT), "FORMS_BUNDLE": str(bundle)}
    words = [*COMMAND, "demo", "--data", str(folder.root), "--json"]
    done = subprocess.run(words, env=environ, check=True, stdin=subprocess.DEVNULL, capture_output=True)  # noqa: S603 - our own words
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _start(words: Sequence[str], bundle: Path) -> subprocess.Popen[bytes]:
    environ = os.environ | {"PYTHONPATH": str(ROOT), "FORMS_BUNDLE": str(bundle)}
    return subprocess.Popen(words, env=environ, stderr=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - our own words


def _choose(staff: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return somebody who works on cases for each of the duties."""
    words = {duty: DUTIES[duty] for duty in STAFF}
    return [next(one for one in staff if words[duty] in one["duties"]) for duty in STAFF]


def find_missing(soak: Soak, before: int) -> tuple[int, int]:
    """Return how many applications were acknowledged, and how many of them are not kept."""
    plain = sum(minute.plain.statuses.get("200", 0) for minute in soak.minutes)
    with_file = sum(1 for one in soak.people.sent if one.reference)
    acknowledged = plain + with_file
    return acknowledged, acknowledged - (count_cases(soak.trial) - before)


def main(arguments: Sequence[str]) -> int:
    """Run, print and write the section; 1 where something acknowledged is not kept."""
    parser = argparse.ArgumentParser(prog="bench soak")
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--rush", type=float, default=20, help="times the rate, for ten seconds")
    parser.add_argument("--bundle", type=Path, default=ROOT / "forms-bundle")
    parser.add_argument("--keep", action="store_true", help="do not write bench/RESULTS.md")
    told = parser.parse_args(list(arguments))
    began = tell_machine()
    with serving(told.bundle) as soak:
        soak.send(told.rate, 5)  # so that every process has loaded what it needs
        before = count_cases(soak.trial)
        soak.run(told.minutes, told.rate)
        acknowledged, missing = find_missing(soak, before)
        held = count_cases(soak.trial)
        rush = soak.send(told.rate * told.rush, RUSH_SECONDS)
        rushed = count_cases(soak.trial) - held
        calm = soak.send(told.rate, RUSH_SECONDS)
        text = _tell(soak, began, told.rate, acknowledged, missing)
        text += "\n\n" + _tell_rush(rush, rushed, calm, told.rate * told.rush)
    print(text)
    if not told.keep:
        write_section("soak", text)
    return int(missing != 0 or rushed != rush.statuses.get("200", 0))


def _tell(soak: Soak, began: str, rate: float, acknowledged: int, missing: int) -> str:
    every = [second for minute in soak.minutes for second in minute.plain.seconds]
    rows = [
        _write_times("an application without a file", every, [find_p99(one.plain.seconds) for one in soak.minutes]),
        _write_times(
            "an application with a file, upload and all", soak.uploads, [find_p99(one.uploads) for one in soak.minutes]
        ),
    ]
    for what in sorted({name for worker in soak.workers for name in worker.seconds}):
        seconds = [second for worker in soak.workers for second in worker.seconds.get(what, [])]
        rows.append(_write_times(f"staff: {what}", seconds, []))
    memory = [minute.memory for minute in soak.minutes]
    third = max(1, len(memory) // 3)
    return "\n".join(
        [
            f"## Half an hour\n\n{began} {len(soak.minutes)} minutes, {rate:g} applications a second, one in ten with a file; "
            f"{len(soak.workers)} members of staff turn a page every {PAUSE:g} s. {soak.people.refused} refused, "
            f"{acknowledged:,} acknowledged, of these **not kept: {missing}**.",
            "",
            "| what | number | p50 ms | p95 ms | p99 ms | worst p99 of a minute ms |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            f"Memory of both apps: {statistics.median(memory[:third]):.0f} MB in the first third, "
            f"{statistics.median(memory[-third:]):.0f} MB in the last, {max(memory):.0f} MB at the most.",
        ]
    )


def _tell_rush(rush: Outcome, kept: int, calm: Outcome, rate: float) -> str:
    told = ", ".join(f"{count:,} × {status}" for status, count in sorted(rush.statuses.items()))
    acknowledged = rush.statuses.get("200", 0)
    return (
        f"A rush of {rate:g} a second for {RUSH_SECONDS} s took {rush.took:.1f} s: {told}; {acknowledged:,} acknowledged, {kept:,} kept; "
        f"p50 {rush.percentile(0.5):.0f} ms, p99 {rush.percentile(0.99):.0f} ms. Right after it p99 is {calm.percentile(0.99):.0f} ms again."
    )


def find_p99(seconds: Sequence[float]) -> float:
    """Return the p99 of some seconds, 0 for none."""
    return percentile(seconds, 0.99)


def percentile(seconds: Sequence[float], share: float) -> float:
    """Return the milliseconds within which that share came; 0 for none."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else 0.0


def _write_times(what: str, seconds: Sequence[float], worst: Sequence[float]) -> str:
    shares = " | ".join(f"{percentile(seconds, share):.1f}" for share in (0.5, 0.95, 0.99))
    return f"| {what} | {len(seconds):,} | {shares} | {f'{max(worst):.1f}' if worst else ''} |"


def _write_minute(number: int, minute: Minute) -> str:
    return (
        f"{number}: {minute.plain.statuses}, p99 {minute.plain.percentile(0.99):.1f} ms, "
        f"{len(minute.uploads)} with a file, {minute.memory:.0f} MB"
    )
