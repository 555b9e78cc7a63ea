"""Opens the file and puts queue and state on it; they commit together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from motia_py.backends.sqlite.deliveries import Deliveries, Push
from motia_py.backends.sqlite.file import Durability, FileLock, Presence, open_writer, opening
from motia_py.backends.sqlite.items import Committed, Items
from motia_py.backends.sqlite.queue import SqliteQueue
from motia_py.backends.sqlite.reading import Reader
from motia_py.backends.sqlite.state import SqliteState
from motia_py.backends.sqlite.writer import Bulk, Writer
from motia_py.clock import Clock
from motia_py.dotmotia import own_folder
from motia_py.interfaces import DeliveriesOf
from motia_py.messages import Change, Delivery, Write


class SqliteEngine:
    """An Engine on one file, which belongs to this process while it is entered.

    `durability` says what an answer means: `full` that it survives a power cut, `normal` that it
    survives the end of this process. `keep_finished_seconds` is how long acked deliveries can be
    looked at. The folder of the file is made if there is none.

    Raises on entering:
        CannotOpenStore: the file is in use, damaged, newer than this version, or out of reach.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        durability: Durability = "full",
        keep_finished_seconds: float = 0.0,
    ) -> None:
        # One file has one lock, by whichever way it is reached.
        self.path = path.resolve()
        self._clock = clock
        self._durability: Durability = durability
        self._keep_finished_seconds = keep_finished_seconds
        self._stack = AsyncExitStack()

    @property
    def queue(self) -> SqliteQueue:
        return self._queue

    @property
    def state(self) -> SqliteState:
        return self._state

    async def commit(
        self,
        *,
        writes: Sequence[Write] = (),
        deliveries: DeliveriesOf | None = None,
        acks: Sequence[Delivery] = (),
    ) -> tuple[Sequence[Change], Sequence[Delivery]]:
        def follow(changes: Sequence[Change]) -> Sequence[Push]:
            return self._queue.prepare(deliveries(changes)) if deliveries is not None else ()

        taken = [self._queue.take_done(each) for each in acks]
        acked = [claim for claim in taken if claim is not None]

        def keep(committed: Committed) -> tuple[Sequence[Change], Sequence[Delivery]]:
            return committed.changes, self._queue.stored(committed.pushes, committed.seqs)

        def lose() -> None:
            for claim in acked:
                self._queue.take_back(claim)

        def abandon(done: tuple[Sequence[Change], Sequence[Delivery]]) -> None:
            self._queue.give_back(done[1])

        done: tuple[Sequence[Change], Sequence[Delivery]] = await self._state.commit(
            writes, follow, acked, keep=keep, lose=lose, abandon=abandon
        )
        return done

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            with opening(self.path):
                await self._open(stack)
            self._stack = stack.pop_all()
        return self

    async def _open(self, stack: AsyncExitStack) -> None:
        """Open everything, each closed in the reverse order of its opening."""
        own_folder(self.path.parent)
        stack.callback(FileLock(self.path.with_name(f"{self.path.name}.lock")).release)
        # On a thread: a file that was left in a hurry is put in order first.
        connection = await asyncio.to_thread(open_writer, self.path, self._durability)
        # Closed last: it writes the log back, when nobody reads any more.
        stack.push_async_callback(asyncio.to_thread, connection.close)
        deliveries = Deliveries(connection, keeps_finished=self._keep_finished_seconds > 0)
        items = Items(deliveries)
        writer = Writer(
            connection, order=_order(items, deliveries), check=Presence(self.path).check
        )
        stack.push_async_callback(writer.close)
        reader = Reader(self.path)
        stack.push_async_callback(reader.close)
        self._queue = SqliteQueue(
            self._clock,
            writer,
            reader,
            deliveries,
            keep_finished_seconds=self._keep_finished_seconds,
        )
        self._state = SqliteState(self._clock, writer, reader, items)
        stack.push_async_callback(self._state.close)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()


def _order(items: Items, deliveries: Deliveries) -> Sequence[Bulk]:
    """The order of the work in a transaction.

    What was written behind comes before what reports it; a claim comes after what frees its place.
    """
    return (
        items.save,
        items.commit,
        deliveries.push,
        deliveries.ack,
        deliveries.put_back,
        deliveries.bury,
        deliveries.redrive,
        deliveries.discard,
        deliveries.tidy,
        deliveries.claim,
        deliveries.in_flight,
    )
