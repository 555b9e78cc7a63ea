"""The queue in memory: heaps and deques. Also the measure of other queues: the contract suites are
written to what it does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import count, islice
from math import inf

from motia_py.clock import Clock
from motia_py.encoding import plain
from motia_py.messages import (
    DEFAULT_LEASE_SECONDS,
    JSON,
    DeadLetter,
    Delivery,
    Finished,
    Lane,
    QueueCounts,
)


class MemoryQueue:
    """An EventQueue on heaps and deques; push, claim and ack cost O(log n)."""

    def __init__(self, clock: Clock, keep_finished_seconds: float) -> None:
        self._clock = clock
        self._sequence = count()
        self._backlogs: dict[Lane, _Backlog] = {}
        #: By step and group, in push order; the head is in flight or ready, the others wait.
        self._lines: dict[tuple[str, str], deque[_Held]] = {}
        # In the order of burial, so that the newest are found from the end.
        self._dead: dict[str, DeadLetter] = {}
        self._keys = _Keys()
        self._keep_finished_seconds = keep_finished_seconds
        self._finished: deque[Finished] = deque()

    async def push(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        return self.store(deliveries, self.copy_in(deliveries))

    async def claim(
        self, lane: Lane, *, limit: int, now: float, lease_seconds: float = DEFAULT_LEASE_SECONDS
    ) -> Sequence[Delivery]:
        backlog = self._backlogs.get(lane)
        if backlog is None:
            return []
        return backlog.claim(limit, now, self._clock.monotonic(), lease_seconds)

    async def recover(self) -> Sequence[Delivery]:
        recovered = []
        for backlog in self._backlogs.values():
            for held in backlog.orphans.values():
                held.lease_end = self._clock.monotonic() + DEFAULT_LEASE_SECONDS
                backlog.run(held)
                recovered.append(held.delivery_with(plain(held.data)))
            backlog.orphans.clear()
        return recovered

    async def renew(self, delivery: Delivery) -> bool:
        held = self._held(delivery)
        if held is None:
            return False
        held.lease_end = self._clock.monotonic() + delivery.lease_seconds
        return True

    async def ack(self, delivery: Delivery) -> bool:
        return self.finish(delivery)

    async def retry(self, delivery: Delivery, *, due_at: float) -> bool:
        held = self._held(delivery)
        if held is None:
            return False
        held.due_at = due_at
        self._backlogs[delivery.lane].put_back(held)
        return True

    async def release(self, delivery: Delivery) -> bool:
        held = self._held(delivery)
        if held is None:
            return False
        held.attempt -= 1
        self._backlogs[delivery.lane].put_back(held)
        return True

    async def bury(self, letter: DeadLetter) -> bool:
        held = self._take(letter.delivery)
        if held is None:
            return False
        delivery = held.delivery_with(held.data)
        self._dead[delivery.id] = replace(letter, delivery=delivery)
        self._backlogs[delivery.lane].dead += 1
        return True

    async def next_due(self, lane: Lane) -> float | None:
        backlog = self._backlogs.get(lane)
        return backlog.ready[0][0] if backlog is not None and backlog.ready else None

    async def counts(self) -> Mapping[Lane, QueueCounts]:
        return {
            lane: QueueCounts(
                waiting=backlog.waiting,
                running=len(backlog.running) + len(backlog.orphans),
                dead=backlog.dead,
            )
            for lane, backlog in self._backlogs.items()
            if backlog.waiting or backlog.running or backlog.orphans or backlog.dead
        }

    async def delayed(self, *, now: float) -> Mapping[Lane, int]:
        late = {
            lane: sum(due_at > now for due_at, *_ in backlog.ready)
            for lane, backlog in self._backlogs.items()
        }
        return {lane: number for lane, number in late.items() if number}

    async def dead(
        self, lane: Lane | None = None, *, limit: int = 100, offset: int = 0
    ) -> Sequence[DeadLetter]:
        newest_first = reversed(self._dead.values())
        letters = (each for each in newest_first if lane is None or each.delivery.lane == lane)
        return [_copy_of(letter) for letter in islice(letters, offset, offset + limit)]

    async def dead_letter(self, delivery_id: str) -> DeadLetter | None:
        letter = self._dead.get(delivery_id)
        return None if letter is None else _copy_of(letter)

    async def redrive(self, delivery_id: str, *, now: float) -> Lane | None:
        delivery = self._exhume(delivery_id)
        if delivery is None:
            return None
        again = replace(delivery, spent=delivery.attempt, due_at=now)
        self._add(_Held(again, delivery.data, next(self._sequence)))
        return delivery.lane

    async def discard(self, delivery_id: str) -> bool:
        if self._exhume(delivery_id) is None:
            return False
        self._keys.forget_emits(delivery_id)
        return True

    async def finished(
        self, lane: Lane | None = None, *, limit: int = 100, offset: int = 0
    ) -> Sequence[Finished]:
        self._forget_finished()
        newest_first = reversed(self._finished)
        found = (each for each in newest_first if lane is None or each.delivery.lane == lane)
        return [
            replace(each, delivery=_copy(each.delivery))
            for each in islice(found, offset, offset + limit)
        ]

    def copy_in(self, deliveries: Sequence[Delivery]) -> Sequence[JSON]:
        """The queue's own copy of each delivery's data.

        Raises:
            NotJSON: some data has no JSON form; nothing was stored.
        """
        return [plain(delivery.data) for delivery in deliveries]

    def store(self, deliveries: Sequence[Delivery], copies: Sequence[JSON]) -> Sequence[Delivery]:
        """What `push` does once the data is copied; cannot fail."""
        now = self._clock.now()
        self._keys.forget_old(now)
        stored = []
        for delivery, data in zip(deliveries, copies, strict=True):
            if delivery.dedupe_key is not None and self._keys.absorb(delivery, now):
                continue
            held = _Held(delivery, data, next(self._sequence))
            if delivery.attempt:
                held.lease_end = self._clock.monotonic() + delivery.lease_seconds
                self._backlog(delivery.lane).run(held)
            else:
                self._add(held)
            stored.append(delivery)
        return stored

    def finish(self, delivery: Delivery) -> bool:
        """What `ack` does."""
        held = self._take(delivery)
        if held is None:
            return False
        self._keys.forget_emits(delivery.id)
        if self._keep_finished_seconds:
            self._forget_finished()
            done = held.delivery_with(held.data)
            self._finished.append(Finished(delivery=done, finished_at=self._clock.now()))
        return True

    def let_go(self) -> None:
        """End all claims: whoever had them is gone."""
        for backlog in self._backlogs.values():
            backlog.orphans.update(backlog.running)
            backlog.running.clear()

    def _backlog(self, lane: Lane) -> _Backlog:
        backlog = self._backlogs.get(lane)
        if backlog is None:
            backlog = self._backlogs[lane] = _Backlog()
        return backlog

    def _add(self, held: _Held) -> None:
        """Store at the tail."""
        backlog = self._backlog(held.delivery.lane)
        backlog.waiting += 1
        if held.line is not None:
            line = self._lines.setdefault(held.line, deque())
            line.append(held)
            if len(line) > 1:
                return
        backlog.offer(held)

    def _held(self, delivery: Delivery) -> _Held | None:
        """What is in flight under the delivery's attempt."""
        backlog = self._backlogs.get(delivery.lane)
        held = None if backlog is None else backlog.running.get(delivery.id)
        return held if held is not None and held.attempt == delivery.attempt else None

    def _take(self, delivery: Delivery) -> _Held | None:
        """Take a delivery out of the queue and let its group go on; None if it is fenced off."""
        held = self._held(delivery)
        if held is None:
            return None
        del self._backlogs[delivery.lane].running[delivery.id]
        if held.line is not None:
            line = self._lines[held.line]
            line.popleft()
            if line:
                self._backlogs[line[0].delivery.lane].offer(line[0])
            else:
                del self._lines[held.line]
        return held

    def _exhume(self, delivery_id: str) -> Delivery | None:
        letter = self._dead.pop(delivery_id, None)
        if letter is None:
            return None
        self._backlogs[letter.delivery.lane].dead -= 1
        return letter.delivery

    def _forget_finished(self) -> None:
        end = self._clock.now() - self._keep_finished_seconds
        while self._finished and self._finished[0].finished_at <= end:
            self._finished.popleft()


class _Keys:
    """The dedupe keys that are remembered: until a time, or as long as a delivery lives."""

    def __init__(self) -> None:
        # Each key stands once in either; forgotten when a push comes after its time.
        self._timed: dict[tuple[Lane, str], float] = {}
        self._expiries: list[tuple[float, tuple[Lane, str]]] = []
        self._emitted: dict[str, set[tuple[Lane, str]]] = {}

    def absorb(self, delivery: Delivery, now: float) -> bool:
        """Whether the delivery's key was seen before; from now on it was."""
        place = (delivery.lane, delivery.dedupe_key or "")
        if delivery.emitted_by is not None:
            emitted = self._emitted.setdefault(delivery.emitted_by, set())
            is_known = place in emitted
            emitted.add(place)
            return is_known
        if place in self._timed:
            return True
        if delivery.dedupe_until > now:
            self._timed[place] = delivery.dedupe_until
            heappush(self._expiries, (delivery.dedupe_until, place))
        return False

    def forget_old(self, now: float) -> None:
        while self._expiries and self._expiries[0][0] <= now:
            del self._timed[heappop(self._expiries)[1]]

    def forget_emits(self, delivery_id: str) -> None:
        self._emitted.pop(delivery_id, None)


class _Held:
    """A delivery in the queue with what changes about it, and the queue's own copy of its data."""

    __slots__ = ("attempt", "data", "delivery", "due_at", "lease_end", "line", "sequence")

    def __init__(self, delivery: Delivery, data: JSON, sequence: int) -> None:
        self.delivery = delivery
        self.data = data
        self.sequence = sequence
        self.attempt = delivery.attempt
        self.due_at = delivery.due_at
        #: By the steady clock; means something only in flight.
        self.lease_end = inf
        self.line = None if delivery.group is None else (delivery.lane.step, delivery.group)

    def delivery_with(self, data: JSON, lease_seconds: float = DEFAULT_LEASE_SECONDS) -> Delivery:
        """The delivery as it is now. Written out because `replace` costs twice as much."""
        pushed = self.delivery
        return Delivery(
            id=pushed.id,
            lane=pushed.lane,
            topic=pushed.topic,
            data=data,
            trace_id=pushed.trace_id,
            parent_id=pushed.parent_id,
            group=pushed.group,
            attempt=self.attempt,
            spent=pushed.spent,
            lease_seconds=lease_seconds,
            due_at=self.due_at,
            created_at=pushed.created_at,
        )


class _Backlog:
    """What one lane holds; `ready` has just the waiting deliveries that may be claimed."""

    __slots__ = ("_lease_end", "dead", "orphans", "ready", "running", "waiting")

    def __init__(self) -> None:
        self.ready: list[tuple[float, int, _Held]] = []
        self.running: dict[str, _Held] = {}
        #: What was running when the engine was closed.
        self.orphans: dict[str, _Held] = {}
        self.waiting = 0
        self.dead = 0
        #: No lease of this lane ends before that.
        self._lease_end = inf

    def claim(
        self, limit: int, now: float, steady_now: float, lease_seconds: float
    ) -> Sequence[Delivery]:
        if self._lease_end <= steady_now:
            self._take_back(steady_now)
        ready = self.ready
        claimed: list[Delivery] = []
        while ready and ready[0][0] <= now and len(claimed) < limit:
            held = heappop(ready)[2]
            held.attempt += 1
            held.lease_end = steady_now + lease_seconds
            self.run(held)
            claimed.append(held.delivery_with(plain(held.data), lease_seconds))
        self.waiting -= len(claimed)
        return claimed

    def run(self, held: _Held) -> None:
        self.running[held.delivery.id] = held
        self._lease_end = min(self._lease_end, held.lease_end)

    def put_back(self, held: _Held) -> None:
        """From flight to the old place."""
        del self.running[held.delivery.id]
        self.waiting += 1
        self.offer(held)

    def offer(self, held: _Held) -> None:
        heappush(self.ready, (held.due_at, held.sequence, held))

    def _take_back(self, steady_now: float) -> None:
        """Put back those whose lease has ended."""
        for held in [each for each in self.running.values() if each.lease_end <= steady_now]:
            self.put_back(held)
        self._lease_end = min((each.lease_end for each in self.running.values()), default=inf)


def _copy(delivery: Delivery) -> Delivery:
    return replace(delivery, data=plain(delivery.data))


def _copy_of(letter: DeadLetter) -> DeadLetter:
    return replace(letter, delivery=_copy(letter.delivery))
