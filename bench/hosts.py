"""Several hosts take applications into one PostgreSQL database, one is killed, one loses its cable: nothing may be lost.

`python -m bench hosts` makes three hosts (Linux network namespaces, each on a cable of its own; where the machine forbids
them, three addresses of 127.0.0.0/8, and no cable is pulled) with a `forms-api intake` each, a server that waits for its
disk, and one folder of files, or with `--objects` one bucket. What was not acknowledged is sent again to another host, as a balancer would.
"""

from __future__ import annotations

import argparse
import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from bench.applicants import Applicants
from bench.database_server import DatabaseServer
from bench.intake import UNLIMITED
from bench.intake_server import API_KEY, ROOT, make_folder
from bench.losses import Losses, find_losses
from bench.object_server import ObjectServer, tell_settings, write_credentials
from bench.results import tell_machine, write_section
from forms_api.audit import Chain, follow_chain
from forms_api.config import Folder, open_bucket
from forms_api.environment import Bucket
from forms_api.forms_bundle import read_bundle
from forms_api.opening import Opener
from forms_api.storage.files import FileStore, FolderFiles
from forms_api.storage.postgres import PostgresStore
from forms_api.storage.sqlite import SqliteStore

HOSTS, PORT, PATIENCE = 3, 8001, 90
AGAIN = 10
"""Acknowledged applications of each host that are sent once more, to another."""


@dataclass(frozen=True)
class Host:
    """A machine of the trial: its own address, the one at which it finds the database, how a program starts there."""

    number: int
    address: str
    server: str
    start: tuple[str, ...] = ()

    def pull_cable(self) -> None:
        """Cut it off: what it sends arrives nowhere, and nobody is told."""
        subprocess.run(["ip", "link", "set", f"forms{self.number}", "down"], check=True)  # noqa: S603, S607 - our own words


@dataclass
class Outcome:
    """What a trial came to."""

    hosts: str
    acknowledged: int = 0
    with_file: int = 0
    refused: int = 0
    waited: float = 0.0
    """The longest time in which the remaining hosts acknowledged nothing, in seconds."""
    chain: int = 0
    faults: list[str] = field(default_factory=list)
    losses: Losses = field(default_factory=Losses)


@contextmanager
def made_hosts() -> Iterator[list[Host]]:
    """Lend three hosts that reach this one and are reached from it."""
    with ExitStack() as made:
        try:
            yield [made.enter_context(_made_namespace(number)) for number in range(HOSTS)]
        except Forbidden:
            yield [Host(number, f"127.0.0.{11 + number}", "127.0.0.1") for number in range(HOSTS)]


class Forbidden(Exception):
    """This machine makes no network namespaces."""


@contextmanager
def _made_namespace(number: int) -> Iterator[Host]:
    name, here, there = f"forms{number}", f"10.213.{number}.1", f"10.213.{number}.2"
    inside = ("ip", "netns", "exec", name)
    _clear(name)
    try:
        for command in (
            ("ip", "netns", "add", name),
            ("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name),
            ("ip", "address", "add", f"{here}/30", "dev", name),
            ("ip", "link", "set", name, "up"),
            (*inside, "ip", "address", "add", f"{there}/30", "dev", "eth0"),
            (*inside, "ip", "link", "set", "lo", "up"),
            (*inside, "ip", "link", "set", "eth0", "up"),
        ):
            if subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603 - our own words
                raise Forbidden
        yield Host(number, there, here, inside)
    except FileNotFoundError:
        raise Forbidden from None
    finally:
        _clear(name)


def _clear(name: str) -> None:
    for command in (("ip", "link", "delete", name), ("ip", "netns", "delete", name)):
        try:
            subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own words
        except FileNotFoundError:
            return


@dataclass
class Intake:
    """An intake on a host, and those who write to it."""

    host: Host
    people: Applicants
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, host: Host, folder: Folder, bundle: Path, settings: dict[str, str]) -> Intake:
        """Start it and wait until it takes applications."""
        arguments = ["intake", "--data", str(folder.root), "--bind", f"{host.address}:{PORT}", "--bundle", str(bundle)]
        with (folder.root / "log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own words
                [*host.start, sys.executable, "-m", "forms_api", *arguments],
                env=os.environ | UNLIMITED | {"PYTHONPATH": str(ROOT), "FORMS_FREE_MEGABYTES": "0"} | settings,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        started = cls(host, Applicants(folder, read_bundle(bundle), API_KEY, PORT, host.address), process)
        _wait(lambda: started._answers() or process.poll() is not None)
        if process.poll() is not None:
            raise RuntimeError((folder.root / "log").read_text())
        return started

    def kill(self) -> None:
        """End all its processes at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self.host.address, PORT, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def try_hosts(bundle: Path, seconds: float, *, objects: bool = False) -> Outcome:
    """Write to three hosts for a while, kill one, cut off another, and look at what is left; files in a folder or as objects."""
    with ExitStack() as held:
        place = Path(held.enter_context(tempfile.TemporaryDirectory()))
        hosts = held.enter_context(made_hosts())
        server = DatabaseServer.start("listen_addresses=*", durable=True)
        held.callback(server.stop)
        template, opener, database = _prepare(place, server)
        bucket = _make_bucket(held) if objects else None
        credentials = write_credentials(place / "s3")
        running = []
        for host in hosts:
            folder = _copy_folder(template, place / f"host{host.number}")
            settings = {"FORMS_STORE": server.address(database).replace("127.0.0.1", host.server)}
            if bucket:
                near = replace(bucket, endpoint=bucket.endpoint.replace("127.0.0.1", host.server))
                settings |= tell_settings(near, credentials)
            running.append(Intake.start(host, folder, bundle, settings))
            held.callback(running[-1].kill)
        outcome = Outcome("network namespaces" if hosts[0].start else "addresses of 127.0.0.0/8")
        _strike(running, seconds, outcome)
        _send_again(running, outcome)
        for one in running:
            one.kill()
        files = open_bucket(bucket) if bucket else FolderFiles(template.files)
        _look(outcome, running, server.address(database), template, opener, files)
        return outcome


def _prepare(place: Path, server: DatabaseServer) -> tuple[Folder, Opener, str]:
    """Make keys, and a database that knows them."""
    folder, opener = make_folder(place / "template")
    address = server.make_database()
    with closing(SqliteStore(folder.database)) as old, closing(PostgresStore(address)) as new:
        old.move_to(new, address)
    for path in folder.root.glob("cases.*"):
        path.unlink()
    return folder, opener, address.rpartition("/")[2]


def _copy_folder(template: Folder, root: Path) -> Folder:
    """Make a host's data folder: its own keys' copies and locks, the files of all."""
    root.mkdir()
    shutil.copytree(template.root / "public", root / "public")
    (root / "files").symlink_to(template.files)
    return Folder(root)


def _strike(running: Sequence[Intake], seconds: float, outcome: Outcome) -> None:
    """Let people write to all hosts; kill the second in the midst, then pull the cable of the third."""
    over = [threading.Event() for _ in running]
    load = [
        threading.Thread(target=one.people.write_until, args=(event.is_set,), daemon=True)
        for one, event in zip(running, over, strict=True)
    ]
    for thread in load:
        thread.start()
    try:
        for one in running:
            _wait(partial(_has_file, one.people))
        time.sleep(seconds)
        over[1].set()
        running[1].kill()
        time.sleep(seconds)
        over[2].set()
        if running[2].host.start:
            running[2].host.pull_cable()
            outcome.waited = _measure_silence(running[0].people, seconds + 15)
        running[2].kill()
    finally:
        for event in over:
            event.set()
    for thread in load:
        thread.join(PATIENCE)


def _has_file(people: Applicants) -> bool:
    return any(sent.file and sent.reference for sent in people.sent)


def _measure_silence(people: Applicants, seconds: float) -> float:
    """Return the longest time without an acknowledgement."""
    until, told, since, longest = time.monotonic() + seconds, len(people.acknowledged), time.monotonic(), 0.0
    while time.monotonic() < until:
        time.sleep(0.02)
        if len(people.acknowledged) > told:
            told, since = len(people.acknowledged), time.monotonic()
        longest = max(longest, time.monotonic() - since)
    return longest


def _send_again(running: Sequence[Intake], outcome: Outcome) -> None:
    """Send to the host that is left what was not acknowledged by any, and some of what was."""
    left = running[0].people
    for one in running:
        sent = list(one.people.sent)
        again = [application for application in sent if application.reference][:AGAIN]
        for application in again:
            outcome.losses.changed += left.write_again(application) != application.reference
        for application in sent:
            if application.reference is None:
                application.reference = left.write_again(application)
                outcome.losses.lost += application.reference is None


def _make_bucket(held: ExitStack) -> Bucket:
    server = ObjectServer.start("0.0.0.0")  # noqa: S104 - hosts come from their own networks
    held.callback(server.stop)
    return server.make_bucket()


def _look(
    outcome: Outcome, running: Sequence[Intake], address: str, folder: Folder, opener: Opener, files: FileStore
) -> None:
    chain = Chain()
    with closing(PostgresStore(address)) as store:
        outcome.faults = [fault.words for fault in follow_chain(store.list_events(), "", chain)]
        store.backup(folder.database)
    outcome.chain = chain.length
    sent = [application for one in running for application in one.people.sent]
    outcome.losses += find_losses(folder, opener, sent, files)
    outcome.acknowledged = sum(1 for one in sent if one.reference)
    outcome.with_file = sum(1 for one in sent if one.reference and one.file)
    outcome.refused = sum(one.people.refused for one in running)


def _wait(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError("what was waited for did not come")
        time.sleep(0.05)


def main(arguments: Sequence[str] = ()) -> int:
    """Try it and write the table; return 1 if anything was lost or the chain is broken."""
    parser = argparse.ArgumentParser(prog="python -m bench hosts", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of load before each blow")
    parser.add_argument("--objects", action="store_true", help="keep files in an S3 bucket")
    parser.add_argument("--bundle", type=Path, default=ROOT / "forms-bundle")
    told = parser.parse_args(arguments)
    machine = tell_machine()
    one = try_hosts(told.bundle, told.seconds, objects=told.objects)
    losses = one.losses
    row = (
        f"| {one.hosts} | {one.acknowledged:,} | {one.with_file:,} | {losses.lost} | {losses.changed} | {losses.twice} | {losses.half} "
        f"| {losses.without_file} | {one.refused} | {one.chain:,} | {'whole' if not one.faults else 'broken'} | {one.waited:.1f} |"
    )
    words = f"`python -m bench hosts {' '.join(arguments)}`".replace(" `", "`")
    section = "hosts-objects" if told.objects else "hosts"
    title = "Several hosts, one database, one bucket" if told.objects else "Several hosts, one database"
    write_section(section, f"## {title}\n\n{words}: {machine}\n{EXPLAINED}\n\n{HEAD}\n{row}")
    return 0 if losses == Losses() and not one.faults else 1


EXPLAINED = """\
Three hosts with a `forms-api intake` of two processes each write into one PostgreSQL database (fsync on), eight connections to each host, half
of them with files. One host is killed with kill -9, then another loses its cable, each under load. What was not acknowledged is sent again to
the host that is left, and ten of what each had acknowledged: the receipt must be the same. Then every case and file is opened."""
HEAD = (
    "| hosts | acknowledged | of these with a file | acknowledged and lost | another receipt on a retry | kept twice | half cases "
    "| cases without their file | refused | events | chain | longest silence after the cable, s |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|"
)
