"""Measure: `python -m bench` runs every subject, `python -m bench build --pages 1000 --runs 3` one with its options.

A subject is a module with `main(arguments)`; what it finds it puts into its section of bench/RESULTS.md.
"""

from __future__ import annotations

import sys
from importlib import import_module

SUBJECTS = {
    "build": "bench.building",
    "search": "bench.search",
    "lighthouse": "bench.lighthouse",
    "intake": "bench.intake",
    "intake-peers": "bench.intake_peers",
    "check": "bench.checks",
    "publishing": "bench.publishing",
    "soak": "bench.soak",
    "durability": "bench.durability",
    "fuzz": "bench.fuzzing",
    "scan": "bench.scanning",
    "hosts": "bench.hosts",
}


def main(arguments: list[str]) -> int:
    """Run one subject or all of them; return an exit status."""
    if not arguments:
        return max(run(name, []) for name in SUBJECTS)
    name, *options = arguments
    if name not in SUBJECTS:
        print(f"python -m bench [{' | '.join(SUBJECTS)}] [options]", file=sys.stderr)
        return 2
    return run(name, options)


def run(name: str, options: list[str]) -> int:
    """Run one subject and return its exit status."""
    print(f"--- {name}", flush=True)
    return int(import_module(SUBJECTS[name]).main(options) or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
