"""Work done aside comes back, raises where it is waited for, and has ended when nobody waits any more."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from site_builder.forking import aside


def test_what_was_made_aside_comes_back() -> None:
    with aside(lambda: (os.getpid(), "x" * 1_000_000)) as wait:
        pid, text = wait()
    assert pid != os.getpid()
    assert len(text) == 1_000_000


def test_what_it_raised_is_raised_where_it_is_waited_for() -> None:
    def fail() -> None:
        raise ValueError("没有做成")

    with pytest.raises(ValueError, match="没有做成"), aside(fail) as wait:
        wait()


def test_it_has_ended_when_the_context_is_left_though_nobody_waited(tmp_path: Path) -> None:
    def write() -> str:
        (tmp_path / "done").write_text("x", encoding="utf-8")
        return "x" * 1_000_000

    with pytest.raises(KeyError), aside(write):
        raise KeyError
    assert (tmp_path / "done").exists()
