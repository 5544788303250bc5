"""Forked processes: they see what the parent holds without its being copied to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.pool import Pool
from typing import TypeVar

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
