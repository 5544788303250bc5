"""Measure accepting: applications a second, how long each waits, processor time, and whether all that was acknowledged is kept.

`python -m bench intake [--seconds S] [--delays 1000,5000] [--rate 500] [--form ID]` serves the last build's forms-bundle with
`forms-api intake` on a folder in memory whose fsync is delayed (gcc is needed) and prints Markdown tables.
"""

from __future__ import annotations

import argparse
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from bench.http_load import Outcome, run_load, run_paced
from bench.intake_uploads import measure_uploads
from bench.preloading import NoCompiler, compile_preload
from bench.results import tell_machine, write_section
from forms_api.config import Folder
from forms_api.definitions import CHINA
from forms_api.forms_bundle import Bundle, read_bundle
from forms_api.samples import make_answers
from forms_api.storage.sqlite import SqliteStore
from forms_api.tokens import IntakeKeys, issue_token

ROOT = Path(__file__).parents[1]
MEMORY = Path("/dev/shm")  # noqa: S108 - a disk that is no disk, so that only the delay counts
UNLIMITED = {f"FORMS_LIMIT_{name}": str(10**9) for name in ("PER_ADDRESS", "PER_ADDRESS_WITHOUT_WORK", "PER_FORM")}
MOST_A_SECOND = 5000
HEAD = (
    "| disk | clients | what | answers/s | p50 ms | p95 ms | p99 ms | server µs/answer | kept = acknowledged |",
    "|---|---|---|---|---|---|---|---|---|",
)


@dataclass(frozen=True)
class Trial:
    """A running server and what is needed to write to it."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Folder

    def processes(self) -> list[int]:
        """Return the server's processes."""
        return [process for process, fields in _read_processes() if int(fields[2]) == self.process.pid]  # its group

    def processor_seconds(self) -> float:
        """Return the processor time of the server's processes so far."""
        ticks = sum(int(one[11]) + int(one[12]) for _, one in _read_processes() if int(one[2]) == self.process.pid)
        return ticks / os.sysconf("SC_CLK_TCK")


def _read_processes() -> Iterator[tuple[int, list[str]]]:
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            yield int(status.parent.name), status.read_text().rpartition(")")[2].split()
        except OSError:
            continue


@contextmanager
def serving(bundle: Path, library: Path, delay: int) -> Iterator[Trial]:
    """Serve a fresh folder whose every fsync takes `delay` microseconds."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        data = Path(name, "data")
        command = [sys.executable, "-m", "forms_api"]
        _run([*command, "init", "--data", str(data)])
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environ = os.environ | UNLIMITED | {"LD_PRELOAD": str(library), "SYNC_DELAY_US": str(delay)}
        arguments = ["intake", "--data", str(data), "--bind", f"127.0.0.1:{port}", "--bundle", str(bundle)]
        words = [*command, *arguments]
        process = subprocess.Popen(words, env=environ, stderr=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - our own words
        try:
            wait_for(port, process)
            yield Trial(process, port, Folder(data))
        finally:
            process.terminate()
            process.wait(60)


def make_posts(trial: Trial, bundle: Bundle, form_id: str, count: int) -> list[bytes]:
    """Return so many applications to a form, each with a token of its own and answers of ten people in turn."""
    keys = IntakeKeys.derive(bytes.fromhex(trial.folder.intake_key.read_text().strip()))
    form, then = bundle.forms[form_id], datetime.now(CHINA) - timedelta(minutes=1)
    world = bundle.world(then.date())
    people = [make_answers(form, world, Random(seed), lambda field: []) for seed in range(10)]  # noqa: S311 - no secret
    bodies = [urlencode({name: _write(value) for name, value in one.items()}, doseq=True) for one in people]
    posts = []
    for number in range(count):
        token = issue_token(keys, form_id, then, secrets.token_bytes(15))
        body = f"token={token}&version={form.version}&{bodies[number % len(bodies)]}".encode()
        head = (
            f"POST /apply/{form_id}/receipt HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        )
        posts.append(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return posts


def measure(trial: Trial, requests: list[bytes], clients: int, seconds: float) -> tuple[Outcome, float]:
    """Return what came of a load and the processor microseconds that the server spent on each answer."""
    before = trial.processor_seconds()
    outcome = run_load(("127.0.0.1", trial.port), iter(requests), clients, seconds)
    return outcome, (trial.processor_seconds() - before) / len(outcome.seconds) * 1e6


def measure_paced(trial: Trial, posts: list[bytes], rate: float, seconds: float) -> tuple[Outcome, float]:
    """Return what came of applications that arrive by a timetable, and the processor microseconds of each."""
    before = trial.processor_seconds()
    outcome = run_paced(("127.0.0.1", trial.port), iter(posts), 64, rate, seconds)
    return outcome, (trial.processor_seconds() - before) / len(outcome.seconds) * 1e6


def count_cases(trial: Trial) -> int:
    """Return how many cases are kept."""
    store = SqliteStore(trial.folder.database)
    try:
        return sum(1 for event in store.list_events() if event.kind == "submitted")
    finally:
        store.close()


def main(arguments: Sequence[str] = ()) -> int:
    """Measure, print and write the section."""
    parser = argparse.ArgumentParser(prog="bench intake")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--delays", default="1000,5000", help="microseconds of an fsync")
    parser.add_argument("--clients", default="1,16,64")
    parser.add_argument("--rate", type=int, default=500, help="applications a second of the trial by timetable")
    parser.add_argument("--form", default="suggestion")
    parser.add_argument("--files", type=int, default=10, help="uploads of each kind")
    parser.add_argument("--bundle", type=Path, default=ROOT / "forms-bundle")
    told = parser.parse_args(list(arguments))
    bundle, lines = read_bundle(told.bundle), [*HEAD]
    began = tell_machine()
    with tempfile.TemporaryDirectory() as name:
        try:
            library = compile_preload("slow_sync", Path(name))
        except NoCompiler as missing:
            sys.exit(str(missing))
        for delay in map(int, told.delays.split(",")):
            with serving(told.bundle, library, delay) as trial:
                _warm_up(trial, told.form)
                for clients in map(int, told.clients.split(",")):
                    lines += _measure_both(trial, bundle, told.form, delay, clients, told.seconds)
                posts = make_posts(trial, bundle, told.form, int(told.rate * told.seconds))
                paced, cost = measure_paced(trial, posts, told.rate, told.seconds)
                kept = "yes" if paced.statuses == {"200": len(posts)} else f"NO {paced.statuses}"
                lines.append(_write_row(delay, 64, f"accept, {told.rate} arriving each second", paced, cost, kept))
        with serving(told.bundle, library, 1000) as trial:
            uploads = measure_uploads(trial.port, find_place(bundle, told.form), trial.processes(), told.files)
    table = "\n".join([*lines, "", *uploads])
    print(table)
    write_section("intake", f"## Intake\n\n{began} Form `{told.form}`, through `forms-api intake`.\n\n{table}")
    return 0


def find_place(bundle: Bundle, form_id: str) -> dict[str, str]:
    """Return where a file of a form goes."""
    field = next(one for one in bundle.forms[form_id].fields() if one.type == "file")
    return {"form": form_id, "field": field.name}


def _warm_up(trial: Trial, form: str) -> None:
    """Let every process of the server load its forms and draw the page: connections are taken before that."""
    measure(trial, [_ask_page(form)] * 500, 64, 60)


def _ask_page(form: str) -> bytes:
    return f"GET /apply/{form}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def _measure_both(trial: Trial, bundle: Bundle, form: str, delay: int, clients: int, seconds: float) -> list[str]:
    posts = make_posts(trial, bundle, form, int(seconds * MOST_A_SECOND))
    before = count_cases(trial)
    accepted, cost = measure(trial, posts, clients, seconds)
    kept = count_cases(trial) - before == accepted.statuses.get("200", 0) == len(accepted.seconds)
    shown, page_cost = measure(trial, [_ask_page(form)] * int(seconds * 4 * MOST_A_SECOND), clients, seconds)
    return [
        _write_row(delay, clients, "accept", accepted, cost, "yes" if kept else f"NO {accepted.statuses}"),
        _write_row(delay, clients, "form page", shown, page_cost, ""),
    ]


def _write_row(delay: int, clients: int, what: str, outcome: Outcome, cost: float, kept: str) -> str:
    shares = " | ".join(f"{outcome.percentile(share):.1f}" for share in (0.5, 0.95, 0.99))
    return f"| {delay / 1000:g} ms | {clients} | {what} | {outcome.rate:.0f} | {shares} | {cost:.0f} | {kept} |"


def _run(words: list[str]) -> None:
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, capture_output=True)  # noqa: S603 - our own words


def _write(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server takes connections."""
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("the server did not start")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
