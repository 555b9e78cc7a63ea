"""What Motia 1.0's step files write in type hints: wherever possible the class that arrives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import GenericAlias
from typing import Any, TypeAlias

from motia_py.messages import TriggerInfo as TriggerInfo
from motia_py.project.builders import TriggerDeclaration
from motia_py.project.declarations import Method
from motia_py.runtime import ambient
from motia_py.runtime.access import Subscription
from motia_py.runtime.context import Context
from motia_py.runtime.payloads import Payload
from motia_py.runtime.requests import ApiResponse, Request
from motia_py.runtime.state import State

# A Request can be subscripted by birth, as every MutableMapping can.
ApiRequest = Request
MotiaHttpArgs = Request
MotiaHttpRequest = Request
#: What `authenticate` takes.
StreamAuthInput = Request
StreamSubscription = Subscription
StateTriggerInput = Payload
StreamTriggerInput = Payload
StreamEvent = Payload
#: What `context.state` is.
InternalStateManager = State

ApiRouteMethod: TypeAlias = Method
TriggerConfig: TypeAlias = TriggerDeclaration
TriggerInput: TypeAlias = Any
Enqueuer: TypeAlias = Callable[[Any], Awaitable[None]]
StepHandler: TypeAlias = Callable[..., Awaitable[Any]]
TriggerCondition: TypeAlias = Callable[[Any, Context], bool | Awaitable[bool]]
ApiMiddleware: TypeAlias = Callable[
    [Request, Context, Callable[[], Awaitable[ApiResponse]]], Awaitable[ApiResponse]
]


class _EveryContext(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Context)


class FlowContext(Context, metaclass=_EveryContext):
    """A Context that can be subscripted: `context: FlowContext[Any]`."""

    def __class_getitem__(cls, enqueued: object) -> GenericAlias:
        return GenericAlias(cls, enqueued)


class Stream(ambient.Stream):
    """A Stream that can be subscripted: `todos: Stream[dict[str, Any]] = Stream("todo")`."""

    def __class_getitem__(cls, item: object) -> GenericAlias:
        return GenericAlias(cls, item)
