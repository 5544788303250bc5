"""One writer thread with group commit: many callers share one transaction and one wait for the disk.

Each process writes from one thread, which takes all that waits (nobody lingers for more), stands in line with the writers of
other processes, and only then begins. How they stand in line and where it writes is the engine's (`Line`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from queue import SimpleQueue
from typing import Any, Generic, Literal, Protocol, TypeVar, cast

from forms_api.storage import StoreBroken, StoreRefusal
from forms_api.storage.turn import Ask, Turn

Result = TypeVar("Result")
Work = Callable[[Turn], Result]
LARGEST_GROUP = 256
MOST_REPEATS = 8
Verdict = Literal["repeat", "all", "one"]
"""What an error says of a group: nothing was written and it may be run again; none can be written; one piece was bad."""


FindRequest = Callable[[], str]
"""Returns the id of the request that whoever asks is answering; empty outside of one."""


def ask_nothing() -> Sequence[Ask]:
    """Return no questions."""
    return ()


def no_request() -> str:
    """Return that nothing is being answered."""
    return ""


class Line(Protocol):
    """Where a writer writes, in its turn among the writers of other processes. Used by one thread."""

    faults: tuple[type[Exception], ...]
    """Errors of the database, which the caller hears of as StoreBroken."""

    def turn(self, asks: Sequence[Callable[[], Sequence[Ask]]]) -> AbstractContextManager[Turn]:
        """Lend a transaction, durable once the block has ended well and gone if it has not."""

    def judge(self, error: Exception) -> Verdict:
        """Tell what an error says of the group that met it."""

    def close(self) -> None:
        """Let go of the database."""


class _Job(Generic[Result]):
    """A piece of work that waits for its turn; the lock is held until it is done."""

    __slots__ = ("asks", "done", "error", "request", "result", "work")

    def __init__(self, work: Work[Result], asks: Callable[[], Sequence[Ask]], request: str) -> None:
        self.work = work
        self.asks = asks
        self.request = request
        self.result: Result | None = None
        self.error: Exception | None = None
        self.done = threading.Lock()
        self.done.acquire()


class Writer:
    """Runs pieces of work in groups. A piece that raises StoreRefusal must not have written before."""

    def __init__(self, line: Line, find_request: FindRequest = no_request) -> None:
        """Start the thread; the first piece of work opens the database. `find_request` is asked in the caller's thread."""
        self._find_request = find_request
        self._queue: SimpleQueue[_Job[Any] | None] = SimpleQueue()
        self._line = line
        self.is_closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def write(self, work: Work[Result], asks: Callable[[], Sequence[Ask]] = ask_nothing) -> Result:
        """Run a piece of work and return its result once it is durable. Raises what it raises, or StoreBroken."""
        if self.is_closed:
            raise StoreBroken("the store is closed")
        job = _Job(work, asks, self._find_request())
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
        try:
            while group := self._take():
                self._run_group(group)
        finally:
            self._line.close()

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

    def _run_group(self, group: list[_Job[Any]], repeats: int = 0) -> None:
        try:
            with self._line.turn([job.asks for job in group]) as turn:
                for job in group:
                    job.error, turn.request = None, job.request
                    try:
                        job.result = job.work(turn)
                    except StoreRefusal as refusal:
                        job.error = refusal
                turn.finish()
        except Exception as error:
            self._mend(group, error, repeats)
        else:
            for job in group:
                job.done.release()

    def _mend(self, group: list[_Job[Any]], error: Exception, repeats: int) -> None:
        """Run a group again, or each of its pieces alone, or tell them all."""
        verdict = self._line.judge(error)
        if verdict == "repeat" and repeats < MOST_REPEATS:
            time.sleep(0.001 * 2**repeats)
            self._run_group(group, repeats + 1)
        elif verdict == "one" and len(group) > 1:  # one bad piece must not take the others with it
            for job in group:
                self._run_group([job])
        else:
            told = StoreBroken(str(error)) if isinstance(error, self._line.faults) else error
            for job in group:
                job.error = told
                job.done.release()
