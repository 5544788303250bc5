"""Kill, cut the power, fill and break the disk while people apply: what was acknowledged must be there, once and whole.

`python -m bench durability --kills 100 --cuts 50` runs `forms-api intake` on the last build's forms-bundle. After a power cut
only those bytes and names are left that an fsync had made safe (see faulty_disk.c; torn sectors and disks that lie are not
modelled). The same trial on a store that does not wait for the disk must be seen to lose, or the trial is blind.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.applicants import Applicants, Application
from bench.intake_server import API_KEY, ROOT, IntakeServer, make_folder
from bench.losses import Losses, find_losses
from bench.preloading import NoCompiler, compile_preload
from bench.results import tell_machine, write_section
from forms_api.config import Folder
from forms_api.forms_bundle import read_bundle
from forms_api.opening import Opener

MEMORY = Path("/dev/shm")  # noqa: S108 - keeping copies of every fsync must not wait for a disk
SERIES = 10
"""Trials on one folder, each going on where the last one broke off; then it is looked through."""
AGAIN = 10
"""Acknowledged applications that are sent once more after a trial."""
SMALL_DISK, LARGER_DISK = "8m", "64m"
PATIENCE = 60
_SYNC_ALL = """
import os, sys
for root, _, files in os.walk(sys.argv[1]):
    for name in [*files, "."]:
        fd = os.open(os.path.join(root, name), os.O_RDONLY); os.fsync(fd); os.close(fd)
"""


@dataclass
class Tally:
    """What came of the trials of one kind. `in_fault` counts what was acknowledged while nothing could be kept."""

    name: str
    trials: int = 0
    acknowledged: int = 0
    files: int = 0
    refused: int = 0
    in_fault: int = 0
    losses: Losses = field(default_factory=Losses)

    def row(self) -> str:
        """Return it as a row of a table."""
        losses = self.losses
        figures = (
            self.trials, self.acknowledged, self.files, losses.lost, losses.changed, losses.twice, losses.half, losses.without_file,
            losses.stray_files, losses.damaged, self.refused, self.in_fault,
        )  # fmt: skip
        return f"| {self.name} | " + " | ".join(f"{figure:,}" for figure in figures) + " |"


HEAD = (
    "| trial | trials | acknowledged | of these with a file | acknowledged and lost | another receipt on a retry | kept twice | half cases "
    "| cases without their file | files without a case | damaged | refused | acknowledged while the disk failed |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Ground:
    """What all trials start from."""

    bundle: Path
    template: Folder
    opener: Opener
    library: Path
    seconds: float

    @contextmanager
    def series(self, place: Path) -> Iterator[Applicants]:
        """Give a fresh data folder in a place and those who will write to it."""
        folder = Folder(Path(shutil.copytree(self.template.root, place / "data")))
        yield Applicants(folder, read_bundle(self.bundle), API_KEY)


@contextmanager
def prepared(bundle: Path, seconds: float) -> Iterator[Ground]:
    """Make what trials start from. Raises NoCompiler."""
    with tempfile.TemporaryDirectory() as name:
        library = compile_preload("faulty_disk", Path(name))
        template, opener = make_folder(Path(name, "template"))
        yield Ground(bundle, template, opener, library, seconds)


# --- kills and power cuts ------------------------------------------------------------------------


def try_kills(ground: Ground, trials: int) -> Tally:
    """Kill all processes of a server under load, again and again."""
    return _try_series(ground, Tally("kill -9 under load"), trials, power=False)


def try_power_cuts(ground: Ground, trials: int, weak: bool = False) -> Tally:
    """Cut the power under load, again and again; a weak store does not wait for the disk."""
    name = "power cut, control: synchronous=NORMAL" if weak else "power cut under load"
    return _try_series(ground, Tally(name), trials, power=True, weak=weak)


def _try_series(ground: Ground, tally: Tally, trials: int, power: bool, weak: bool = False) -> Tally:
    module = "bench.weak_intake" if weak else "forms_api"
    while tally.trials < trials:
        with tempfile.TemporaryDirectory(dir=MEMORY if power else None) as place, ground.series(Path(place)) as people:
            before = 0
            for number in range(min(SERIES, trials - tally.trials)):
                disk = Disk(ground.library, people.folder, Path(place, f"kept{number}")) if power else None
                server = IntakeServer.start(people.folder, ground.bundle, disk.begin() if disk else {}, module)
                _send_again(tally, people, server, people.sent[before:])
                before = len(people.sent)
                _kill_under_load(people, server, ground.seconds)
                if disk:
                    disk.cut_power()
                tally.trials += 1
            _finish(ground, tally, people, before)
        print(
            f"{tally.name}: {tally.trials} of {trials}, {tally.acknowledged} acknowledged; {tally.losses}", flush=True
        )
    return tally


def _kill_under_load(people: Applicants, server: IntakeServer, seconds: float) -> None:
    """Strike at a random moment once applications come in, one of them with a file."""
    over, before = threading.Event(), len(people.sent)
    people.port = server.port
    load = threading.Thread(target=people.write_until, args=(over.is_set,))
    load.start()
    try:
        _wait(lambda: any(one.file and one.reference for one in people.sent[before:]))
        time.sleep(random.uniform(0, seconds))  # noqa: S311 - no secret
    finally:
        over.set()
        server.kill()
        load.join()


def _send_again(tally: Tally, people: Applicants, server: IntakeServer, sent: Sequence[Application]) -> None:
    """Retry what was not acknowledged, as its sender would, and some of what was; the receipt must be the same."""
    people.port = server.port
    for one in sent:
        if one.reference is None:
            one.reference = people.write_again(one)
            tally.losses.lost += one.reference is None  # its file had been acknowledged and is gone
    for one in [one for one in sent if one.reference][:AGAIN]:
        tally.losses.changed += people.write_again(one) != one.reference


def _finish(ground: Ground, tally: Tally, people: Applicants, before: int) -> None:
    server = IntakeServer.start(people.folder, ground.bundle, {})
    try:
        _send_again(tally, people, server, people.sent[before:])
    finally:
        server.kill()
    tally.losses += find_losses(people.folder, ground.opener, people.sent)
    tally.acknowledged += len(people.acknowledged)
    tally.files += sum(1 for one in people.acknowledged if one.file)
    tally.refused += people.refused


@dataclass(frozen=True)
class Disk:
    """The disk below a data folder, of which a power cut leaves what was made safe."""

    library: Path
    folder: Folder
    kept: Path

    def begin(self) -> dict[str, str]:
        """Make everything safe that is there, and return the environment that keeps what is made safe from now on."""
        self.kept.mkdir()
        environ = {"LD_PRELOAD": str(self.library), "DISK_OF": str(self.folder.root), "DISK_KEPT": str(self.kept)}
        subprocess.run([sys.executable, "-c", _SYNC_ALL, str(self.folder.root)], check=True, env=environ)  # noqa: S603 - our own words
        return environ

    def cut_power(self) -> None:
        """Leave of the folder what was made safe."""
        root = self.folder.root
        inode = root.stat().st_ino
        shutil.rmtree(root)
        self._restore(inode, root)
        shutil.rmtree(self.kept)

    def _restore(self, inode: int, place: Path) -> None:
        place.mkdir()
        names = self.kept / f"{inode}.names"
        for line in names.read_text("utf-8").splitlines() if names.exists() else []:
            kind, number, name = line.split(" ", 2)
            if kind == "d":
                self._restore(int(number), place / name)
            elif not name.endswith("-shm"):  # shared memory, never made safe
                bytes_kept = self.kept / number
                (place / name).write_bytes(bytes_kept.read_bytes() if bytes_kept.exists() else b"")


# --- disks that fail -----------------------------------------------------------------------------


def try_fault(ground: Ground, trials: int, fault: str) -> Tally:
    """Let every fsync (eio) or every write (erofs) fail for a while, then heal; the server runs on."""
    tally = Tally({"eio": "fsync fails (EIO), then heals", "erofs": "disk turns read-only, then back"}[fault])
    for _ in range(trials):
        with tempfile.TemporaryDirectory() as place, ground.series(Path(place)) as people:
            switch = Path(place, "fault")
            environ = {"LD_PRELOAD": str(ground.library), "DISK_OF": str(people.folder.root), "DISK_FAULT": str(switch)}

            def act(people: Applicants = people, switch: Path = switch) -> None:
                time.sleep(ground.seconds)
                switch.write_text(fault)
                time.sleep(0.3)  # what was on its way before
                before = len(people.acknowledged)
                time.sleep(ground.seconds)
                tally.in_fault += len(people.acknowledged) - before
                switch.unlink()

            _try_fault(ground, tally, people, environ, act)
    return tally


def try_full_disk(ground: Ground, trials: int) -> Tally:
    """Fill a small disk to the last byte, then enlarge it; the server runs on. Needs the right to mount."""
    tally = Tally("disk full, then enlarged")
    for _ in range(trials):
        with tempfile.TemporaryDirectory() as place:
            mount = ["mount", "-t", "tmpfs", "-o"]
            subprocess.run([*mount, f"size={SMALL_DISK}", "tmpfs", place], check=True, capture_output=True)  # noqa: S603 - our own words
            try:
                with ground.series(Path(place)) as people:

                    def act(people: Applicants = people, place: str = place) -> None:
                        _wait(lambda: shutil.disk_usage(place).free < 16384 and people.refused > 100)
                        before = len(people.acknowledged)
                        time.sleep(ground.seconds)
                        tally.in_fault += len(people.acknowledged) - before
                        words = ["mount", "-o", f"remount,size={LARGER_DISK}", place]
                        subprocess.run(words, check=True, capture_output=True)  # noqa: S603 - our own words

                    _try_fault(ground, tally, people, {}, act)
            finally:
                subprocess.run(["umount", place], check=True)  # noqa: S603, S607 - our own words
    return tally


def can_mount() -> bool:
    """Tell whether a small disk can be made here."""
    with tempfile.TemporaryDirectory() as place:
        words = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", place]
        done = shutil.which("mount") and subprocess.run(words, capture_output=True).returncode == 0  # noqa: S603, PLW1510 - the status is the answer
        if done:
            subprocess.run(["umount", place], check=True)  # noqa: S603, S607 - our own words
        return bool(done)


def _try_fault(
    ground: Ground, tally: Tally, people: Applicants, environ: dict[str, str], act: Callable[[], None]
) -> None:
    """Write under load while something happens, and see that applications are accepted again without a restart."""
    server = IntakeServer.start(people.folder, ground.bundle, environ)
    people.port, over = server.port, threading.Event()
    load = threading.Thread(target=people.write_until, args=(over.is_set,))
    load.start()
    try:
        act()
        before = len(people.acknowledged)
        _wait(lambda: len(people.acknowledged) > before + 10)
    finally:
        over.set()
        load.join()
        server.kill()
    tally.trials += 1
    _finish(ground, tally, people, 0)
    print(f"{tally.name}: {tally.trials}, {tally.acknowledged} acknowledged; {tally.losses}", flush=True)


def _wait(true: Callable[[], bool]) -> None:
    """Wait until something is true. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


# --- the whole -----------------------------------------------------------------------------------


def main(arguments: Sequence[str] = ()) -> int:
    """Try everything and write the table; return 1 if anything was lost, or if the control lost nothing."""
    parser = argparse.ArgumentParser(prog="python -m bench durability", description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--cuts", type=int, default=5)
    parser.add_argument("--controls", type=int, default=3, help="power cuts of a store that does not wait for the disk")
    parser.add_argument("--faults", type=int, default=2, help="trials of each kind of failing disk")
    parser.add_argument("--seconds", type=float, default=1.0, help="it happens within so many seconds of load")
    parser.add_argument("--bundle", type=Path, default=ROOT / "forms-bundle")
    told = parser.parse_args(arguments)
    machine = tell_machine()
    try:
        with prepared(told.bundle, told.seconds) as ground:
            tallies = [try_kills(ground, told.kills), try_power_cuts(ground, told.cuts)]
            tallies += [try_fault(ground, told.faults, fault) for fault in ("eio", "erofs")]
            if can_mount():
                tallies.append(try_full_disk(ground, told.faults))
            control = try_power_cuts(ground, told.controls, weak=True)
    except NoCompiler as missing:
        print(missing, file=sys.stderr)
        return 1
    rows = "\n".join(one.row() for one in [*tallies, control])
    words = f"`python -m bench durability {' '.join(arguments)}`".replace(" `", "`")
    write_section("durability", f"## Losing nothing\n\n{words}: {machine}\n{EXPLAINED}\n\n{HEAD}\n{rows}")
    good = all(one.losses == Losses() and not one.in_fault for one in tallies)
    return 0 if good and control.losses.lost else 1


EXPLAINED = """\
Eight connections (web form and interface in turn, two of them with a file each time, in pieces or at once) write to a
`forms-api intake` of two processes; the trial strikes at a random moment once the first file is in. What was not acknowledged is sent again after the
restart, and ten of what was: the receipt must be the same. Then every case and every file is opened and compared with what was
sent, and the folder is swept as it will be in three days. A power cut leaves the bytes and names that an fsync had made safe."""
