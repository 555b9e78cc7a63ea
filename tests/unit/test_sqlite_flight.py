"""Who has which delivery in flight."""

from __future__ import annotations

from motia_py.backends.sqlite.flight import Claim, Flight
from motia_py.messages import Delivery, Lane

LANE, OTHER = Lane("greet", "queue(hello)"), Lane("greet", "queue(bye)")


def delivery(id: str, *, attempt: int = 1, lane: Lane = LANE) -> Delivery:
    return Delivery(id=id, lane=lane, topic="t", data=None, trace_id="t", attempt=attempt)


def claim(id: str, *, attempt: int = 1, lane: Lane = LANE, lease_end: float = 30.0) -> Claim:
    return Claim(1, delivery(id, attempt=attempt, lane=lane), lease_end)


def test_only_its_attempt_can_take_a_claim() -> None:
    flight = Flight()
    current = claim("a", attempt=2)
    flight.add(current)

    assert flight.take(delivery("a", attempt=1)) is None
    assert flight.take(delivery("a", attempt=3)) is None
    assert flight.take(delivery("a", attempt=2, lane=OTHER)) is None
    assert flight.take(delivery("a", attempt=2)) is current
    assert flight.take(delivery("a", attempt=2)) is None


def test_a_lane_loses_those_whose_lease_has_ended() -> None:
    flight = Flight()
    early, late, elsewhere = claim("a"), claim("b", lease_end=40), claim("c", lane=OTHER)
    for each in (early, late, elsewhere):
        flight.add(each)

    assert flight.take_lost(LANE, 29.9) == ()
    assert flight.take_lost(LANE, 30.0) == [early]
    assert flight.take_lost(LANE, 39.9) == []
    assert flight.take_lost(OTHER, 39.9) == [elsewhere]
    assert flight.take_lost(LANE, 40.0) == [late]


def test_a_lease_that_was_renewed_is_not_lost() -> None:
    flight = Flight()
    renewed = claim("a")
    flight.add(renewed)

    renewed.lease_end = 60.0

    assert flight.take_lost(LANE, 59.0) == []
    assert flight.take_lost(LANE, 60.0) == [renewed]
