"""Questions about a step's triggers, whichever way they were declared: helper, class or dict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def _part(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name)


def _trigger_guard(*types: str) -> Callable[[Any], bool]:
    """Whether a trigger is of one of these types."""
    return lambda trigger: _part(trigger, "type") in types


def _getter(guard: Callable[[Any], bool]) -> Callable[[Any], list[Any]]:
    """Those triggers of a step for which `guard` holds."""
    return lambda step: [
        each for each in _part(_part(step, "config"), "triggers") or () if guard(each)
    ]


def _step_guard(getter: Callable[[Any], list[Any]]) -> Callable[[Any], bool]:
    """Whether a step has any such trigger."""
    return lambda step: bool(getter(step))


is_api_trigger = _trigger_guard("http", "api")
is_queue_trigger = _trigger_guard("queue", "event")
is_cron_trigger = _trigger_guard("cron")
is_state_trigger = _trigger_guard("state")
is_stream_trigger = _trigger_guard("stream")

get_api_triggers = _getter(is_api_trigger)
get_queue_triggers = _getter(is_queue_trigger)
get_cron_triggers = _getter(is_cron_trigger)
get_state_triggers = _getter(is_state_trigger)
get_stream_triggers = _getter(is_stream_trigger)

is_api_step = _step_guard(get_api_triggers)
is_queue_step = _step_guard(get_queue_triggers)
is_cron_step = _step_guard(get_cron_triggers)
is_state_step = _step_guard(get_state_triggers)
is_stream_step = _step_guard(get_stream_triggers)
