"""Deliveries whose step is not loaded: told of, kept for a day, then given up.

They use no attempts while they wait, and run once their step is loaded again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping

from motia_py import encoding
from motia_py.clock import Clock
from motia_py.interfaces import Engine
from motia_py.messages import RUNTIME_SPACE, DeadLetter, Lane, QueueCounts, Write
from motia_py.project.registry import Registry

GROUP = "parked"
#: Seconds for which deliveries wait for their step: a day, as an event's id is remembered.
GIVE_UP_SECONDS = 86_400.0
#: How many are claimed and buried at a time.
_PAGE = 100

_log = logging.getLogger("motia_py.bus")


class Parking:
    """The lanes that hold deliveries and are not served, and since when; the engine keeps that.

    `freed` hears of each step of which deliveries were given up: their groups go on.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        clock: Clock,
        registry: Callable[[], Registry],
        freed: Callable[[str], None],
    ) -> None:
        self._queue = engine.queue
        self._state = engine.state
        self._clock = clock
        self._registry = registry
        self._freed = freed
        self._told: set[Lane] = set()

    def parked(self, counts: Mapping[Lane, QueueCounts]) -> Mapping[Lane, int]:
        """How many deliveries wait in each lane that is not served."""
        return {
            lane: count.waiting
            for lane, count in counts.items()
            if count.waiting and not self._is_served(lane)
        }

    def is_told(self, lane: Lane) -> bool:
        """Whether it was parked when somebody last looked."""
        return lane in self._told

    async def look(self) -> None:
        """Give up what waited for a day, and follow what is parked; never twice at once."""
        since = await self._since()
        for lane, began_at in since.items():
            if self._clock.now() - began_at >= GIVE_UP_SECONDS:
                await self._give_up(lane)
        parked = self.parked(await self._queue.counts())
        await self._keep(parked, since)
        self._tell({lane: count for lane, count in parked.items() if lane not in self._told})
        self._told = set(parked)

    async def _since(self) -> Mapping[Lane, float]:
        kept = await self._state.list(RUNTIME_SPACE, GROUP)
        return {Lane(*encoding.loads(key)): value["since"] for key, value in kept}

    async def _keep(self, parked: Mapping[Lane, int], since: Mapping[Lane, float]) -> None:
        now = {"since": self._clock.now()}
        writes = [
            Write(space=RUNTIME_SPACE, group=GROUP, key=_key(lane), kind="set", value=now)
            for lane in parked
            if lane not in since
        ]
        writes += [
            Write(space=RUNTIME_SPACE, group=GROUP, key=_key(lane), kind="delete")
            for lane in since
            if lane not in parked
        ]
        if writes:
            await self._state.write(writes)

    async def _give_up(self, lane: Lane) -> None:
        """Bury all that is due; what is delayed follows when it falls due."""
        buried = 0
        while not self._is_served(lane):
            now = self._clock.now()
            page = await self._queue.claim(lane, limit=_PAGE, now=now)
            if not page:
                break
            for delivery in page:
                error = _given_up(lane)
                await self._queue.bury(
                    DeadLetter(delivery=delivery, error=error, traceback=error, died_at=now)
                )
            buried += len(page)
        if buried:
            self._freed(lane.step)
            _log.warning(
                "%s for step %s %s now: %s",
                _counted(buried),
                lane.step,
                "is a dead letter" if buried == 1 else "are dead letters",
                _given_up(lane),
                extra={"action": "delivery.given_up", "step": lane.step},
            )

    def _tell(self, begun: Mapping[Lane, int]) -> None:
        """One line per step."""
        steps: defaultdict[str, list[Lane]] = defaultdict(list)
        for lane in begun:
            steps[lane.step].append(lane)
        for step, lanes in steps.items():
            count = sum(begun[lane] for lane in lanes)
            _log.warning(
                "%s %s for step %s, which %s: a delivery runs once its step is there, and is a"
                " dead letter after a day",
                _counted(count),
                "waits" if count == 1 else "wait",
                step,
                self._problem(step, lanes),
                extra={"action": "delivery.parked", "step": step},
            )

    def _problem(self, step: str, lanes: list[Lane]) -> str:
        if step not in self._registry().steps:
            return "is not loaded"
        return f"no longer has {', '.join(lane.trigger for lane in lanes)}"

    def _is_served(self, lane: Lane) -> bool:
        return self._registry().target(lane) is not None


def _given_up(lane: Lane) -> str:
    return (
        f"no file that loads has declared {lane.trigger} of step {lane.step} for a day:"
        " mend or restore it, then redrive"
    )


def _counted(deliveries: int) -> str:
    return "1 delivery" if deliveries == 1 else f"{deliveries} deliveries"


def _key(lane: Lane) -> str:
    """Its name in the runtime's state; no other lane has the same."""
    return encoding.dumps(list(lane)).decode()
