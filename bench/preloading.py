"""Compile a small C file that is put before a program's own calls to the system (LD_PRELOAD)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


class NoCompiler(Exception):
    """There is no C compiler."""


def compile_preload(name: str, folder: Path) -> Path:
    """Compile bench/NAME.c into a folder and return the library. Raises NoCompiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise NoCompiler("a C compiler is needed; on Debian: apt-get install gcc libc6-dev")
    library = folder / f"{name}.so"
    source = Path(__file__).with_name(f"{name}.c")
    words = [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-o", str(library), str(source)]
    subprocess.run(words, check=True, capture_output=True)  # noqa: S603 - our own words
    return library
