"""Fuzz: mutated inputs to every door of bench/fuzz_targets.py, a million by default, in one patient process after another.

`python -m bench fuzz [--inputs 1000000] [--target NAME] [--seed 0] [--replay NAME:SEED:NUMBER] [--keep]`

Input number N of a target and a seed is always the same bytes, so that a fault can be seen again by its number. A batch runs
in a process of its own: what kills it (a crash of a library, memory) is a fault like any other, and the next batch goes on.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import resource
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import Synchronized
from random import Random
from typing import Any

from bench.fuzz_targets import CORPUS, TARGETS
from bench.results import tell_machine, write_section

INPUTS = 1_000_000
BATCH = 2_000
SECONDS = 10
"""One small input that takes longer is a fault."""
MEMORY = 3 * 1024**3
LONGEST = 64 * 1024
STEPS = 6
ODD = (0, 1, 9, 10, 13, 32, 34, 38, 39, 47, 58, 60, 91, 92, 123, 127, 128, 192, 237, 254, 255)
NUMBERS = (
    b"0",
    b"-1",
    b"65536",
    b"4294967296",
    b"99999999999999999999",
    b"1e309",
    b"0x10",
    "二〇二六".encode(),
    "１".encode(),
)


class TooSlow(Exception):
    """An input that took longer than it may."""


@dataclass
class Tally:
    """What came of one target: how many inputs, seconds of processor, faults by what they say with the first number of each."""

    inputs: int = 0
    seconds: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)


# --- inputs ---------------------------------------------------------------------------------------


def read_seeds(name: str) -> list[bytes]:
    """Return the seeds of a target in a fixed order."""
    return [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]


def make_input(name: str, seed: int, number: int, seeds: Sequence[bytes]) -> bytes:
    """Return input `number` of a target: a seed with a few changes, always the same for the same arguments."""
    random = Random(f"{name}:{seed}:{number}")  # noqa: S311 - to be repeated, not to be secret
    data = bytearray(random.choice(seeds))
    for _ in range(random.randint(1, STEPS)):
        _change(data, random, seeds, TARGETS[name].words)
    return bytes(data[:LONGEST])


def _change(data: bytearray, random: Random, seeds: Sequence[bytes], words: Sequence[bytes]) -> None:
    at = random.randint(0, len(data))
    end = min(len(data), at + random.choice((1, 2, 4, 16, 64, 512)))
    way = random.randrange(9)
    if way == 0 and at < len(data):
        data[at] ^= 1 << random.randrange(8)
    elif way == 1 and at < len(data):
        data[at] = random.choice(ODD)
    elif way == 2:
        del data[at:end]
    elif way == 3:
        data[at:at] = data[at:end] * random.choice((1, 2, 8, 64))
    elif way == 4:
        data[at:end] = random.choice((*words, *NUMBERS))
    elif way == 5:
        data[at:at] = random.choice((*words, *NUMBERS))
    elif way == 6:
        other = random.choice(seeds)
        start = random.randint(0, len(other))
        data[at:end] = other[start : start + random.choice((4, 64, 1024))]
    elif way == 7:
        data[at:at] = random.randbytes(random.choice((1, 2, 4, 8)))
    else:
        del data[at:]


# --- one batch, in its own process ----------------------------------------------------------------------


def run_batch(name: str, seed: int, numbers: range, at: Synchronized[int], tell: Any) -> None:
    """Run inputs one after the other, noting in `at` which one runs; send (fault, number) pairs and the seconds taken."""
    os.nice(19 - os.nice(0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    logging.disable()  # pypdf tells of each oddity
    signal.signal(signal.SIGALRM, _stop)
    seeds, faults = read_seeds(name), dict[str, int]()
    for number in numbers:
        at.value = number
        if fault := find_fault(name, make_input(name, seed, number, seeds)):
            faults.setdefault(fault, number)
    tell.send((faults, time.process_time()))


def _stop(*_: object) -> None:
    raise TooSlow


def find_fault(name: str, data: bytes) -> str:
    """Run one input and return the kind and place of what it raised; empty if it did what it should."""
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        TARGETS[name].run(data)
    except Exception as error:  # everything that is no refusal is what is looked for
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} in {last.filename.rpartition('/')[2]}:{last.lineno}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return ""


# --- the whole --------------------------------------------------------------------------------------


def fuzz(name: str, seed: int, inputs: int, told: Tally) -> Iterator[None]:
    """Fuzz one target, yielding after each batch."""
    methods = multiprocessing.get_context("fork")
    number = 0
    while number < inputs:
        batch = range(number, min(inputs, number + BATCH))
        at = methods.Value("q", number)
        mine, theirs = methods.Pipe(duplex=False)
        process = methods.Process(target=run_batch, args=(name, seed, batch, at, theirs))
        process.start()
        theirs.close()
        try:
            faults, seconds = mine.recv()
            number = batch.stop
        except EOFError:  # it died of the input that it was at
            process.join()
            faults, seconds = {f"process ended with {process.exitcode}": at.value}, 0.0
            number = at.value + 1
        process.join()
        told.inputs, told.seconds = number, told.seconds + seconds
        for fault, first in faults.items():
            told.faults.setdefault(fault, first)
        yield


def main(arguments: Sequence[str]) -> int:
    """Fuzz and write the section of the results; return 1 where a fault was found."""
    parser = argparse.ArgumentParser(prog="python -m bench fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=INPUTS)
    parser.add_argument("--target", choices=TARGETS, action="append")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--replay", help="TARGET:SEED:NUMBER; writes the input to standard output and runs it")
    parser.add_argument("--keep", action="store_true", help="do not write bench/RESULTS.md")
    options = parser.parse_args(arguments)
    if options.replay:
        return replay(options.replay)
    machine, began = tell_machine(), time.monotonic()
    names = options.target or list(TARGETS)
    shares = sum(TARGETS[name].share for name in names)
    tallies = {name: Tally() for name in names}
    for name, told in tallies.items():
        for _ in fuzz(name, options.seed, -(-options.inputs * TARGETS[name].share // shares), told):
            print(f"\r{name}: {told.inputs} inputs, {len(told.faults)} faults", end="", file=sys.stderr)
        print(file=sys.stderr)
    text = write_text(machine, options.seed, tallies, time.monotonic() - began)
    print(text)
    if not options.keep:
        write_section("fuzz", text)
    return int(any(told.faults for told in tallies.values()))


def replay(place: str) -> int:
    """Run one input again, in this process, so that its traceback can be read."""
    name, seed, number = place.split(":")
    data = make_input(name, int(seed), int(number), read_seeds(name))
    sys.stdout.buffer.write(data)
    TARGETS[name].run(data)
    return 0


def write_text(machine: str, seed: int, tallies: dict[str, Tally], seconds: float) -> str:
    """Return the section of the results."""
    rows = [
        f"| {name} | {told.inputs:,} | {told.seconds:,.0f} | {'; '.join(f'{what} ({name}:{seed}:{at})' for what, at in told.faults.items()) or 'none'} |"
        for name, told in tallies.items()
    ]
    total = sum(told.inputs for told in tallies.values())
    return "\n".join(
        [
            "## Fuzzing",
            "",
            f"{machine} {total:,} inputs, seed {seed}, one process at nice 19, {seconds / 60:,.0f} minutes; "
            f"a fault is any exception but a refusal, a crash, or more than {SECONDS} s for one input.",
            "",
            "| door | inputs | processor seconds | faults |",
            "|---|---:|---:|---|",
            *rows,
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
