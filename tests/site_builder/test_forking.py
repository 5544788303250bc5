"""Work done aside or shared comes back, raises where it is waited for, and has ended when nobody waits any more."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from site_builder.forking import aside, share


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


@pytest.mark.parametrize(("jobs", "run"), [(1, 1), (2, 1), (2, 7), (3, 50), (2, 1000)])
def test_what_is_shared_comes_back_in_order(jobs: int, run: int) -> None:
    held = [f"第{number}件" for number in range(100)]
    assert list(share(lambda text: (text, len(text)), held, jobs, run)) == [(text, len(text)) for text in held]


def test_other_processes_share_and_may_share_again() -> None:
    def count(number: int) -> tuple[int, list[int]]:
        return os.getpid(), list(share(lambda one: one * number, [1, 2, 3], 1, 1))

    found = list(share(count, [1, 2, 3, 4], 2, 1))
    assert os.getpid() not in {pid for pid, _ in found}
    assert [own for _, own in found] == [[number, number * 2, number * 3] for number in (1, 2, 3, 4)]


def test_what_a_share_raised_is_raised_here_and_the_next_work_is_done() -> None:
    def divide(number: int) -> float:
        return 1 / number

    with pytest.raises(ZeroDivisionError):
        list(share(divide, [1, 0, 2], 2, 1))
    assert list(share(divide, [1, 2], 2, 1)) == [1, 0.5]
