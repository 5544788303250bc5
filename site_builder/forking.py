"""Forked processes: they see what the parent holds without its being copied to them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.pool import Pool
from typing import Any, TypeVar

S = TypeVar("S")
T = TypeVar("T")


@contextmanager
def forked(jobs: int) -> Iterator[Pool]:
    """Lend a pool whose processes end by themselves once their work is done; only a failure kills them.

    The pool's own `with` always kills, and one killed while it holds the queue's lock leaves the next one waiting for good.
    """
    pool = get_context("fork").Pool(jobs)
    try:
        yield pool
        pool.close()
    except BaseException:
        pool.terminate()
        raise
    finally:
        pool.join()


_HELD: list[tuple[Callable[[Any], Any], Sequence[Any]]] = []


def share(work: Callable[[S], T], items: Sequence[S], jobs: int, run: int) -> Iterator[T]:
    """Yield what some work gives for each item, in their order; several processes share it in runs of items.

    What is worked on is not copied to them, what it gives is copied back.
    """
    if jobs == 1 or len(items) <= run:
        yield from map(work, items)
        return
    _HELD.append((work, items))
    gc.freeze()  # so that the collector of a worker does not touch, and so copy, what it shares with us
    try:
        places = [range(at, min(at + run, len(items))) for at in range(0, len(items), run)]
        with forked(min(jobs, len(places))) as pool:
            for found in pool.imap(_do_run, places):
                yield from found
    finally:
        gc.unfreeze()
        _HELD.pop()


def _do_run(places: range) -> list[Any]:
    work, items = _HELD[-1]
    return [work(items[at]) for at in places]


@contextmanager
def aside(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Do some work in a process of its own; what is lent waits for it and returns what it gave, or raises what it raised.

    The process has ended when the context is left, so that nothing writes any more; it is not killed, for what it forks
    itself would be left behind.
    """
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_tell, args=(work, theirs, ours))
    process.start()
    theirs.close()

    def wait() -> T:
        value: T | BaseException = ours.recv()
        if isinstance(value, BaseException):
            raise value
        return value

    try:
        yield wait
    finally:
        ours.close()
        process.join()


def _tell(work: Callable[[], object], theirs: Connection, ours: Connection) -> None:
    ours.close()  # while it is open here too, nobody would learn that the parent has closed it
    try:
        value = work()
    except BaseException as error:  # told to the parent, which raises it
        value = error
    with suppress(BrokenPipeError):  # nobody waits for it any more
        theirs.send(value)
