"""What fuzzing found stays mended: every input kept in tests/corpus goes through its door, and the fuzzer itself finds faults."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from bench import fuzzing
from bench.fuzz_targets import CORPUS, TARGETS, Target, expect
from bench.fuzzing import Tally, find_fault, fuzz, make_input, read_seeds

KEPT = [(path.parent.name, path) for path in sorted(CORPUS.glob("*/*"))]
LARGEST = 400 * 1024


@pytest.mark.parametrize(("name", "path"), KEPT, ids=lambda one: one.name if isinstance(one, Path) else one)
def test_what_was_kept_goes_through_its_door(name: str, path: Path) -> None:
    assert find_fault(name, path.read_bytes()) == ""


def test_every_door_has_seeds_and_the_corpus_stays_small() -> None:
    assert {name for name, _ in KEPT} == TARGETS.keys()
    assert sum(path.stat().st_size for _, path in KEPT) < LARGEST


def test_the_same_number_is_the_same_input() -> None:
    seeds = read_seeds("record")
    first = [make_input("record", 1, number, seeds) for number in range(200)]
    assert first == [make_input("record", 1, number, seeds) for number in range(200)]
    assert first != [make_input("record", 2, number, seeds) for number in range(200)]
    assert len(set(first)) > 150
    assert max(map(len, first)) <= fuzzing.LONGEST


def break_down(data: bytes) -> None:
    """Fail in each of the ways that the fuzzer must see."""
    number = int(data)
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 5:
        time.sleep(30)
    expect(number != 7)


def test_a_broken_promise_a_crash_and_a_hang_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TARGETS, "broken", Target(break_down, 1))
    monkeypatch.setattr(fuzzing, "read_seeds", lambda name: [])
    monkeypatch.setattr(fuzzing, "make_input", lambda name, seed, number, seeds: b"%d" % number)
    monkeypatch.setattr(fuzzing, "SECONDS", 0.2)
    told = Tally()
    for _ in fuzz("broken", 0, 9, told):
        pass
    assert told.inputs == 9
    assert {what.partition(" in ")[0]: at for what, at in told.faults.items()} == {
        f"process ended with {-signal.SIGKILL}": 3,
        "TooSlow": 5,
        "Broken": 7,
    }
    text = fuzzing.write_text("Machine.", 0, {"broken": told}, 60)
    assert "broken:0:3" in text
    assert "| broken | 9 |" in text


def test_the_results_are_written_and_a_number_is_replayed(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert fuzzing.main(["--inputs", "200", "--target", "fields", "--keep"]) == 0
    assert b"| fields | 200 |" in capsysbinary.readouterr().out
    assert fuzzing.main(["--replay", "fields:0:7"]) == 0
    assert capsysbinary.readouterr().out == make_input("fields", 0, 7, read_seeds("fields"))


@pytest.mark.long
@pytest.mark.parametrize("name", TARGETS)
def test_a_share_of_new_inputs_finds_nothing(name: str) -> None:
    """Other inputs each day: a fault that shows here is real, and its number says how to see it again."""
    told, seed = Tally(), time.localtime().tm_yday
    for _ in fuzz(name, seed, 300 * TARGETS[name].share, told):
        pass
    assert {what: f"{name}:{seed}:{at}" for what, at in told.faults.items()} == {}
