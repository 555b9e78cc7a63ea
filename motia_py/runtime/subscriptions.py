"""What each file subscribed to when it last loaded, so that a broken one misses no event.

At a start nobody knows what a file that fails to load would subscribe to, but for what the engine
kept of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from motia_py.interfaces import StateStore
from motia_py.messages import JSON, RUNTIME_SPACE, Lane, Write
from motia_py.project.declarations import QueuePolicy, QueueTrigger
from motia_py.project.registry import Registry, Target

GROUP = "subscriptions"

#: A file with such a failure did load; another one only has its name or route.
_CONFLICTS = frozenset({"duplicate-name", "duplicate-route"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A subscription that is not loaded now: where its deliveries wait."""

    lane: Lane
    policy: QueuePolicy


class Subscriptions:
    """The subscriptions of the last good load of each file, kept in the runtime's own state."""

    def __init__(self, state: StateStore) -> None:
        self._state = state
        self._kept: dict[str, Sequence[JSON]] = {}
        self._missing: Mapping[str, Sequence[Missing]] = {}

    async def read(self, registry: Registry) -> None:
        """Take up what was kept; once, before the first event."""
        self._kept = dict(await self._state.list(RUNTIME_SPACE, GROUP))
        self.follow(registry)

    def follow(self, registry: Registry) -> None:
        """See anew what is missing from a registry."""
        missing: defaultdict[str, dict[Lane, Missing]] = defaultdict(dict)
        for file in _broken(registry):
            for kept in self._kept.get(file, ()):
                lane = Lane(kept["step"], kept["trigger"])
                if registry.target(lane) is None:
                    missing[kept["topic"]][lane] = Missing(lane=lane, policy=_policy(kept))
        self._missing = {topic: tuple(lanes.values()) for topic, lanes in missing.items()}

    def missing(self, topic: str) -> Sequence[Missing]:
        """The subscriptions to `topic` of files that are broken."""
        return self._missing.get(topic, ())

    async def save(self, registry: Registry) -> None:
        """Keep what the files that loaded subscribe to; never twice at the same time."""
        broken = _broken(registry)
        current = _by_file(registry)
        loaded = {file: kept for file, kept in current.items() if file not in broken}
        writes = [
            Write(space=RUNTIME_SPACE, group=GROUP, key=file, kind="set", value=kept)
            for file, kept in loaded.items()
            if self._kept.get(file) != kept
        ]
        gone = [file for file in self._kept if file not in broken and file not in loaded]
        writes += [
            Write(space=RUNTIME_SPACE, group=GROUP, key=file, kind="delete") for file in gone
        ]
        if writes:
            await self._state.write(writes)
            still = {file: kept for file, kept in self._kept.items() if file in broken}
            self._kept = {**still, **loaded}


def _broken(registry: Registry) -> set[str]:
    """The files that did not load, or not all of them."""
    return {failure.file for failure in registry.failures if failure.kind not in _CONFLICTS}


def _by_file(registry: Registry) -> Mapping[str, Sequence[JSON]]:
    files: defaultdict[str, list[JSON]] = defaultdict(list)
    for target in registry.targets:
        if isinstance(target.trigger, QueueTrigger):
            files[target.step.file].append(_kept(target, target.trigger.topic))
    return files


def _kept(target: Target, topic: str) -> JSON:
    return {
        "topic": topic,
        "step": target.lane.step,
        "trigger": target.lane.trigger,
        "fifo": target.policy.is_fifo,
        "delay_seconds": target.policy.delay_seconds,
    }


def _policy(kept: JSON) -> QueuePolicy:
    return QueuePolicy(is_fifo=kept["fifo"], delay_seconds=kept["delay_seconds"])
