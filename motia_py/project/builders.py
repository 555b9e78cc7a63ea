"""Declaring by call what can be declared by dict. Checks no key: what is built stays raw, and
`dialects` judges it like any other config, with the file's name at hand.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args, overload

from motia_py.errors import ConfigError
from motia_py.messages import TriggerType
from motia_py.project.declarations import Condition, Middleware, Schema

Handler = Callable[..., Any]
AsyncHandler = Callable[..., Awaitable[Any]]


class TriggerDeclaration(dict[str, Any]):
    """One trigger as its author wrote it; every key can be read as an attribute (`.topic`)."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"this {self.get('type')} trigger has no {name!r}") from None


def http(
    method: str,
    path: str,
    *,
    body_schema: Schema = None,
    response_schema: Mapping[int, Schema] | None = None,
    query_params: Sequence[Any] | None = None,
    stream_body: bool | None = None,
    middleware: Sequence[Middleware] | None = None,
    condition: Condition | None = None,
) -> TriggerDeclaration:
    """Run on each request for `path`, written as `/users/:id`.

    With `stream_body` the body is not read beforehand: see `Request.stream`.
    """
    return TriggerDeclaration(
        type="http",
        method=method,
        path=path,
        body_schema=body_schema,
        response_schema=response_schema,
        query_params=query_params,
        stream_body=stream_body,
        middleware=middleware,
        condition=condition,
    )


#: The first name of `http` in Motia 1.0.
api = http


def queue(
    topic: str, *, input: Schema = None, config: object = None, condition: Condition | None = None
) -> TriggerDeclaration:
    """Run on each event of `topic`; `config` is a QueuePolicy, or Motia's keys as a dict."""
    return TriggerDeclaration(
        type="queue", topic=topic, input=input, config=config, condition=condition
    )


def cron(
    expression: str,
    *,
    tz: str | None = None,
    misfire: Literal["latest", "all", "skip"] | None = None,
    condition: Condition | None = None,
) -> TriggerDeclaration:
    """Run on a schedule of 5, 6 (seconds first) or 7 fields; `tz` is an IANA name.

    `misfire` says which of the ticks missed while the server was down are made up for: the
    `latest`, if it is at most an hour old (what None means, too), `all`, or none (`skip`).
    """
    return TriggerDeclaration(
        type="cron", expression=expression, tz=tz, misfire=misfire, condition=condition
    )


def state(
    *, group: str | None = None, key: str | None = None, condition: Condition | None = None
) -> TriggerDeclaration:
    """Run after each change of state; `group` and `key` narrow it."""
    return TriggerDeclaration(type="state", group=group, key=key, condition=condition)


def stream(
    stream_name: str,
    *,
    group_id: str | None = None,
    item_id: str | None = None,
    condition: Condition | None = None,
) -> TriggerDeclaration:
    """Run after each change of one stream; `group_id` and `item_id` narrow it."""
    return TriggerDeclaration(
        type="stream",
        stream_name=stream_name,
        group_id=group_id,
        item_id=item_id,
        condition=condition,
    )


def socket(
    event: str,
    *,
    namespace: str = "/",
    input: Schema = None,
    in_order: bool | None = None,
    middleware: Sequence[Middleware] | None = None,
    condition: Condition | None = None,
) -> TriggerDeclaration:
    """Run on each Socket.IO event of this name; on `connect` and `disconnect` for each client.

    What the handler returns is the acknowledgement. With `in_order=False` several events of one
    client run side by side. Needs the extra `motia_py[socketio]`.
    """
    return TriggerDeclaration(
        type="socket",
        event=event,
        namespace=namespace,
        input=input,
        in_order=in_order,
        middleware=middleware,
        condition=condition,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDefinition:
    """A step in one object: its raw config and its handler."""

    config: Any
    handler: Handler


class StepBuilder:
    """A step that still lacks its handler."""

    def __init__(self, config: object) -> None:
        self.config = config

    def handle(self, handler: Handler) -> StepDefinition:
        return StepDefinition(config=self.config, handler=handler)


@overload
def step(config: object) -> StepBuilder: ...
@overload
def step(config: object, handler: Handler) -> StepDefinition: ...
def step(config: object, handler: Handler | None = None) -> StepBuilder | StepDefinition:
    """The step in one object; without a handler, `.handle(function)` completes it."""
    builder = StepBuilder(config)
    return builder if handler is None else builder.handle(handler)


class MultiTriggerStepBuilder:
    """Collects one async handler per kind of trigger; `handlers()` completes the step.

    A handler gets `(input, context)`, under cron only `(context)`.
    """

    def __init__(self, config: object) -> None:
        self.config = config
        self._handlers: dict[str, AsyncHandler] = {}

    def on_http(self, handler: AsyncHandler) -> Self:
        return self._on("http", handler)

    def on_queue(self, handler: AsyncHandler) -> Self:
        return self._on("queue", handler)

    def on_cron(self, handler: AsyncHandler) -> Self:
        return self._on("cron", handler)

    def on_state(self, handler: AsyncHandler) -> Self:
        return self._on("state", handler)

    def on_stream(self, handler: AsyncHandler) -> Self:
        return self._on("stream", handler)

    def on_socket(self, handler: AsyncHandler) -> Self:
        return self._on("socket", handler)

    def handlers(self, handlers: Mapping[str, AsyncHandler] | None = None) -> StepDefinition:
        """The complete step; `handlers` adds to what the `on_` methods collected.

        Raises:
            ConfigError: a key is no kind of trigger, or a handler is not async.
        """
        for kind, handler in (handlers or {}).items():
            self._on(kind, handler)
        return StepDefinition(config=self.config, handler=_dispatcher(dict(self._handlers)))

    def _on(self, kind: str, handler: AsyncHandler) -> Self:
        if kind not in get_args(TriggerType):
            raise ConfigError(
                f"{kind!r} is no kind of trigger",
                advice=f"use one of {', '.join(get_args(TriggerType))}",
            )
        if not inspect.iscoroutinefunction(handler):
            # They become one handler, and it is decided for a whole handler where it runs.
            raise ConfigError(
                f"the {kind} handler of a step with several triggers must be async",
                advice=f"define {getattr(handler, '__name__', 'it')} with `async def`",
            )
        self._handlers[kind] = handler
        return self


def multi_trigger_step(config: object) -> MultiTriggerStepBuilder:
    """A step with one handler per kind of trigger."""
    return MultiTriggerStepBuilder(config)


def _dispatcher(handlers: Mapping[str, AsyncHandler]) -> AsyncHandler:
    async def dispatch(input: Any, context: Any) -> Any:
        kind = context.trigger.type
        if kind not in handlers:
            raise ConfigError(
                f"the step has a {kind} trigger but no handler for it",
                advice=f"add .on_{kind}(...) to its multi_trigger_step(...)",
            )
        arguments = (context,) if kind == "cron" else (input, context)
        return await handlers[kind](*arguments)

    return dispatch
