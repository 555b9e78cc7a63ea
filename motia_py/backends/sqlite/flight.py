"""Who has which delivery in flight. Pure: the times are handed in.

It is only known to this process, which the file's lock makes the only one: a claim needs no row
beside the delivery's own, and a lease no write.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from motia_py.messages import Delivery, Lane


class Claim:
    """A delivery that this process has in flight, until its lease ends by a steady clock.

    `finished_at` is set when it is acked.
    """

    __slots__ = ("attempt", "finished_at", "group", "id", "lane", "lease_end", "seq")

    def __init__(self, seq: int, delivery: Delivery, lease_end: float) -> None:
        self.seq = seq
        self.id = delivery.id
        self.lane = delivery.lane
        self.group = delivery.group
        self.attempt = delivery.attempt
        self.lease_end = lease_end
        self.finished_at = 0.0


class Flight:
    """The claims in flight, by the delivery's id."""

    def __init__(self) -> None:
        self._claims: dict[str, Claim] = {}
        #: No lease ends before that.
        self._first_end = inf

    def add(self, claim: Claim) -> None:
        self._claims[claim.id] = claim
        if claim.lease_end < self._first_end:
            self._first_end = claim.lease_end

    def held(self, delivery: Delivery) -> Claim | None:
        """The claim under the delivery's attempt; None if another has it: the fencing."""
        claim = self._claims.get(delivery.id)
        if claim is None or claim.attempt != delivery.attempt or claim.lane != delivery.lane:
            return None
        return claim

    def __contains__(self, delivery_id: str) -> bool:
        return delivery_id in self._claims

    def take(self, delivery: Delivery) -> Claim | None:
        """End the flight of what is `held`."""
        claim = self.held(delivery)
        if claim is not None:
            del self._claims[claim.id]
        return claim

    def take_lost(self, lane: Lane, steady_now: float) -> Sequence[Claim]:
        """End the flight of those of a lane whose lease has ended."""
        if steady_now < self._first_end:
            return ()
        lost = [
            claim
            for claim in self._claims.values()
            if claim.lane == lane and claim.lease_end <= steady_now
        ]
        for claim in lost:
            del self._claims[claim.id]
        self._first_end = min((claim.lease_end for claim in self._claims.values()), default=inf)
        return lost
