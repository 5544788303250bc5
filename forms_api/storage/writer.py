"""One writer thread with group commit: many callers share one transaction and one fsync.

A plain transaction that begins by reading fails with "database is locked" as soon as several processes write, however long
it would wait, and BEGIN IMMEDIATE alone is unfair: some wait for seconds. So each process writes from one thread, which
takes all that waits (nobody lingers for more), stands in line with other processes by a file lock, and only then begins.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Generic, TypeVar, cast

from forms_api.storage import StoreBroken, StoreRefusal
from forms_api.storage.turn import Turn

Result = TypeVar("Result")
Work = Callable[[Turn], Result]
LARGEST_GROUP = 256


class _Job(Generic[Result]):
    """A piece of work that waits for its turn; the lock is held until it is done."""

    __slots__ = ("done", "error", "result", "work")

    def __init__(self, work: Work[Result]) -> None:
        self.work = work
        self.result: Result | None = None
        self.error: Exception | None = None
        self.done = threading.Lock()
        self.done.acquire()


class Writer:
    """Runs pieces of work on one connection in groups. A piece that raises StoreRefusal must not have written before."""

    def __init__(self, open_connection: Callable[[], sqlite3.Connection], lock: Path) -> None:
        """Start the thread, which opens its connection itself; `lock` is the file that processes stand in line for.

        Raises StoreBroken where that file cannot be made.
        """
        self._queue: SimpleQueue[_Job[Any] | None] = SimpleQueue()
        self._open = open_connection
        try:
            self._lock = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        except OSError as error:
            raise StoreBroken(str(error)) from error
        self.is_closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def write(self, work: Work[Result]) -> Result:
        """Run a piece of work and return its result once it is durable. Raises what it raises, or StoreBroken."""
        if self.is_closed:
            raise StoreBroken("the store is closed")
        job = _Job(work)
        self._queue.put(job)
        job.done.acquire()
        if job.error:
            raise job.error
        return cast(Result, job.result)

    @property
    def waiting(self) -> int:
        """Return about how many pieces wait for their turn."""
        return self._queue.qsize()

    def close(self) -> None:
        """Finish what waits and end the thread; may be called twice."""
        if not self.is_closed:
            self.is_closed = True
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        try:
            while group := self._take():
                connection = connection or self._open_or_fail(group)
                if connection:
                    self._run_group(connection, group)
        finally:
            if connection:
                connection.close()
            os.close(self._lock)

    def _open_or_fail(self, group: list[_Job[Any]]) -> sqlite3.Connection | None:
        try:
            with _turn(self._lock):  # the first to open makes the file, and that must not happen twice
                return self._open()
        except (sqlite3.Error, StoreBroken) as error:
            for job in group:
                _finish(job, StoreBroken(str(error)))
            return None

    def _take(self) -> list[_Job[Any]]:
        """Return all that waits, at least one; nothing at the end."""
        first = self._queue.get()
        group = [first] if first else []
        while group and len(group) < LARGEST_GROUP and not self._queue.empty():
            job = self._queue.get()
            if job is None:
                self._queue.put(None)
                break
            group.append(job)
        return group

    def _run_group(self, connection: sqlite3.Connection, group: list[_Job[Any]]) -> None:
        try:
            with _turn(self._lock):
                _commit_group(connection, group)
        except Exception as error:
            if len(group) > 1:  # one bad piece must not take the others with it
                for job in group:
                    self._run_group(connection, [job])
                return
            _finish(group[0], StoreBroken(str(error)) if isinstance(error, sqlite3.Error | OSError) else error)
        else:
            for job in group:
                job.done.release()


def _commit_group(connection: sqlite3.Connection, group: list[_Job[Any]]) -> None:
    try:
        connection.execute("BEGIN IMMEDIATE")
        turn = Turn(connection)
        for job in group:
            job.error = None
            try:
                job.result = job.work(turn)
            except StoreRefusal as refusal:
                job.error = refusal
        turn.finish()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _finish(job: _Job[Any], error: Exception) -> None:
    job.error = error
    job.done.release()


@contextmanager
def _turn(fd: int) -> Iterator[None]:
    fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(fd, fcntl.LOCK_UN)
