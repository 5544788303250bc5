"""Pin every dependency with hashes: pyproject.toml → run.lock, dev.in → dev.lock. No index address is written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
OPTIONS = (
    "--generate-hashes", "--allow-unsafe", "--strip-extras", "--no-header", "--quiet", "--annotation-style=line",
    "--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links", "--resolver=backtracking",
)  # fmt: skip


def compile_lock(*arguments: str) -> None:
    """Run pip-compile with the project's options."""
    command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, *arguments]
    subprocess.run(command, cwd=HERE.parent, check=True, env={**os.environ, "CUSTOM_COMPILE_COMMAND": "make lock"})  # noqa: S603 - our own words


if __name__ == "__main__":
    compile_lock("--output-file=requirements/run.lock", "requirements/build.in", "pyproject.toml", *sys.argv[1:])
    compile_lock("--output-file=requirements/dev.lock", "requirements/dev.in", *sys.argv[1:])
