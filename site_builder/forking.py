"""Pools of forked processes: they see what the parent holds without its being copied to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.pool import Pool


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
