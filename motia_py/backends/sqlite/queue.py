"""The queue in the file, as its loop sees it: asks the writer, and knows who is in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from motia_py.backends.sqlite.deliveries import (
    COLUMNS,
    IN_FLIGHT,
    READY,
    Burial,
    Deliveries,
    Push,
    PutBack,
    Row,
    Wanted,
    delivery_of,
    push_of,
    without_data,
)
from motia_py.backends.sqlite.flight import Claim, Flight
from motia_py.backends.sqlite.reading import Reader
from motia_py.backends.sqlite.writer import Bulk, Writer
from motia_py.clock import Clock
from motia_py.errors import StoreUnavailable
from motia_py.messages import (
    DEFAULT_LEASE_SECONDS,
    DeadLetter,
    Delivery,
    Finished,
    Lane,
    QueueCounts,
)

#: How often keys and finished deliveries whose time is over are deleted, at most.
TIDY_SECONDS = 60.0

_DEAD = f"SELECT {COLUMNS}, error, traceback, died_at FROM dead"
_FINISHED = f"SELECT {COLUMNS}, finished_at FROM finished"
_NEXT_DUE = (
    f'SELECT due_at FROM deliveries WHERE step = ? AND "trigger" = ? AND state = {READY}'
    " ORDER BY due_at, seq LIMIT 1"
)
_COUNTS = (
    'SELECT step, "trigger", state, count(*) FROM deliveries GROUP BY step, "trigger", state'
    ' UNION ALL SELECT step, "trigger", -1, count(*) FROM dead GROUP BY step, "trigger"'
)
_DEAD_STATE = -1
_DELAYED = (
    f'SELECT step, "trigger", count(*) FROM deliveries WHERE state = {READY} AND due_at > ?'
    ' GROUP BY step, "trigger"'
)


class SqliteQueue:
    """An EventQueue. A call that is cancelled is done all the same; what it claimed goes back."""

    def __init__(
        self,
        clock: Clock,
        writer: Writer,
        reader: Reader,
        deliveries: Deliveries,
        *,
        keep_finished_seconds: float,
    ) -> None:
        self._clock = clock
        self._writer = writer
        self._reader = reader
        self._bulks = deliveries
        self._flight = Flight()
        self._keep_finished_seconds = keep_finished_seconds
        self._tidy_at = 0.0

    async def push(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        if not deliveries:
            return []
        pushes = self.prepare(deliveries)
        stored: Sequence[Delivery] = await self._writer.submit(
            self._bulks.push, pushes, keep=self.stored, abandon=self.give_back
        )
        return stored

    async def claim(
        self, lane: Lane, *, limit: int, now: float, lease_seconds: float = DEFAULT_LEASE_SECONDS
    ) -> Sequence[Delivery]:
        steady_now = self._clock.monotonic()
        lost = self._flight.take_lost(lane, steady_now)
        claimed: Sequence[Delivery] = await self._writer.submit(
            self._bulks.claim,
            Wanted(lane, limit, now, lost, steady_now, lease_seconds),
            keep=self._claimed,
            lose=self._not_claimed,
            abandon=self.give_back,
        )
        return claimed

    async def recover(self) -> Sequence[Delivery]:
        recovered: Sequence[Delivery] = await self._writer.submit(
            self._bulks.in_flight, None, keep=self._recovered
        )
        return recovered

    async def renew(self, delivery: Delivery) -> bool:
        claim = self._flight.held(delivery)
        if claim is None:
            return False
        claim.lease_end = self._clock.monotonic() + delivery.lease_seconds
        return True

    async def ack(self, delivery: Delivery) -> bool:
        claim = self.take_done(delivery)
        if claim is None:
            return False
        return bool(await self._writer.submit(self._bulks.ack, claim, lose=self._flight.add))

    async def retry(self, delivery: Delivery, *, due_at: float) -> bool:
        return await self._put_back(delivery, due_at)

    async def release(self, delivery: Delivery) -> bool:
        return await self._put_back(delivery, None)

    async def bury(self, letter: DeadLetter) -> bool:
        claim = self._flight.take(letter.delivery)
        if claim is None:
            return False
        error, traceback = _printable(letter.error), _printable(letter.traceback)
        burial = Burial(claim, error, traceback, letter.died_at)
        return bool(await self._writer.submit(self._bulks.bury, burial, lose=self._fly_on))

    async def next_due(self, lane: Lane) -> float | None:
        row = self._reader.one(_NEXT_DUE, lane)
        return None if row is None else row[0]

    async def counts(self) -> Mapping[Lane, QueueCounts]:
        numbers: dict[Lane, dict[int, int]] = {}
        for step, trigger, state, number in await self._reader.all(_COUNTS):
            numbers.setdefault(Lane(step, trigger), {})[state] = number
        return {
            lane: QueueCounts(
                waiting=sum(by_state.values())
                - by_state.get(IN_FLIGHT, 0)
                - by_state.get(_DEAD_STATE, 0),
                running=by_state.get(IN_FLIGHT, 0),
                dead=by_state.get(_DEAD_STATE, 0),
            )
            for lane, by_state in numbers.items()
        }

    async def delayed(self, *, now: float) -> Mapping[Lane, int]:
        rows = await self._reader.all(_DELAYED, (now,))
        return {Lane(step, trigger): number for step, trigger, number in rows}

    async def dead(
        self, lane: Lane | None = None, *, limit: int = 100, offset: int = 0
    ) -> Sequence[DeadLetter]:
        rows = await self._page(_DEAD, "seq DESC", lane, limit, offset)
        return [_letter_of(row) for row in rows]

    async def dead_letter(self, delivery_id: str) -> DeadLetter | None:
        row = self._reader.one(f"{_DEAD} WHERE id = ?", (_printable(delivery_id),))
        return None if row is None else _letter_of(row)

    async def redrive(self, delivery_id: str, *, now: float) -> Lane | None:
        asked = (_printable(delivery_id), now)
        lane: Lane | None = await self._writer.submit(self._bulks.redrive, asked)
        return lane

    async def discard(self, delivery_id: str) -> bool:
        asked = _printable(delivery_id)
        return bool(await self._writer.submit(self._bulks.discard, asked))

    async def finished(
        self, lane: Lane | None = None, *, limit: int = 100, offset: int = 0
    ) -> Sequence[Finished]:
        kept_since = self._clock.now() - self._keep_finished_seconds
        order = "finished_at DESC, seq DESC"
        rows = await self._page(
            _FINISHED, order, lane, limit, offset, "finished_at > ?", kept_since
        )
        return [Finished(delivery=delivery_of(row[:-1]), finished_at=row[-1]) for row in rows]

    def prepare(self, deliveries: Sequence[Delivery]) -> list[Push]:
        """The deliveries as the writer takes them. May run on any thread.

        Raises:
            NotJSON: some data has no JSON form.
        """
        now = self._clock.now()
        return [push_of(delivery, now) for delivery in deliveries]

    def stored(self, pushes: Sequence[Push], seqs: Sequence[int | None]) -> Sequence[Delivery]:
        """Those of the deliveries that have a seq; from now on the claimed ones are in flight."""
        self._tidy()
        stored = []
        for push, seq in zip(pushes, seqs, strict=True):
            if seq is None:
                continue
            delivery = push.delivery
            if delivery.attempt:
                lease_end = self._clock.monotonic() + delivery.lease_seconds
                self._flight.add(Claim(seq, delivery, lease_end))
            stored.append(delivery)
        return stored

    def take_done(self, delivery: Delivery) -> Claim | None:
        """End the flight of a delivery that is done; None if it is fenced off."""
        claim = self._flight.take(delivery)
        if claim is not None and self._keep_finished_seconds:
            claim.finished_at = self._clock.now()
        return claim

    def take_back(self, claim: Claim) -> None:
        """What was taken as done has not been stored: it is in flight as before."""
        self._flight.add(claim)

    def _claimed(self, wanted: Wanted, rows: Sequence[Row]) -> Sequence[Delivery]:
        lease_end = wanted.steady_now + wanted.lease_seconds
        return self._take_off(rows, lease_end, more_attempts=1, lease=wanted.lease_seconds)

    def _recovered(self, _: None, rows: Sequence[Row]) -> Sequence[Delivery]:
        lease_end = self._clock.monotonic() + DEFAULT_LEASE_SECONDS
        return self._take_off([row for row in rows if row[1] not in self._flight], lease_end)

    def _take_off(
        self,
        rows: Sequence[Row],
        lease_end: float,
        *,
        more_attempts: int = 0,
        lease: float = DEFAULT_LEASE_SECONDS,
    ) -> Sequence[Delivery]:
        """The deliveries of the rows, in flight from now on; what cannot be read is buried."""
        flying = []
        for seq, *columns in rows:
            try:
                delivery = delivery_of(columns, more_attempts=more_attempts, lease=lease)
            except StoreUnavailable as error:
                self._bury_unreadable(seq, columns, lease_end, error)
                continue
            self._flight.add(Claim(seq, delivery, lease_end))
            flying.append(delivery)
        return flying

    def _bury_unreadable(
        self, seq: int, columns: Sequence[Any], lease_end: float, error: StoreUnavailable
    ) -> None:
        """It can never run: out of the way of the others, to where somebody may look at it."""
        claim = Claim(seq, delivery_of(without_data(columns)), lease_end)
        burial = Burial(claim, str(error), str(error), self._clock.now())
        self._ask_aside(self._bulks.bury, burial, lose=self._fly_on)

    def _not_claimed(self, wanted: Wanted) -> None:
        for claim in wanted.lost:
            self._flight.add(claim)

    async def _put_back(self, delivery: Delivery, due_at: float | None) -> bool:
        claim = self._flight.take(delivery)
        if claim is None:
            return False
        put = PutBack(claim, due_at)
        return bool(await self._writer.submit(self._bulks.put_back, put, lose=self._fly_on))

    def _fly_on(self, asked: PutBack | Burial) -> None:
        self._flight.add(asked.claim)

    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Whoever asked is gone: what was claimed for it waits again."""
        for delivery in deliveries:
            claim = self._flight.take(delivery)
            if claim is not None:
                put = PutBack(claim, None)
                self._ask_aside(self._bulks.put_back, put, lose=self._fly_on)

    def _ask_aside(self, bulk: Bulk, argument: Any, **sequel: Callable[..., None]) -> None:
        """Have it done without waiting; what fails is tried again another time."""
        # asyncio wants an error to be seen.
        self._writer.submit(bulk, argument, **sequel).add_done_callback(asyncio.Future.exception)

    def _tidy(self) -> None:
        now = self._clock.now()
        if now < self._tidy_at:
            return
        self._tidy_at = now + TIDY_SECONDS
        times = (now, now - self._keep_finished_seconds)
        self._ask_aside(self._bulks.tidy, times, keep=self._tidied)

    def _tidied(self, times: tuple[float, float], has_more: bool) -> None:
        if has_more:
            self._tidy_at = 0.0

    async def _page(
        self,
        select: str,
        order: str,
        lane: Lane | None,
        limit: int,
        offset: int,
        where: str = "1",
        *values: object,
    ) -> Sequence[Row]:
        if lane is not None:
            where += ' AND step = ? AND "trigger" = ?'
            values = (*values, *lane)
        return await self._reader.all(
            f"{select} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?", (*values, limit, offset)
        )


def _letter_of(row: Row) -> DeadLetter:
    *columns, error, traceback, died_at = row
    try:
        delivery = delivery_of(columns)
    except StoreUnavailable:
        # It can be shown and discarded, which is what is left to do with it.
        delivery = delivery_of(without_data(columns))
    return DeadLetter(delivery=delivery, error=error, traceback=traceback, died_at=died_at)


def _printable(text: str) -> str:
    """An error's text may hold what UTF-8 cannot: as it is shown, then."""
    return text.encode("utf-8", "backslashreplace").decode()
