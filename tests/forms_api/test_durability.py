"""Small runs of `python -m bench durability`; the figures of a whole one stand in bench/RESULTS.md."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.durability import (
    Disk,
    Ground,
    Tally,
    can_mount,
    prepared,
    try_fault,
    try_full_disk,
    try_kills,
    try_power_cuts,
)
from bench.losses import Losses
from bench.preloading import NoCompiler
from forms_api.config import Folder

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def ground(bundle_folder: Path) -> Iterator[Ground]:
    try:
        with prepared(bundle_folder, seconds=0.8) as ground:
            yield ground
    except NoCompiler as missing:
        pytest.skip(str(missing))


def see_nothing_lost(tally: Tally, trials: int) -> None:
    assert (tally.trials, tally.losses, tally.in_fault) == (trials, Losses(), 0)
    assert tally.acknowledged > 10 * trials
    assert tally.files > 0


def test_kills_under_load_lose_nothing(ground: Ground) -> None:
    see_nothing_lost(try_kills(ground, 3), 3)


def test_power_cuts_lose_nothing(ground: Ground) -> None:
    see_nothing_lost(try_power_cuts(ground, 3), 3)


def test_power_cuts_of_a_store_that_does_not_wait_are_seen_to_lose(ground: Ground) -> None:
    assert try_power_cuts(ground, 2, weak=True).losses.lost > 0


@pytest.mark.parametrize("fault", ["eio", "erofs"])
def test_a_disk_that_fails_and_heals_loses_nothing(ground: Ground, fault: str) -> None:
    tally = try_fault(ground, 1, fault)
    see_nothing_lost(tally, 1)
    assert tally.refused > 0


def test_a_full_disk_loses_nothing(ground: Ground) -> None:
    if not can_mount():
        pytest.skip("a small disk can be mounted by root only")
    tally = try_full_disk(ground, 1)
    see_nothing_lost(tally, 1)
    assert tally.refused > 100


def test_names_that_were_not_made_safe_are_seen_to_go(ground: Ground, tmp_path: Path) -> None:
    """The model forgets a file whose folder was not synced, and an empty one remains of bytes that were not."""
    folder = Folder(tmp_path / "data")
    folder.root.mkdir()
    (folder.root / "old").write_text("old")
    disk = Disk(ground.library, folder, tmp_path / "kept")
    write = (
        "import os\n"
        "for name, safe in (('bytes', 1), ('name', 0)):\n"
        "    with open(name, 'w') as file:\n"
        "        file.write('new'); file.flush()\n"
        "        if safe: os.fsync(file.fileno())\n"
        "os.fsync(os.open('.', os.O_RDONLY))\n"
        "with open('unnamed', 'w') as file:\n"
        "    file.write('new'); file.flush(); os.fsync(file.fileno())\n"
    )
    subprocess.run([sys.executable, "-c", write], cwd=folder.root, env=disk.begin(), check=True)
    disk.cut_power()
    assert {path.name: path.read_text() for path in folder.root.iterdir()} == {"old": "old", "bytes": "new", "name": ""}
