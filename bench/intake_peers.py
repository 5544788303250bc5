"""Accepting, beside what others would take for it: `python -m bench intake-peers`.

Every peer takes the same 26 fields, checks them in its own way (the check character of the identity number included), seals the
answers, makes a keyed digest of the number, writes an application and an event in one transaction (SQLite, WAL,
synchronous=FULL, BEGIN IMMEDIATE) and answers with a page. Ours does in addition what section 6 of the product asks for: token,
limits, secret, outbox. Each is installed below build/peers, and run with several settings, of which the best counts.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from bench.http_load import Outcome
from bench.intake import MEMORY, MOST_A_SECOND, Trial, count_cases, make_posts, measure, serving, wait_for
from bench.intake_server import find_port
from bench.peers import CannotInstall, Peer
from bench.preloading import NoCompiler, compile_preload
from bench.results import tell_machine, write_section
from forms_api.config import Folder
from forms_api.definitions import CHINA, FormDefinition
from forms_api.forms_bundle import Bundle, read_bundle
from forms_api.samples import make_answers

ROOT = Path(__file__).parents[1]
APPS = Path(__file__).with_name("peers_intake")
PEOPLE = 10


class Web(Peer):
    """The frameworks in Python, in one environment."""

    packages = (
        "django==5.2.19", "flask==3.1.3", "wtforms==3.3.2", "sqlalchemy==2.1.9", "fastapi==0.165.0", "python-multipart==0.0.34",
        "uvicorn==0.54.0", "uvloop==0.23.0", "httptools==0.9.0", "granian==2.8.7", "pynacl==1.6.2",
    )  # fmt: skip


class Fastify(Peer):
    """Fastify and better-sqlite3, from npm; better-sqlite3 is compiled."""

    packages = ("fastify@5.12.8", "@fastify/formbody@9.0.1", "better-sqlite3@12.11.1", "sodium-native@5.1.0")

    def install(self) -> None:
        """Install it with npm, once. Raises CannotInstall."""
        if (self.home / "node_modules" / "better-sqlite3" / "build" / "Release" / "better_sqlite3.node").exists():
            return
        if not shutil.which("npm"):
            raise CannotInstall("npm: not found")
        self.home.mkdir(parents=True, exist_ok=True)
        words = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(self.home), *self.packages]
        environ = os.environ | {"npm_config_build_from_source": "true"}
        try:
            subprocess.run(words, check=True, capture_output=True, timeout=1800, env=environ)  # noqa: S603 - our own words
        except (OSError, subprocess.SubprocessError) as fault:
            raise CannotInstall(f"npm: {getattr(fault, 'stderr', None) or fault}") from None


def list_commands(port: int) -> dict[str, tuple[Peer, list[str]]]:
    """Return how each peer is run, in two processes, with each of its settings."""
    web, node = Web(), Fastify()
    granian = [str(web.home / "bin" / "granian"), "--interface", "wsgi", "--workers", "2", "--port", str(port)]
    uvicorn = [str(web.home / "bin" / "uvicorn"), "--workers", "2", "--port", str(port), "--no-access-log"]
    found: dict[str, tuple[Peer, list[str]]] = {}
    for name, module in (("Django + ModelForm", "django_app"), ("Flask + WTForms + SQLAlchemy", "flask_app")):
        for threads in (1, 16):
            command = [*granian, "--blocking-threads", str(threads), "--no-access-log", f"{module}:app"]
            found[f"{name}, granian 2×{threads}"] = (web, command)
    found["FastAPI + sqlite3, uvicorn ×2"] = (
        web,
        [*uvicorn, "--loop", "uvloop", "--http", "httptools", "fastapi_app:app"],
    )
    found["Fastify + better-sqlite3, ×2"] = (node, ["node", str(APPS / "fastify_app.mjs")])
    return found


@contextmanager
def serving_peer(name: str, library: Path, delay: int) -> Iterator[Trial]:
    """Serve a peer on a fresh database whose every fsync takes `delay` microseconds. Raises CannotInstall."""
    port = find_port()
    peer, command = list_commands(port)[name]
    web = Web()
    for one in (web, peer):
        one.install()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        environ = os.environ | {
            "PEER_DATABASE": f"{folder}/peer.db",
            "PEER_PORT": str(port),
            "PEER_HOME": str(peer.home),
        }
        environ |= {"PYTHONPATH": str(APPS)}
        subprocess.run([str(web.home / "bin" / "python"), str(APPS / "accepting.py")], check=True, env=environ)  # noqa: S603 - our own words
        environ |= {"LD_PRELOAD": str(library), "SYNC_DELAY_US": str(delay)}
        log = subprocess.DEVNULL
        process = subprocess.Popen(command, cwd=APPS, env=environ, stdout=log, stderr=log, start_new_session=True)  # noqa: S603 - our own words
        try:
            wait_for(port, process)
            yield Trial(process, port, Folder(Path(folder)))
        finally:
            process.terminate()
            process.wait(60)


def make_bundle(bundle: Path, place: Path) -> Path:
    """Return a copy of a forms-bundle that holds the measured form too."""
    shutil.copytree(bundle, place)
    form = FormDefinition.model_validate(json.loads((APPS / "form.json").read_text("utf-8")))
    about = json.loads((place / "bundle.json").read_text("utf-8"))
    about["forms"][form.id] = form.version
    (place / "bundle.json").write_text(json.dumps(about), "utf-8")
    (place / "forms" / f"{form.id}.json").write_text(json.dumps(form.canonical(), ensure_ascii=False), "utf-8")
    return place


def make_peer_posts(bundle: Bundle, form_id: str, count: int) -> list[bytes]:
    """Return so many applications of ten people in turn, as a browser posts them."""
    world = bundle.world(datetime.now(CHINA).date())
    requests = []
    for seed in range(PEOPLE):
        answers = make_answers(bundle.forms[form_id], world, Random(seed), lambda field: [])  # noqa: S311 - no secret
        body = urlencode({name: "yes" if value is True else value for name, value in answers.items()}).encode()
        head = "POST /apply HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        requests.append(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return [requests[number % PEOPLE] for number in range(count)]


def measure_ours(bundle_folder: Path, library: Path, delay: int, clients: int, seconds: float) -> tuple[Outcome, float]:
    """Return what came of a load on ours."""
    bundle = read_bundle(bundle_folder)
    with serving(bundle_folder, library, delay) as trial:
        measure(trial, make_posts(trial, bundle, "measured", 200), clients, 1)
        before = count_cases(trial)
        found = measure(trial, make_posts(trial, bundle, "measured", int(seconds * MOST_A_SECOND)), clients, seconds)
        if count_cases(trial) - before != len(found[0].seconds):
            raise RuntimeError(f"not all were kept: {found[0].statuses}")
        return found


def measure_peer(
    name: str, bundle_folder: Path, library: Path, delay: int, clients: int, seconds: float
) -> tuple[Outcome, float]:
    """Return what came of a load on a peer."""
    bundle = read_bundle(bundle_folder)
    with serving_peer(name, library, delay) as trial:
        measure(trial, make_peer_posts(bundle, "measured", 200), clients, 1)
        found = measure(trial, make_peer_posts(bundle, "measured", int(seconds * MOST_A_SECOND)), clients, seconds)
        if set(found[0].statuses) != {"200"}:
            raise RuntimeError(f"{name}: {found[0].statuses}")
        return found


OURS = "ours, `forms-api intake` 2×16"


def main(arguments: Sequence[str] = ()) -> int:
    """Measure all in turn, several times, and write the medians."""
    parser = argparse.ArgumentParser(prog="python -m bench intake-peers", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--delays", default="1000,5000", help="microseconds of an fsync")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--only", default="", help="peers whose name holds this")
    parser.add_argument("--bundle", type=Path, default=ROOT / "forms-bundle")
    told = parser.parse_args(list(arguments))
    machine = tell_machine()
    names = [OURS, *[name for name in list_commands(0) if told.only.lower() in name.lower()]]
    found: dict[tuple[str, int], list[tuple[Outcome, float]]] = {}
    missing: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        try:
            library = compile_preload("slow_sync", Path(folder))
        except NoCompiler as fault:
            print(fault, file=sys.stderr)
            return 1
        bundle = make_bundle(told.bundle, Path(folder, "bundle"))
        for _ in range(told.runs):
            for delay in map(int, told.delays.split(",")):
                for name in [one for one in names if one not in missing]:
                    load = (bundle, library, delay, told.clients, told.seconds)
                    try:
                        one = measure_ours(*load) if name == OURS else measure_peer(name, *load)
                    except CannotInstall as fault:
                        missing[name] = str(fault)
                        continue
                    found.setdefault((name, delay), []).append(one)
                    print(f"{delay} µs, {name}: {one[0].rate:.0f}/s, p99 {one[0].percentile(0.99):.0f} ms", flush=True)
    text = write_table(found, machine, told.runs, told.seconds, told.clients)
    text += "".join(f"\n\n{name} was not measured: {why}" for name, why in missing.items())
    write_section("intake-peers", text)
    print(text)
    return 0


def write_table(
    found: dict[tuple[str, int], list[tuple[Outcome, float]]], machine: str, runs: int, seconds: float, clients: int
) -> str:
    """Return the section: medians of all runs, and how many times ours took."""
    rows = []
    for (name, delay), outcomes in sorted(found.items(), key=lambda one: one[0][1]):
        rate = statistics.median(outcome.rate for outcome, _ in outcomes)
        ours = statistics.median(outcome.rate for outcome, _ in found[OURS, delay])
        figures = [statistics.median(one.percentile(share) for one, _ in outcomes) for share in (0.5, 0.95, 0.99)]
        cost = statistics.median(cost for _, cost in outcomes)
        shares = " | ".join(f"{figure:.0f}" for figure in figures)
        rows.append(f"| {delay / 1000:g} ms | {name} | {rate:.0f} | {shares} | {cost:.0f} | {ours / rate:.1f}× |")
    return (
        f"## Accepting, beside others\n\n{machine} Median of {runs} runs of {seconds:g} s each in turn, {clients} connections. "
        "26 fields in Chinese, checked (identity number included), sealed, digested, written with an event in one transaction, "
        "synchronous=FULL; a page as answer. Ours also charges limits, binds the token and writes the outbox.\n\n"
        "| disk | what | accepted/s | p50 ms | p95 ms | p99 ms | server µs/answer | ours is |\n|---|---|---|---|---|---|---|---|\n"
        + "\n".join(rows)
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
