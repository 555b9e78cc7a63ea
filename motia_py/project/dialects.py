"""Raw config to StepConfig or StreamConfig; the only room that knows Motia's two forms.

Motia 0.17 puts the one trigger at the root (`type`), Motia 1.0 lists them (`triggers`). Pure; takes
schemas, paths and cron expressions as they are: `schemas`, `routing` and `cron` judge them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, get_args

from motia_py.errors import ConfigError
from motia_py.project.declarations import (
    CONNECTION_EVENTS,
    RESERVED_EVENTS,
    STREAM_EVENTS,
    CronTrigger,
    Emit,
    HttpTrigger,
    Method,
    QueryParam,
    QueuePolicy,
    QueueTrigger,
    Schema,
    SocketTrigger,
    StateTrigger,
    StepConfig,
    StreamConfig,
    StreamTrigger,
    Trigger,
)
from motia_py.project.fields import (
    ANY_TEXT,
    ANYTHING,
    CALLABLE,
    CALLABLES,
    FLAG,
    TEXT,
    TEXTS,
    Fields,
    Form,
    number,
    one_of,
    whole,
)

C = TypeVar("C", StepConfig, StreamConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation(Generic[C]):
    """A config in our one form, and what its author should know; each warning names the file."""

    config: C
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Generation:
    """What Motia's generations do differently with equal declarations."""

    undeclared_emits: Literal["refuse", "send"]
    returns: Literal["value", "change"]
    cron_takes_context_only: bool


_MOTIA_0 = _Generation(undeclared_emits="refuse", returns="value", cron_takes_context_only=True)
_MOTIA_1 = _Generation(undeclared_emits="send", returns="change", cron_takes_context_only=False)


def translate_step(raw: object, *, file: str) -> Translation[StepConfig]:
    """The step that `raw` declares: a dict or a model in either of Motia's forms.

    Raises:
        ConfigError: a key is missing or of a wrong form.
    """
    fields = Fields(raw, file=file)
    infrastructure = fields.inside("infrastructure")
    if fields.has("type") and not fields.has("triggers"):
        config = _step(fields, infrastructure, _root_triggers(fields, infrastructure), _MOTIA_0)
    else:
        config = _step(fields, infrastructure, _listed_triggers(fields, infrastructure), _MOTIA_1)
    return Translation(config=config, warnings=fields.warnings())


def translate_stream(raw: object, *, file: str) -> Translation[StreamConfig]:
    """The stream that `raw` declares.

    Raises:
        ConfigError: a key is missing or of a wrong form.
    """
    fields = Fields(raw, file=file)
    base = fields.inside("base_config")
    config = StreamConfig(
        name=fields.required("name", TEXT),
        schema=fields.optional("schema", ANYTHING, None),
        description=fields.optional("description", ANY_TEXT, ""),
        storage_type=base.optional("storage_type", TEXT, "default"),
        ttl_seconds=base.optional("ttl", _SECONDS, None),
        max_items=base.optional("max_items", whole(least=1, example="1000"), None),
        can_access=fields.optional("can_access", CALLABLE, None),
        on_join=fields.optional("on_join", CALLABLE, None),
        on_leave=fields.optional("on_leave", CALLABLE, None),
    )
    if config.storage_type not in _STORAGE_TYPES:
        base.warn(f"the storage type {config.storage_type!r} is unknown; items are kept as usual")
    return Translation(config=config, warnings=fields.warnings())


def _step(
    fields: Fields,
    infrastructure: Fields,
    triggers: tuple[Trigger, ...],
    generation: _Generation,
) -> StepConfig:
    fields.ignore("include_files", because=_NOT_YET)
    is_strict = fields.optional("strict_emits", FLAG, False)
    return StepConfig(
        name=fields.required("name", TEXT),
        triggers=triggers,
        description=fields.optional("description", ANY_TEXT, ""),
        flows=fields.optional("flows", TEXTS, ()),
        emits=_emits(fields, "emits", alias="enqueues"),
        virtual_emits=_emits(fields, "virtual_emits", alias="virtual_enqueues"),
        virtual_subscribes=fields.optional("virtual_subscribes", TEXTS, ()),
        include_files=fields.optional("include_files", TEXTS, ()),
        undeclared_emits="raise" if is_strict else generation.undeclared_emits,
        returns=generation.returns,
        validate=fields.optional("validate", _VALIDATE, "on"),
        isolation=fields.optional("isolation", _ISOLATION, "auto"),
        time_limit_seconds=_time_limit(fields, infrastructure),
        on_disconnect=fields.optional("on_disconnect", _ON_DISCONNECT, "cancel"),
        cron_takes_context_only=generation.cron_takes_context_only,
    )


def _time_limit(fields: Fields, infrastructure: Fields) -> float | None:
    handler = infrastructure.inside("handler")
    handler.ignore("ram", "cpu", because="handlers share the server's process")
    limit = handler.optional("timeout", _SECONDS, None)
    return fields.optional("timeout", _SECONDS, limit)


def _emits(fields: Fields, key: str, *, alias: str) -> tuple[Emit, ...]:
    return tuple(_emit(fields, *item) for item in fields.each(key, alias=alias))


def _emit(fields: Fields, place: str, raw: Any) -> Emit:
    emit = fields.at(place, {"topic": raw} if isinstance(raw, str) else raw)
    return Emit(
        topic=emit.required("topic", TEXT),
        label=emit.optional("label", ANY_TEXT, ""),
        conditional=emit.optional("conditional", FLAG, False),
    )


def _root_triggers(fields: Fields, infrastructure: Fields) -> tuple[Trigger, ...]:
    """Motia 0.17: the type and what belongs to it stand at the root of the config."""
    _refuse_listed_type(fields.optional("type", ANYTHING, None))
    kind = fields.required("type", one_of("api", "event", "cron", "noop", "socket"))
    if kind == "noop":
        return ()
    if kind == "api":
        return (_http(fields),)
    if kind == "socket":
        return (_socket(fields),)
    policy = _policy(infrastructure.inside("queue"), QueuePolicy())
    if kind == "cron":
        return (_cron(fields, policy),)
    topics = dict.fromkeys(fields.required("subscribes", TEXTS))
    return tuple(_subscription(fields, topic, policy) for topic in topics)


def _refuse_listed_type(kind: object) -> None:
    meant = _ROOT_TYPES.get(kind) if isinstance(kind, str) else None
    if meant is not None:
        raise ConfigError(
            f"`type` {kind!r} stands in `triggers` only: here you mean {meant!r}",
            advice=f'write "type": "{meant}"',
        )


def _listed_triggers(fields: Fields, infrastructure: Fields) -> tuple[Trigger, ...]:
    """Motia 1.0: a list under `triggers`. A step with virtual edges only may leave it out."""
    if not (fields.has("triggers") or any(map(fields.has, _VIRTUAL_EDGES))):
        raise ConfigError(
            "the config has neither `triggers` nor `type`, so nothing would ever run it"
            f"{fields.near_miss('type', 'triggers')}",
            advice='add for example "triggers": [{"type": "http", "method": "POST", "path": "/x"}]',
        )
    policy = _policy(infrastructure.inside("queue"), QueuePolicy())
    return tuple(_trigger(fields, *item, policy) for item in fields.each("triggers"))


def _trigger(fields: Fields, place: str, raw: Any, policy: QueuePolicy) -> Trigger:
    if isinstance(raw, Trigger):
        return raw
    trigger = fields.at(place, raw)
    kind = trigger.required("type", one_of(*_TRIGGERS))
    return _TRIGGERS[kind](trigger, policy)


def _http(fields: Fields, _: QueuePolicy | None = None) -> HttpTrigger:
    body_schema = fields.optional("body_schema", ANYTHING, None)
    is_body_streamed = fields.optional("stream_body", FLAG, False)
    if is_body_streamed and body_schema is not None:
        raise ConfigError(
            "`streamBody` and `bodySchema` exclude each other: what is read as it arrives cannot be"
            " checked before",
            advice="leave out one of them; with `streamBody` the handler checks what it reads",
        )
    return HttpTrigger(
        method=fields.required("method", _METHOD),
        path=fields.required("path", TEXT),
        body_schema=body_schema,
        response_schema=fields.optional("response_schema", _RESPONSES, {}),
        query_params=tuple(_query_param(fields, *item) for item in fields.each("query_params")),
        is_body_streamed=is_body_streamed,
        middleware=fields.optional("middleware", CALLABLES, ()),
        condition=fields.optional("condition", CALLABLE, None),
    )


def _query_param(fields: Fields, place: str, raw: Any) -> QueryParam:
    param = fields.at(place, raw)
    return QueryParam(
        name=param.required("name", TEXT),
        description=param.optional("description", ANY_TEXT, ""),
    )


def _queue(fields: Fields, policy: QueuePolicy) -> QueueTrigger:
    topic = fields.required("topic", TEXT)
    config = fields.optional("config", ANYTHING, None)
    if isinstance(config, QueuePolicy):
        return _subscription(fields, topic, config)
    return _subscription(fields, topic, _policy(fields.inside("config"), policy))


def _subscription(fields: Fields, topic: str, policy: QueuePolicy) -> QueueTrigger:
    return QueueTrigger(
        topic=topic,
        input=fields.optional("input", ANYTHING, None),
        policy=policy,
        middleware=fields.optional("middleware", CALLABLES, ()),
        condition=fields.optional("condition", CALLABLE, None),
    )


def _cron(fields: Fields, policy: QueuePolicy) -> CronTrigger:
    return CronTrigger(
        expression=fields.required("expression", _EXPRESSION, alias="cron"),
        tz=fields.optional("tz", TEXT, None),
        misfire=fields.optional("misfire", _MISFIRE, "latest"),
        policy=policy,
        middleware=fields.optional("middleware", CALLABLES, ()),
        condition=fields.optional("condition", CALLABLE, None),
    )


def _state(fields: Fields, policy: QueuePolicy) -> StateTrigger:
    return StateTrigger(
        group=fields.optional("group", TEXT, None),
        state_key=fields.optional("key", TEXT, None),
        policy=policy,
        middleware=fields.optional("middleware", CALLABLES, ()),
        condition=fields.optional("condition", CALLABLE, None),
    )


def _stream(fields: Fields, policy: QueuePolicy) -> StreamTrigger:
    return StreamTrigger(
        stream=fields.required("stream_name", TEXT),
        group=fields.optional("group_id", TEXT, None),
        item=fields.optional("item_id", TEXT, None),
        policy=policy,
        middleware=fields.optional("middleware", CALLABLES, ()),
        condition=fields.optional("condition", CALLABLE, None),
    )


def _socket(fields: Fields, _: QueuePolicy | None = None) -> SocketTrigger:
    return SocketTrigger(
        event=fields.required("event", _EVENT),
        namespace=fields.optional("namespace", _NAMESPACE, "/"),
        input=fields.optional("input", ANYTHING, None),
        is_in_order=fields.optional("in_order", FLAG, True),
        middleware=fields.optional("middleware", CALLABLES, ()),
        condition=fields.optional("condition", CALLABLE, None),
    )


def _policy(fields: Fields, base: QueuePolicy) -> QueuePolicy:
    kind = fields.optional("type", _QUEUE_TYPE, "fifo" if base.is_fifo else "standard")
    backoff_ms = fields.optional("backoff_delay_ms", _DELAY_MS, base.backoff_seconds * 1000)
    return QueuePolicy(
        concurrency=fields.optional("concurrency", _CONCURRENCY, base.concurrency),
        max_retries=fields.optional("max_retries", _MAX_RETRIES, base.max_retries),
        backoff=fields.optional("backoff_type", _BACKOFF, base.backoff),
        backoff_seconds=backoff_ms / 1000,
        lease_seconds=fields.optional("visibility_timeout", _SECONDS, base.lease_seconds),
        delay_seconds=fields.optional("delay_seconds", _DELAY_SECONDS, base.delay_seconds),
        is_fifo=kind == "fifo",
    )


def _read_method(value: Any) -> Method:
    for method in _METHODS:
        if isinstance(value, str) and value.upper() == method:
            return method
    raise ValueError


def _read_event(value: Any) -> str:
    event = TEXT.read(value)
    if event in _NEVER_HEARD:
        raise ValueError
    return event


def _read_namespace(value: Any) -> str:
    namespace = TEXT.read(value)
    if not re.fullmatch(r"/[^,?\s]*", namespace):
        raise ValueError
    return namespace


def _read_validate(value: Any) -> Literal["on", "off", "strict"]:
    if isinstance(value, bool):
        return "on" if value else "off"
    if value != "strict":
        raise ValueError
    return "strict"


def _read_responses(value: Any) -> Mapping[int, Schema]:
    if not isinstance(value, Mapping):
        raise ValueError
    return {_status(key): schema for key, schema in value.items()}


def _status(key: Any) -> int:
    # Motia 0.17's own way through JSON turned 200 into "200".
    if isinstance(key, bool) or not re.fullmatch("[1-5][0-9][0-9]", str(key)):
        raise ValueError
    return int(key)


_TRIGGERS: Mapping[str, Callable[[Fields, QueuePolicy], Trigger]] = {
    "http": _http,
    "queue": _queue,
    "cron": _cron,
    "state": _state,
    "stream": _stream,
    "socket": _socket,
    # As the first releases of Motia 1.0 named them.
    "api": _http,
    "event": _queue,
}
#: What Motia 0.17 calls those that have another name in `triggers`.
_ROOT_TYPES = {"http": "api", "queue": "event"}
_VIRTUAL_EDGES = ("virtual_emits", "virtual_enqueues", "virtual_subscribes")
#: Both mean what we always do; Motia asked for one of them.
_STORAGE_TYPES = ("default", "state")
#: Of keys that are read and checked, but that nothing follows so far.
_NOT_YET = "motia_py cannot do this yet"

#: Socket.IO events that no step gets.
_NEVER_HEARD = (
    *(event for event in RESERVED_EVENTS if event not in CONNECTION_EVENTS),
    *STREAM_EVENTS,
)
_EVENT = Form(_read_event, f"an event's name, none of {', '.join(_NEVER_HEARD)}", '"join-room"')
_NAMESPACE = Form(_read_namespace, "a namespace that begins with a slash", '"/admin"')

_METHODS: tuple[Method, ...] = get_args(Method)
_METHOD: Form[Method] = Form(_read_method, f"one of {', '.join(_METHODS)}", '"POST"')
_RESPONSES: Form[Mapping[int, Schema]] = Form(
    _read_responses, "a dict of status codes, each with its schema", "{200: Answer}"
)
_VALIDATE = Form(_read_validate, 'True, False or "strict"', '"strict"')
_ISOLATION: Form[Literal["auto", "loop", "thread"]] = one_of("auto", "loop", "thread")
_ON_DISCONNECT: Form[Literal["cancel", "finish"]] = one_of("cancel", "finish")
_MISFIRE: Form[Literal["latest", "all", "skip"]] = one_of("latest", "all", "skip")
_QUEUE_TYPE: Form[Literal["standard", "fifo"]] = one_of("standard", "fifo")
_BACKOFF: Form[Literal["exponential", "fixed"]] = one_of("exponential", "fixed")
_EXPRESSION = Form(TEXT.read, "a cron expression", '"0 9 * * *"')
_SECONDS = number(above=0, example="30")
_DELAY_SECONDS = number(least=0, example="5")
_DELAY_MS = number(least=0, example="1000")
_CONCURRENCY = whole(least=1, example="10")
_MAX_RETRIES = whole(least=0, example="3")
