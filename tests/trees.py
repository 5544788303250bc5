"""Folders as values, to compare what builds wrote."""

from __future__ import annotations

import hashlib
from pathlib import Path


def snapshot(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file below `folder` by its path, but for what builds keep for the next one."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".site-cache" not in path.parts
    }


def read_tree(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file below `folder` by its path, but for what builds keep for the next one."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".site-cache" not in path.parts
    }
