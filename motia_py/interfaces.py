"""The contracts between policy and stores: what a backend owes. No code.

A backend keeps and hands out; it decides nothing. Retries, concurrency, dead letters and time are
the bus's. `tests/contracts/` holds the suite that every backend passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

from motia_py.messages import (
    DEFAULT_LEASE_SECONDS,
    JSON,
    Change,
    DeadLetter,
    Delivery,
    Finished,
    Lane,
    QueueCounts,
    Write,
)

#: Turns the changes of a commit into the deliveries that they trigger. Pure: it may run on any
#: thread, and more than once.
DeliveriesOf = Callable[[Sequence[Change]], Sequence[Delivery]]


class EventQueue(Protocol):
    """Keeps deliveries until they are acked or buried. At least once: it may hand one out again.

    Never two of one step and group are in flight at once, and they go out in push order: a head
    that waits for its time holds its group back. Without a group, the earlier `due_at` goes first.
    Data that goes in and comes out is copied: no sharing.

    Each method raises StoreUnavailable if the store does not answer or takes no writes; what it was
    to do is then not done.
    """

    async def push(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Store all in one step and return those stored; the rest were absorbed by a dedupe key.

        One with `attempt` above 0 is stored as already claimed: the caller runs it. It must have no
        group: only the queue knows whose turn it is.

        Raises:
            NotJSON: some data has no JSON form; none was stored.
        """
        ...

    async def claim(
        self, lane: Lane, *, limit: int, now: float, lease_seconds: float = DEFAULT_LEASE_SECONDS
    ) -> Sequence[Delivery]:
        """Hand out at most `limit` deliveries that are due at `now`, each with its attempt counted.

        The count is stored before the delivery is returned. A claim whose lease has ended, by the
        store's own steady clock, may be handed out again as the next attempt.
        """
        ...

    async def recover(self) -> Sequence[Delivery]:
        """Take over what this store had in flight when it was last closed; their attempts are kept.

        It is nobody's until then, and the caller's from then on. A second call finds nothing.
        """
        ...

    async def renew(self, delivery: Delivery) -> bool:
        """Begin its lease anew. False if its attempt is not the current one: somebody else's."""
        ...

    async def ack(self, delivery: Delivery) -> bool:
        """Forget it. False, and nothing changes, if its attempt is not the current one."""
        ...

    async def retry(self, delivery: Delivery, *, due_at: float) -> bool:
        """Put it back in its old place, not to run before `due_at`. Fenced like `ack`."""
        ...

    async def release(self, delivery: Delivery) -> bool:
        """Put it back as if it had never been claimed: the attempt is given back. Fenced."""
        ...

    async def bury(self, letter: DeadLetter) -> bool:
        """Move it to the dead letters; its group goes on. Fenced like `ack`."""
        ...

    async def next_due(self, lane: Lane) -> float | None:
        """When the earliest claimable delivery is due; None while there is none."""
        ...

    async def counts(self) -> Mapping[Lane, QueueCounts]:
        """Counts of every lane that holds anything; equal to what the lists hold."""
        ...

    async def delayed(self, *, now: float) -> Mapping[Lane, int]:
        """How many of those that wait in each lane are first due after `now`; no lane without."""
        ...

    async def dead(
        self, lane: Lane | None = None, *, limit: int = 100, offset: int = 0
    ) -> Sequence[DeadLetter]:
        """Dead letters, newest first."""
        ...

    async def dead_letter(self, delivery_id: str) -> DeadLetter | None:
        """The dead letter of this id; None if there is none."""
        ...

    async def redrive(self, delivery_id: str, *, now: float) -> Lane | None:
        """Put a dead letter at the tail of its lane, which is returned, its attempts `spent`.

        They go on counting: who still holds an old one is fenced off. None if there is none of
        this id.
        """
        ...

    async def discard(self, delivery_id: str) -> bool:
        """Delete a dead letter. False if unknown."""
        ...

    async def finished(
        self, lane: Lane | None = None, *, limit: int = 100, offset: int = 0
    ) -> Sequence[Finished]:
        """What was acked, newest first, as long as the engine was told to keep it."""
        ...


class StateStore(Protocol):
    """Values by (space, group, key). What goes in and comes out is copied: no sharing.

    Each method raises StoreUnavailable as those of the queue do.
    """

    async def get(self, space: str, group: str, key: str) -> JSON:
        """The value, None if there is none."""
        ...

    async def list(self, space: str, group: str) -> Sequence[tuple[str, JSON]]:
        """Keys and values of a group, in the order in which the keys were first written."""
        ...

    async def keys(self, space: str, group: str) -> Sequence[str]:
        """The keys of a group, in the order in which they were first written."""
        ...

    async def oldest(self, space: str, *, limit: int) -> Sequence[tuple[str, str, float]]:
        """What was last written longest ago, that first: group, key, and when it was written, in
        seconds of the wall clock of then. Looks at all that the space holds."""
        ...

    async def groups(self, space: str) -> Sequence[str]:
        """The names of all groups that hold anything, sorted."""
        ...

    async def write(self, writes: Sequence[Write]) -> Sequence[Change]:
        """Apply all or none, in order, and say what each did. Durable when it returns.

        Raises:
            UpdateFailed: an operation does not fit the value it met.
            NotJSON: a value has no JSON form.
            Exception: what the `check` of a write raised.
        """
        ...

    async def write_behind(self, writes: Sequence[Write]) -> Sequence[Change]:
        """As `write`, for values that change often: it need not be durable when it returns.

        Every read through this store sees it from then on. It is durable once a later `flush`
        returns, and by itself within a tenth of a second; of several writes of one key only the
        last may reach the disk.

        Raises:
            As `write`.
        """
        ...

    async def flush(self) -> None:
        """Return once everything that was written behind so far is durable."""
        ...


class Engine(Protocol):
    """A queue and a state store that commit together. Open while entered, and only then.

    Entered again, what was in flight is nobody's: whoever had claimed it is fenced off.

    Raises on entering:
        CannotOpenStore: it is in use, damaged, newer than this version, or out of reach.
    """

    @property
    def queue(self) -> EventQueue: ...

    @property
    def state(self) -> StateStore: ...

    async def commit(
        self,
        *,
        writes: Sequence[Write] = (),
        deliveries: DeliveriesOf | None = None,
        acks: Sequence[Delivery] = (),
    ) -> tuple[Sequence[Change], Sequence[Delivery]]:
        """Writes, the deliveries that follow from them, and acks: all of it or nothing.

        Returns the changes, and the deliveries that were stored. An ack of an attempt that is not
        the current one changes nothing, as in `ack`; the rest happens.

        Raises:
            Exception: as `write` and `push`, or what `deliveries` raised; nothing happened.
        """
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
