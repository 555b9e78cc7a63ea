"""The one thread that writes. What is asked of it while a transaction runs goes into the next one.

Group commit: however many wait, they pay for one sync. The writer knows no table: it is given the
functions that do the work, and they are given all that waits for them at once.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

from motia_py.errors import NotJSON, StoreUnavailable

#: Does a piece of work for each argument, on the writer's thread, and gives as many results. A
#: result that is an exception is raised to whoever asked for it. What it raises undoes them all.
Bulk: TypeAlias = Callable[[sqlite3.Connection, Sequence[Any]], Sequence[Any]]


class Job:
    """Something asked of the writer, and what follows on the loop once it is done.

    `keep(argument, result)` makes the future's result; it runs also if nobody waits any more, and
    then `abandon` is told what it gave. `lose(argument)` runs if it was not done.
    """

    __slots__ = ("abandon", "argument", "future", "keep", "lose")

    def __init__(
        self,
        argument: Any,
        future: asyncio.Future[Any],
        keep: Callable[[Any, Any], Any] | None,
        lose: Callable[[Any], None] | None,
        abandon: Callable[[Any], None] | None,
    ) -> None:
        self.argument = argument
        self.future = future
        self.keep = keep
        self.lose = lose
        self.abandon = abandon

    def tell(self, result: Any) -> None:
        """Say what became of it: a result of the bulk, or the exception that prevented it."""
        future = self.future
        if isinstance(result, BaseException):
            if self.lose is not None:
                self.lose(self.argument)
            if not future.cancelled():
                future.set_exception(result)
            return
        if self.keep is not None:
            try:
                result = self.keep(self.argument, result)
            except Exception as error:
                # The others asked for something else, and are to hear of it.
                if not future.cancelled():
                    future.set_exception(error)
                return
        if not future.cancelled():
            future.set_result(result)
        elif self.abandon is not None:
            self.abandon(result)


_Batch: TypeAlias = dict[Bulk, list[Job]]
_Outcome: TypeAlias = tuple[Job, Any]

_log = logging.getLogger("motia_py.store")


class Writer:
    """Runs bulks on its own thread, in `order` within each transaction. Belongs to one loop."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        order: Sequence[Bulk],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """`check` is called before each transaction, which is refused with what it raises."""
        self._connection = connection
        self._check = check
        self._order = order
        self._loop = asyncio.get_running_loop()
        self._next: _Batch = {}
        self._is_closed = False
        self._batches: SimpleQueue[_Batch | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="motia-store", daemon=True)
        self._thread.start()

    def submit(
        self,
        bulk: Bulk,
        argument: Any,
        *,
        keep: Callable[[Any, Any], Any] | None = None,
        lose: Callable[[Any], None] | None = None,
        abandon: Callable[[Any], None] | None = None,
    ) -> asyncio.Future[Any]:
        """The result of `bulk` for `argument`, once it is durable. Cancelling does not undo it.

        For `keep`, `lose` and `abandon` see `Job`.

        Raises, also from the future:
            StoreUnavailable: the file does not take it, or is closed; it was not done.
        """
        if self._is_closed:
            raise StoreUnavailable("the store is closed")
        future: asyncio.Future[Any] = self._loop.create_future()
        if not self._next:
            # At the end of this turn of the loop: what others ask for in it goes along.
            self._loop.call_soon(self._hand_over)
        job = Job(argument, future, keep, lose, abandon)
        jobs = self._next.get(bulk)
        if jobs is None:
            self._next[bulk] = [job]
        else:
            jobs.append(job)
        return future

    async def close(self) -> None:
        """Do what was asked for, then end the thread."""
        self._hand_over()
        self._is_closed = True
        self._batches.put(None)
        await asyncio.to_thread(self._thread.join)

    def _hand_over(self) -> None:
        if self._next:
            self._batches.put(self._next)
            self._next = {}

    def _work(self) -> None:
        while (batch := self._batches.get()) is not None:
            is_last = False
            for more in self._waiting():
                if more is None:
                    is_last = True
                    break
                for bulk, jobs in more.items():
                    batch.setdefault(bulk, []).extend(jobs)
            outcomes = self._transact(batch)
            self._loop.call_soon_threadsafe(_tell, outcomes)
            if is_last:
                return

    def _waiting(self) -> Iterator[_Batch | None]:
        try:
            while True:
                yield self._batches.get_nowait()
        except Empty:
            return

    def _transact(self, batch: _Batch) -> list[_Outcome]:
        """Do the batch in one transaction. If it fails, nothing of it was done."""
        try:
            self._check()
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = [
                outcome
                for bulk in self._order
                if bulk in batch
                for outcome in zip(
                    batch[bulk],
                    bulk(self._connection, [job.argument for job in batch[bulk]]),
                    strict=True,
                )
            ]
            self._connection.execute("COMMIT")
        except Exception as error:
            self._roll_back()
            jobs = [(bulk, each) for bulk in self._order if bulk in batch for each in batch[bulk]]
            if len(jobs) > 1 and not isinstance(
                error, (sqlite3.OperationalError, StoreUnavailable)
            ):
                # One of them is at fault, which shall not harm the others.
                return [outcome for bulk, job in jobs for outcome in self._transact({bulk: [job]})]
            refusal = refusal_of(error)
            return [(job, refusal) for _, job in jobs]
        return outcomes

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            # SQLite has rolled back by itself, as it does when the disk is full.
            _log.debug("rollback: %s", error, extra={"action": "store.rollback"})


def refusal_of(error: Exception) -> Exception:
    """What is raised to who asked for something that could not be done."""
    if isinstance(error, UnicodeEncodeError):
        return NotJSON(f"cannot be stored: {error}")
    if not isinstance(error, sqlite3.Error):
        return error
    refusal = StoreUnavailable(f"the store takes no writes now: {error}")
    refusal.__cause__ = error
    return refusal


def _tell(outcomes: Sequence[_Outcome]) -> None:
    for job, result in outcomes:
        job.tell(result)
