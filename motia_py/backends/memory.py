"""The engine that keeps everything in this process: for tests, and for apps that may forget.

One event loop, no locks: nothing inside awaits, so each call happens as a whole. Nothing is ever
dropped; dead letters are kept until they are redriven or discarded, however many there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import count, islice
from types import TracebackType
from typing import Self

from motia_py.clock import Clock
from motia_py.encoding import plain
from motia_py.interfaces import DeliveriesOf
from motia_py.messages import JSON, Change, DeadLetter, Delivery, Lane, QueueCounts, Write
from motia_py.updates import apply_operations


class MemoryEngine:
    """A queue and a state store that live as long as this object.

    Closing keeps what they hold; what was in flight then waits again once it is reopened.
    """

    def __init__(self, clock: Clock) -> None:
        self._queue = MemoryQueue(clock)
        self._state = MemoryState()

    @property
    def queue(self) -> MemoryQueue:
        return self._queue

    @property
    def state(self) -> MemoryState:
        return self._state

    async def commit(
        self,
        *,
        writes: Sequence[Write] = (),
        deliveries: DeliveriesOf | None = None,
        acks: Sequence[Delivery] = (),
    ) -> tuple[Sequence[Change], Sequence[Delivery]]:
        changes, kept = self._state.stage(writes)
        following = deliveries(changes) if deliveries is not None else ()
        copies = self._queue.copy_in(following)
        # Whatever can fail has not; from here on all of it happens.
        self._state.apply(changes, kept)
        for delivery in acks:
            self._queue.settle(delivery)
        return changes, self._queue.store(following, copies)

    async def __aenter__(self) -> Self:
        self._queue.reclaim()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None


class MemoryQueue:
    """An EventQueue on heaps and deques; push, claim and ack cost O(log n)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sequence = count()
        self._backlogs: dict[Lane, _Backlog] = {}
        # In the order of burial, so that the newest are found from the end.
        self._dead: dict[str, DeadLetter] = {}
        # Each key stands once in either; forgotten when a push comes after its time.
        self._remembered: dict[tuple[Lane, str], float] = {}
        self._expiries: list[tuple[float, tuple[Lane, str]]] = []

    async def push(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        return self.store(deliveries, self.copy_in(deliveries))

    async def claim(self, lane: Lane, *, limit: int, now: float) -> Sequence[Delivery]:
        backlog = self._backlogs.get(lane)
        return [] if backlog is None else backlog.claim(limit, now)

    async def ack(self, delivery: Delivery) -> bool:
        return self.settle(delivery) is not None

    async def retry(self, delivery: Delivery, *, due_at: float) -> bool:
        backlog = self._backlogs.get(delivery.lane)
        return backlog is not None and backlog.put_back(delivery, due_at=due_at)

    async def release(self, delivery: Delivery) -> bool:
        backlog = self._backlogs.get(delivery.lane)
        return backlog is not None and backlog.put_back(delivery, due_at=None)

    async def bury(self, letter: DeadLetter) -> bool:
        held = self.settle(letter.delivery)
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
                waiting=backlog.waiting, running=len(backlog.running), dead=backlog.dead
            )
            for lane, backlog in self._backlogs.items()
            if backlog.waiting or backlog.running or backlog.dead
        }

    async def dead(
        self, lane: Lane | None = None, *, limit: int = 100, offset: int = 0
    ) -> Sequence[DeadLetter]:
        newest_first = reversed(self._dead.values())
        letters = (each for each in newest_first if lane is None or each.delivery.lane == lane)
        return [_copy_of(letter) for letter in islice(letters, offset, offset + limit)]

    async def redrive(self, delivery_id: str, *, now: float) -> Lane | None:
        delivery = self._exhume(delivery_id)
        if delivery is None:
            return None
        held = _Held(replace(delivery, attempt=0, due_at=now), delivery.data, next(self._sequence))
        self._backlogs[delivery.lane].add(held)
        return delivery.lane

    async def discard(self, delivery_id: str) -> bool:
        return self._exhume(delivery_id) is not None

    def copy_in(self, deliveries: Sequence[Delivery]) -> Sequence[JSON]:
        """The queue's own copy of each delivery's data.

        Raises:
            NotJSON: some data has no JSON form; nothing was stored.
        """
        return [plain(delivery.data) for delivery in deliveries]

    def store(self, deliveries: Sequence[Delivery], copies: Sequence[JSON]) -> Sequence[Delivery]:
        """What `push` does once the data is copied; cannot fail."""
        now = self._clock.now()
        self._forget_keys(now)
        stored = []
        for delivery, data in zip(deliveries, copies, strict=True):
            if delivery.dedupe_key is not None and self._is_known(delivery, now):
                continue
            backlog = self._backlogs.get(delivery.lane)
            if backlog is None:
                backlog = self._backlogs[delivery.lane] = _Backlog()
            backlog.add(_Held(delivery, data, next(self._sequence)))
            stored.append(delivery)
        return stored

    def settle(self, delivery: Delivery) -> _Held | None:
        """Take a delivery out of the queue; None if its attempt is not the current one."""
        backlog = self._backlogs.get(delivery.lane)
        return None if backlog is None else backlog.take(delivery)

    def reclaim(self) -> None:
        """Put back what is in flight, attempts kept: whoever had claimed it is gone."""
        for backlog in self._backlogs.values():
            backlog.reclaim()

    def _is_known(self, delivery: Delivery, now: float) -> bool:
        """Whether the dedupe key was seen before; from now on it was."""
        place = (delivery.lane, delivery.dedupe_key or "")
        if place in self._remembered:
            return True
        if delivery.dedupe_until > now:
            self._remembered[place] = delivery.dedupe_until
            heappush(self._expiries, (delivery.dedupe_until, place))
        return False

    def _forget_keys(self, now: float) -> None:
        while self._expiries and self._expiries[0][0] <= now:
            del self._remembered[heappop(self._expiries)[1]]

    def _exhume(self, delivery_id: str) -> Delivery | None:
        letter = self._dead.pop(delivery_id, None)
        if letter is None:
            return None
        self._backlogs[letter.delivery.lane].dead -= 1
        return letter.delivery


class _Held:
    """A delivery in the queue with what changes about it, and the queue's own copy of its data."""

    __slots__ = ("attempt", "data", "delivery", "due_at", "sequence")

    def __init__(self, delivery: Delivery, data: JSON, sequence: int) -> None:
        self.delivery = delivery
        self.data = data
        self.sequence = sequence
        self.attempt = delivery.attempt
        self.due_at = delivery.due_at

    def delivery_with(self, data: JSON) -> Delivery:
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
            due_at=self.due_at,
            created_at=pushed.created_at,
            dedupe_key=pushed.dedupe_key,
            dedupe_until=pushed.dedupe_until,
        )


class _Backlog:
    """What one lane holds.

    `ready` has just the waiting deliveries that may be claimed: those without a group, and the
    head of each group unless it is in flight. A group's line keeps its head until it is settled.
    """

    __slots__ = ("dead", "lines", "ready", "running", "waiting")

    def __init__(self) -> None:
        self.ready: list[tuple[float, int, _Held]] = []
        self.lines: dict[str, deque[_Held]] = {}
        self.running: dict[str, _Held] = {}
        self.waiting = 0
        self.dead = 0

    def add(self, held: _Held) -> None:
        """Store at the tail."""
        group = held.delivery.group
        if group is None and held.attempt:
            self.running[held.delivery.id] = held
            return
        self.waiting += 1
        if group is not None:
            line = self.lines.setdefault(group, deque())
            line.append(held)
            if len(line) > 1:
                return
        self._offer(held)

    def claim(self, limit: int, now: float) -> Sequence[Delivery]:
        ready = self.ready
        claimed: list[Delivery] = []
        while ready and ready[0][0] <= now and len(claimed) < limit:
            held = heappop(ready)[2]
            held.attempt += 1
            self.running[held.delivery.id] = held
            claimed.append(held.delivery_with(plain(held.data)))
        self.waiting -= len(claimed)
        return claimed

    def take(self, delivery: Delivery) -> _Held | None:
        held = self._leave_flight(delivery)
        if held is not None and held.delivery.group is not None:
            self._advance(held.delivery.group)
        return held

    def put_back(self, delivery: Delivery, *, due_at: float | None) -> bool:
        """Back to the old place, due at `due_at`; None gives back the attempt and the old time."""
        held = self._leave_flight(delivery)
        if held is None:
            return False
        if due_at is None:
            held.attempt -= 1
        else:
            held.due_at = due_at
        self.waiting += 1
        self._offer(held)
        return True

    def reclaim(self) -> None:
        for held in self.running.values():
            self._offer(held)
        self.waiting += len(self.running)
        self.running.clear()

    def _leave_flight(self, delivery: Delivery) -> _Held | None:
        held = self.running.get(delivery.id)
        if held is None or held.attempt != delivery.attempt:
            return None
        return self.running.pop(delivery.id)

    def _advance(self, group: str) -> None:
        line = self.lines[group]
        line.popleft()
        if line:
            self._offer(line[0])
        else:
            del self.lines[group]

    def _offer(self, held: _Held) -> None:
        heappush(self.ready, (held.due_at, held.sequence, held))


class MemoryState:
    """A StateStore on nested dicts, which keep the order of first writes by themselves."""

    def __init__(self) -> None:
        self._spaces: dict[str, dict[str, dict[str, JSON]]] = {}

    async def get(self, space: str, group: str, key: str) -> JSON:
        return plain(self._items(space, group).get(key))

    async def list(self, space: str, group: str) -> Sequence[tuple[str, JSON]]:
        return [(key, plain(value)) for key, value in self._items(space, group).items()]

    async def groups(self, space: str) -> Sequence[str]:
        return sorted(self._spaces.get(space, {}))

    async def write(self, writes: Sequence[Write]) -> Sequence[Change]:
        changes, kept = self.stage(writes)
        self.apply(changes, kept)
        return changes

    def stage(self, writes: Sequence[Write]) -> tuple[Sequence[Change], Sequence[JSON]]:
        """What the writes would do, and the values to keep for it; nothing is changed yet.

        Raises:
            UpdateFailed: an operation does not fit the value it met.
            NotJSON: a value has no JSON form.
            Exception: what a write's check raised.
        """
        changes: list[Change] = []
        kept: list[JSON] = []
        written: dict[tuple[str, str, str], JSON] = {}
        for write in writes:
            place = (write.space, write.group, write.key)
            if place in written:
                old = written[place]
            else:
                old = self._items(write.space, write.group).get(write.key, _MISSING)
            new = _value_after(write, old)
            change = _change(write, old, new)
            if write.check is not None and new is not _MISSING:
                write.check(change.new_value)
            written[place] = new
            kept.append(new)
            changes.append(change)
        return changes, kept

    def apply(self, changes: Sequence[Change], kept: Sequence[JSON]) -> None:
        """Make staged changes happen; cannot fail."""
        # One by one and not only the last of each key, so that the order of keys comes out right.
        for change, value in zip(changes, kept, strict=True):
            if value is not _MISSING:
                groups = self._spaces.setdefault(change.space, {})
                groups.setdefault(change.group, {})[change.key] = value
            elif change.existed:
                self._delete(change.space, change.group, change.key)

    def _items(self, space: str, group: str) -> Mapping[str, JSON]:
        groups = self._spaces.get(space)
        return _NOTHING if groups is None else groups.get(group, _NOTHING)

    def _delete(self, space: str, group: str, key: str) -> None:
        groups = self._spaces[space]
        del groups[group][key]
        if not groups[group]:
            del groups[group]


#: Stands for a key that holds nothing, which is not the same as null.
_MISSING = object()
_NOTHING: Mapping[str, JSON] = {}


def _value_after(write: Write, old: JSON) -> JSON:
    """The store's own value once the write is done."""
    if write.kind == "set":
        return plain(write.value)
    if write.kind == "update":
        return apply_operations(None if old is _MISSING else old, write.operations)
    return _MISSING


def _change(write: Write, old: JSON, new: JSON) -> Change:
    existed = old is not _MISSING
    return Change(
        space=write.space,
        group=write.group,
        key=write.key,
        kind=write.kind,
        existed=existed,
        # Not copied: the store lets go of it.
        old_value=old if existed else None,
        new_value=None if new is _MISSING else plain(new),
    )


def _copy_of(letter: DeadLetter) -> DeadLetter:
    delivery = letter.delivery
    return replace(letter, delivery=replace(delivery, data=plain(delivery.data)))
