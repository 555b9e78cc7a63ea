"""One row for each field and form: what a config says, and where it stands in ours."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, TypeAlias

import pytest
from pydantic import BaseModel, create_model

from motia_py.errors import ConfigError
from motia_py.project.builders import api, cron, http, queue, state, stream
from motia_py.project.declarations import (
    CronTrigger,
    Emit,
    HttpTrigger,
    QueryParam,
    QueuePolicy,
    QueueTrigger,
    SocketTrigger,
    StateTrigger,
    StepConfig,
    StreamConfig,
    StreamTrigger,
)
from motia_py.project.dialects import translate_step, translate_stream

FILE = "steps/orders_step.py"
API = {"type": "api", "name": "Orders", "method": "POST", "path": "/orders"}
EVENT = {"type": "event", "name": "Orders", "subscribes": ["order"]}
CRON = {"type": "cron", "name": "Orders", "cron": "0 9 * * *"}
NOOP = {"type": "noop", "name": "Orders"}
QUEUE = {"type": "queue", "topic": "order"}
LISTED = {"name": "Orders", "triggers": [QUEUE]}
HTTP = {"type": "http", "method": "POST", "path": "/orders"}
CRON_5 = {"type": "cron", "expression": "0 9 * * 1"}
STATE = {"type": "state"}
STREAM = {"type": "stream", "stream_name": "chat"}
SOCKET = {"type": "socket", "event": "join"}
LABELLED = {"topic": "a", "label": "done", "conditional": True}
PAGE = {"name": "page", "description": "from 1"}
TODO = {"name": "todo"}
JSON_SCHEMA = {"type": "object", "properties": {"itemCount": {"type": "integer"}}}
Spelling: TypeAlias = Callable[[Any], Any]


class Order(BaseModel):
    item: str


def check(*_: object) -> bool:
    return True


async def middleware(request: Any, context: Any, following: Any) -> Any:
    return await following()


def listed(trigger: dict[str, Any], **keys: object) -> dict[str, Any]:
    return {"name": "Orders", "triggers": [{**trigger, **keys}]}


def in_camel_case(raw: Any) -> Any:
    if isinstance(raw, list):
        return [in_camel_case(item) for item in raw]
    if not isinstance(raw, dict) or raw is JSON_SCHEMA:
        return raw
    return {
        re.sub("_(.)", lambda letter: letter[1].upper(), key)
        if isinstance(key, str)
        else key: in_camel_case(value)
        for key, value in raw.items()
    }


def in_snake_case(raw: Any) -> Any:
    """As the tables are written."""
    return raw


def as_model(raw: Any) -> Any:
    if isinstance(raw, list):
        return [as_model(item) for item in raw]
    is_config = isinstance(raw, dict) and raw is not JSON_SCHEMA
    if not is_config or not all(str(key).isidentifier() for key in raw):
        return raw
    definitions: dict[str, Any] = dict.fromkeys(raw, (Any, None))
    with warnings.catch_warnings():
        # Motia's own models have fields that pydantic's BaseModel uses as well, as `schema`.
        warnings.simplefilter("ignore", UserWarning)
        model = create_model("Raw", **definitions)
    return model(**{key: as_model(value) for key, value in raw.items()})


@pytest.fixture(params=[in_camel_case, in_snake_case, as_model])
def spelled(request: pytest.FixtureRequest) -> Spelling:
    spelling: Spelling = request.param
    return spelling


def step_of(raw: object) -> StepConfig:
    translation = translate_step(raw, file=FILE)

    assert unexpected(translation.warnings) == []
    return translation.config


def unexpected(warnings: Sequence[str]) -> list[str]:
    """Without those about keys that nothing follows so far."""
    return [warning for warning in warnings if "cannot do this yet" not in warning]


def arrived(config: StepConfig, path: str) -> object:
    """What stands at `path`; `trigger` is the only trigger."""
    if not path.startswith("trigger") or path == "triggers":
        return getattr(config, path)
    (trigger,) = config.triggers
    return attrgetter(path.removeprefix("trigger."))(trigger) if "." in path else trigger


A_QUEUE = QueueTrigger(topic="a")
INFRA = "infrastructure"
#: The form it stands in, what is added to it, where that arrives, and as what.
MOTIA_0_FIELDS: list[tuple[dict[str, Any], dict[str, Any], str, object]] = [
    (NOOP, {"name": "Café 1"}, "name", "Café 1"),
    (NOOP, {"description": "Takes"}, "description", "Takes"),
    (NOOP, {"description": ""}, "description", ""),
    (NOOP, {"description": None}, "description", ""),
    (NOOP, {"flows": ["shop"]}, "flows", ("shop",)),
    (NOOP, {"virtual_emits": ["a"]}, "virtual_emits", (Emit(topic="a"),)),
    (NOOP, {"virtual_subscribes": ["a"]}, "virtual_subscribes", ("a",)),
    (NOOP, {}, "triggers", ()),
    (API, {"emits": ["a", "b"]}, "emits", (Emit(topic="a"), Emit(topic="b"))),
    (API, {"emits": []}, "emits", ()),
    (API, {"emits": [LABELLED]}, "emits", (Emit(topic="a", label="done", conditional=True),)),
    (API, {"enqueues": ["a"]}, "emits", (Emit(topic="a"),)),
    (API, {"include_files": ["*.txt"]}, "include_files", ("*.txt",)),
    (API, {}, "trigger", HttpTrigger(method="POST", path="/orders")),
    (API, {"path": "/o/:id?"}, "trigger.path", "/o/:id?"),
    (API, {"method": "patch"}, "trigger.method", "PATCH"),
    (API, {"body_schema": Order}, "trigger.body_schema", Order),
    (API, {"body_schema": JSON_SCHEMA}, "trigger.body_schema", JSON_SCHEMA),
    (API, {"response_schema": {200: Order}}, "trigger.response_schema", {200: Order}),
    (API, {"response_schema": {"404": Order}}, "trigger.response_schema", {404: Order}),
    (API, {"query_params": [PAGE]}, "trigger.query_params", (QueryParam(**PAGE),)),
    (API, {"query_params": [{"name": "n"}]}, "trigger.query_params", (QueryParam(name="n"),)),
    (API, {"middleware": [middleware]}, "trigger.middleware", (middleware,)),
    (API, {"condition": check}, "trigger.condition", check),
    (API, {"stream_body": True}, "trigger.is_body_streamed", True),
    (EVENT, {"middleware": [middleware]}, "trigger.middleware", (middleware,)),
    (CRON, {"middleware": [middleware]}, "trigger.middleware", (middleware,)),
    (EVENT, {"subscribes": ["a", "b"]}, "triggers", (A_QUEUE, QueueTrigger(topic="b"))),
    (EVENT, {"subscribes": ["a", "a"]}, "triggers", (A_QUEUE,)),
    (EVENT, {"input": Order}, "trigger.input", Order),
    (EVENT, {"input": JSON_SCHEMA}, "trigger.input", JSON_SCHEMA),
    (EVENT, {"input": None}, "trigger.input", None),
    (CRON, {}, "trigger", CronTrigger(expression="0 9 * * *")),
    (CRON, {"tz": "Europe/Berlin"}, "trigger.tz", "Europe/Berlin"),
    (CRON, {"misfire": "all"}, "trigger.misfire", "all"),
    (EVENT, {INFRA: {"handler": {"timeout": 15}}}, "time_limit_seconds", 15.0),
    (EVENT, {INFRA: {"queue": {"type": "fifo"}}}, "trigger.policy.is_fifo", True),
    (EVENT, {INFRA: {"queue": {"max_retries": 0}}}, "trigger.policy.max_retries", 0),
    (EVENT, {INFRA: {"queue": {"visibility_timeout": 900}}}, "trigger.policy.lease_seconds", 900.0),
    (EVENT, {INFRA: {"queue": {"delay_seconds": 5}}}, "trigger.policy.delay_seconds", 5.0),
    (EVENT, {INFRA: {"queue": {"concurrency": 2}}}, "trigger.policy.concurrency", 2),
    (CRON, {INFRA: {"queue": {"max_retries": 1}}}, "trigger.policy", QueuePolicy(max_retries=1)),
    (API, {}, "undeclared_emits", "refuse"),
    (API, {}, "returns", "value"),
    (CRON, {}, "cron_takes_context_only", True),
]

MOTIA_1_FIELDS: list[tuple[dict[str, Any], dict[str, Any], str, object]] = [
    (LISTED, {"name": "B"}, "name", "B"),
    (LISTED, {"description": "Takes"}, "description", "Takes"),
    (LISTED, {"flows": ["shop"]}, "flows", ("shop",)),
    (LISTED, {"enqueues": ["a"]}, "emits", (Emit(topic="a"),)),
    (LISTED, {"enqueues": [LABELLED]}, "emits", (Emit(topic="a", label="done", conditional=True),)),
    (LISTED, {"emits": ["a"]}, "emits", (Emit(topic="a"),)),
    (LISTED, {"virtual_enqueues": ["a"]}, "virtual_emits", (Emit(topic="a"),)),
    (LISTED, {"virtual_subscribes": ["a"]}, "virtual_subscribes", ("a",)),
    (LISTED, {"include_files": ["*"]}, "include_files", ("*",)),
    (LISTED, {"triggers": []}, "triggers", ()),
    ({"name": "A"}, {"virtual_enqueues": ["a"]}, "triggers", ()),
    (listed(HTTP), {}, "trigger", HttpTrigger(method="POST", path="/orders")),
    (listed(HTTP, type="api"), {}, "trigger.type", "http"),
    (listed(HTTP, method="get"), {}, "trigger.method", "GET"),
    (listed(HTTP, body_schema=Order), {}, "trigger.body_schema", Order),
    (listed(HTTP, response_schema={200: Order}), {}, "trigger.response_schema", {200: Order}),
    (listed(HTTP, response_schema={"404": Order}), {}, "trigger.response_schema", {404: Order}),
    (listed(HTTP, query_params=[PAGE]), {}, "trigger.query_params", (QueryParam(**PAGE),)),
    (listed(HTTP, middleware=[middleware]), {}, "trigger.middleware", (middleware,)),
    (listed(HTTP, condition=check), {}, "trigger.condition", check),
    (listed(HTTP, stream_body=True), {}, "trigger.is_body_streamed", True),
    (listed(SOCKET), {}, "trigger", SocketTrigger(event="join")),
    (listed(SOCKET, namespace="/x"), {}, "trigger.key", "socket(/x join)"),
    (listed(SOCKET, in_order=False), {}, "trigger.is_in_order", False),
    (listed(SOCKET, input=Order), {}, "trigger.input", Order),
    ({"name": "S", **SOCKET, "emits": []}, {}, "trigger", SocketTrigger(event="join")),
    (listed(QUEUE), {}, "trigger", QueueTrigger(topic="order")),
    (listed(QUEUE, type="event"), {}, "trigger", QueueTrigger(topic="order")),
    (listed(QUEUE, input=Order), {}, "trigger.input", Order),
    (listed(QUEUE, condition=check), {}, "trigger.condition", check),
    (listed(QUEUE, config={"type": "fifo"}), {}, "trigger.policy.is_fifo", True),
    (listed(QUEUE, config={"max_retries": 7}), {}, "trigger.policy.max_retries", 7),
    (listed(QUEUE, config={"visibility_timeout": 60}), {}, "trigger.policy.lease_seconds", 60.0),
    (listed(QUEUE, config={"delay_seconds": 1.5}), {}, "trigger.policy.delay_seconds", 1.5),
    (listed(QUEUE, config={"concurrency": 1}), {}, "trigger.policy.concurrency", 1),
    (listed(QUEUE, config={"backoff_type": "fixed"}), {}, "trigger.policy.backoff", "fixed"),
    (listed(QUEUE, config={"backoff_delay_ms": 250}), {}, "trigger.policy.backoff_seconds", 0.25),
    (listed(CRON_5), {}, "trigger", CronTrigger(expression="0 9 * * 1")),
    (listed(CRON_5, expression="0 0 9 * * 1"), {}, "trigger.expression", "0 0 9 * * 1"),
    (listed(CRON_5, expression="0 0 9 * * 1 *"), {}, "trigger.expression", "0 0 9 * * 1 *"),
    (listed(CRON_5, tz="UTC"), {}, "trigger.tz", "UTC"),
    (listed(CRON_5, misfire="skip"), {}, "trigger.misfire", "skip"),
    (listed(CRON_5, condition=check), {}, "trigger.condition", check),
    (listed(STATE), {}, "trigger", StateTrigger()),
    (listed(STATE, group="users"), {}, "trigger.group", "users"),
    (listed(STATE, key="u1"), {}, "trigger.state_key", "u1"),
    (listed(STATE, condition=check), {}, "trigger.condition", check),
    (listed(STREAM), {}, "trigger", StreamTrigger(stream="chat")),
    (listed(STREAM, group_id="g"), {}, "trigger.group", "g"),
    (listed(STREAM, item_id="i"), {}, "trigger.item", "i"),
    (listed(STREAM, condition=check), {}, "trigger.condition", check),
    (listed(STATE), {INFRA: {"queue": {"max_retries": 9}}}, "trigger.policy.max_retries", 9),
    (LISTED, {INFRA: {"handler": {"timeout": 15}}}, "time_limit_seconds", 15.0),
    (LISTED, {}, "undeclared_emits", "send"),
    (LISTED, {}, "returns", "change"),
    (LISTED, {}, "cron_takes_context_only", False),
]

#: Ours, so that both forms have them.
OWN_FIELDS = [
    ({"strict_emits": True}, "undeclared_emits", "raise"),
    ({"validate": False}, "validate", "off"),
    ({"validate": True}, "validate", "on"),
    ({"validate": "strict"}, "validate", "strict"),
    ({"isolation": "thread"}, "isolation", "thread"),
    ({"isolation": "loop"}, "isolation", "loop"),
    ({"timeout": 2.5}, "time_limit_seconds", 2.5),
    ({"timeout": 2, INFRA: {"handler": {"timeout": 9}}}, "time_limit_seconds", 2.0),
    ({"on_disconnect": "finish"}, "on_disconnect", "finish"),
]

STREAM_FIELDS = [
    ({"name": "chat-messages"}, "name", "chat-messages"),
    ({"description": "All of it"}, "description", "All of it"),
    ({"schema": Order}, "schema", Order),
    ({"schema": JSON_SCHEMA}, "schema", JSON_SCHEMA),
    ({"base_config": {"storage_type": "default"}}, "storage_type", "default"),
    ({"base_config": {"storage_type": "state"}}, "storage_type", "state"),
    ({"base_config": {"ttl": 60}}, "ttl_seconds", 60.0),
    ({"base_config": {"max_items": 100}}, "max_items", 100),
    ({"can_access": check}, "can_access", check),
    ({"on_join": check}, "on_join", check),
    ({"on_leave": check}, "on_leave", check),
]


@pytest.mark.parametrize(("base", "extra", "path", "expected"), MOTIA_0_FIELDS)
def test_a_motia_0_field_arrives(
    base: dict[str, Any], extra: dict[str, Any], path: str, expected: object, spelled: Spelling
) -> None:
    config = step_of(spelled({**base, **extra}))

    assert arrived(config, path) == expected


@pytest.mark.parametrize(("base", "extra", "path", "expected"), MOTIA_1_FIELDS)
def test_a_motia_1_field_arrives(
    base: dict[str, Any], extra: dict[str, Any], path: str, expected: object, spelled: Spelling
) -> None:
    config = step_of(spelled({**base, **extra}))

    assert arrived(config, path) == expected


@pytest.mark.parametrize("base", [EVENT, LISTED], ids=["motia-0", "motia-1"])
@pytest.mark.parametrize(("extra", "attribute", "expected"), OWN_FIELDS)
def test_our_own_fields_stand_in_both_forms(
    base: dict[str, Any],
    extra: dict[str, Any],
    attribute: str,
    expected: object,
    spelled: Spelling,
) -> None:
    config = step_of(spelled({**base, **extra}))

    assert getattr(config, attribute) == expected


@pytest.mark.parametrize(("extra", "attribute", "expected"), STREAM_FIELDS)
def test_a_stream_field_arrives(
    extra: dict[str, Any], attribute: str, expected: object, spelled: Spelling
) -> None:
    translation = translate_stream(spelled({**TODO, **extra}), file=FILE)

    assert getattr(translation.config, attribute) == expected
    assert unexpected(translation.warnings) == []


def test_a_stream_needs_nothing_but_a_name() -> None:
    assert translate_stream(TODO, file=FILE).config == StreamConfig(name="todo")


@pytest.mark.parametrize(
    ("built", "trigger"),
    [
        (
            http("POST", "/a", body_schema=Order, middleware=[middleware]),
            HttpTrigger(method="POST", path="/a", body_schema=Order, middleware=(middleware,)),
        ),
        (api("get", "/a"), HttpTrigger(method="GET", path="/a")),
        (
            queue("a", input=Order, config={"maxRetries": 1}),
            QueueTrigger(topic="a", input=Order, policy=QueuePolicy(max_retries=1)),
        ),
        (
            queue("a", config=QueuePolicy(is_fifo=True)),
            QueueTrigger(topic="a", policy=QueuePolicy(is_fifo=True)),
        ),
        (cron("* * * * *", tz="UTC"), CronTrigger(expression="* * * * *", tz="UTC")),
        (state(group="users"), StateTrigger(group="users")),
        (stream("chat", group_id="g"), StreamTrigger(stream="chat", group="g")),
        (QueueTrigger(topic="a"), QueueTrigger(topic="a")),
    ],
)
def test_triggers_may_be_built_by_call(built: object, trigger: object) -> None:
    config = step_of({"name": "Orders", "triggers": (built,)})

    assert config.triggers == (trigger,)


def test_two_names_of_one_list_may_agree() -> None:
    config = step_of({**API, "emits": ["a"], "enqueues": ["a"]})

    assert config.emits == (Emit(topic="a"),)


@pytest.mark.parametrize(
    ("raw", "key", "advice"),
    [
        ({**API, "bodyShema": Order}, "bodyShema", "did you mean `bodySchema`?"),
        ({**API, "subscribes": ["a"]}, "subscribes", "did you mean `virtualSubscribes`?"),
        ({**API, "emits": [{"topic": "a", "lable": "x"}]}, "emits[0].lable", "mean `label`?"),
        ({**API, "queryParams": [{"name": "a", "desc": ""}]}, "queryParams[0].desc", "known keys"),
        ({**API, INFRA: {"queue": {}}}, "infrastructure.queue", "known keys are `handler`"),
        ({**EVENT, INFRA: {"queue": {"maxRetry": 1}}}, "queue.maxRetry", "mean `maxRetries`?"),
        ({**LISTED, "emit": []}, "emit", "did you mean `emits`?"),
        ({**LISTED, "input": Order}, "input", "known keys are"),
        (listed(HTTP, pth="/a"), "triggers[0].pth", "did you mean `path`?"),
        (listed(QUEUE, config={"retries": 1}), "triggers[0].config.retries", "`maxRetries`?"),
        (listed(STATE, groups="g"), "triggers[0].groups", "did you mean `group`?"),
    ],
)
def test_an_unknown_key_of_a_step_is_a_warning(raw: object, key: str, advice: str) -> None:
    (warning,) = translate_step(raw, file=FILE).warnings

    assert warning.startswith(f"{FILE}: unknown key `")
    assert f"{key}` has no effect; " in warning
    assert advice in warning


@pytest.mark.parametrize("key", ["ram", "cpu"])
def test_limits_of_a_process_of_its_own_have_no_effect_and_say_so(key: str) -> None:
    (warning,) = translate_step({**EVENT, INFRA: {"handler": {key: 1}}}, file=FILE).warnings

    assert warning.startswith(f"{FILE}: `infrastructure.handler.{key}` has no effect: ")


@pytest.mark.parametrize(
    ("raw", "keys"),
    [
        ({**API, "includeFiles": ["x"]}, "`includeFiles` has"),
    ],
)
def test_keys_that_nothing_follows_yet_say_so_in_one_line(raw: object, keys: str) -> None:
    warnings = translate_step(raw, file=FILE).warnings

    assert warnings == (f"{FILE}: {keys} no effect: motia_py cannot do this yet",)


@pytest.mark.parametrize(
    "raw",
    [
        {**CRON, "misfire": "skip"},
        listed(cron("0 9 * * *", misfire="all")),
        listed(cron("0 9 * * *")),
    ],
)
def test_a_cron_trigger_is_told_nothing_about_its_misfire(raw: object) -> None:
    assert translate_step(raw, file=FILE).warnings == ()


@pytest.mark.parametrize(
    "raw",
    [
        {**EVENT, INFRA: {"queue": {"visibilityTimeout": 30}}},
        listed(QUEUE, config={"visibilityTimeout": 30}),
    ],
)
def test_a_visibility_timeout_is_followed_without_a_word(raw: object) -> None:
    assert translate_step(raw, file=FILE).warnings == ()


def test_bounds_of_a_stream_are_kept_without_a_word() -> None:
    raw = {**TODO, "baseConfig": {"ttl": 60, "maxItems": 5, "storageType": "default"}}

    assert translate_stream(raw, file=FILE).warnings == ()


@pytest.mark.parametrize(
    ("extra", "warning"),
    [
        ({"canAcces": check}, "unknown key `canAcces` has no effect; did you mean `canAccess`?"),
        (
            {"baseConfig": {"maxItem": 5}},
            "unknown key `baseConfig.maxItem` has no effect; did you mean `maxItems`?",
        ),
        (
            {"baseConfig": {"storageType": "custom"}},
            "the storage type 'custom' is unknown; items are kept as usual",
        ),
    ],
)
def test_a_stream_loads_with_a_warning(extra: dict[str, Any], warning: str) -> None:
    translation = translate_stream({**TODO, **extra}, file=FILE)

    assert translation.config.name == "todo"
    assert translation.warnings == (f"{FILE}: {warning}",)


def test_a_cron_without_an_expression_is_shown_one() -> None:
    with pytest.raises(ConfigError) as failure:
        translate_step({**CRON, "cron": None}, file=FILE)

    assert failure.value.advice == 'add it, for example "expression": "0 9 * * *"'


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"name": "A"}, "neither `triggers` nor `type`"),
        ({"type": "noop"}, "`name` is missing"),
        (
            {**NOOP, "type": "job"},
            "`type` must be one of 'api', 'event', 'cron', 'noop', 'socket', found",
        ),
        ({**NOOP, "flows": "shop"}, "`flows` must be a list of strings, found str 'shop'"),
        ({**NOOP, "description": 1}, "`description` must be a string"),
        ({**API, "method": "FETCH"}, "`method` must be one of GET, POST,"),
        ({**API, "method": None}, "`method` is missing"),
        ({**API, "path": None}, "`path` is missing"),
        ({**API, "emits": "a"}, "`emits` must be a list, found str 'a'"),
        ({**API, "emits": [5]}, "`emits[0]` must be a dict"),
        ({**API, "emits": [{"label": "x"}]}, "`emits[0].topic` is missing"),
        ({**API, "enqueues": [""]}, "`enqueues[0].topic` must be a string that is not empty"),
        ({**API, "emits": ["a"], "enqueues": ["b"]}, "`emits` and `enqueues` are two names"),
        ({**API, "responseSchema": Order}, "`responseSchema` must be a dict of status codes"),
        ({**API, "responseSchema": {"ok": Order}}, "`responseSchema` must be a dict of status"),
        ({**API, "responseSchema": {True: Order}}, "`responseSchema` must be a dict of status"),
        ({**API, "queryParams": ["page"]}, "`queryParams[0]` must be a dict"),
        ({**API, "streamBody": "yes"}, "`streamBody` must be one of True, False"),
        (
            {**API, "streamBody": True, "bodySchema": JSON_SCHEMA},
            "`streamBody` and `bodySchema` exclude each other",
        ),
        (
            listed(HTTP, stream_body=True, body_schema=Order),
            "`streamBody` and `bodySchema` exclude each other",
        ),
        ({**API, "middleware": middleware}, "`middleware` must be a list of functions"),
        ({**API, "middleware": ["m"]}, "`middleware` must be a list of functions"),
        ({**EVENT, "subscribes": None}, "`subscribes` is missing"),
        ({**EVENT, "subscribes": "a"}, "`subscribes` must be a list of strings"),
        ({**CRON, "cron": None}, "`expression` or `cron` is missing"),
        ({**API, "type": "http"}, "`type` 'http' stands in `triggers` only: here you mean 'api'"),
        ({**EVENT, "type": "queue"}, "here you mean 'event'"),
        ({"Type": "api", "name": "x"}, "did you mean it by `Type`?"),
        ({"name": "x", "trigers": []}, "did you mean it by `trigers`?"),
        ({**CRON, "misfire": "some"}, "`misfire` must be one of 'latest', 'all', 'skip'"),
        ({**EVENT, INFRA: 1}, "`infrastructure` must be a dict"),
        ({**EVENT, INFRA: {"queue": {"maxRetries": -1}}}, "`infrastructure.queue.maxRetries` must"),
        ({**EVENT, INFRA: {"queue": {"concurrency": 0}}}, "of at least 1, found int 0"),
        ({**EVENT, INFRA: {"queue": {"visibilityTimeout": "9"}}}, "must be a number above 0"),
        ({**EVENT, INFRA: {"queue": {"type": "lifo"}}}, "must be one of 'standard', 'fifo'"),
        ({**EVENT, "timeout": 0}, "`timeout` must be a number above 0"),
        ({**EVENT, "strictEmits": "yes"}, "`strictEmits` must be one of True, False"),
        ({**EVENT, "validate": "lax"}, '`validate` must be True, False or "strict"'),
        ({**EVENT, "isolation": "process"}, "`isolation` must be one of"),
        ({**EVENT, "onDisconnect": True}, "`onDisconnect` must be one of"),
        ({"name": "A", "triggers": http("GET", "/a")}, "`triggers` must be a list"),
        (listed({"topic": "a"}), "`triggers[0].type` is missing"),
        (listed({"type": "timer"}), "`triggers[0].type` must be one of 'http', 'queue'"),
        (listed({"type": "queue"}), "`triggers[0].topic` is missing"),
        (listed(QUEUE, config=3), "`triggers[0].config` must be a dict"),
        (listed({"type": "stream"}), "`triggers[0].stream_name` is missing"),
        (listed({"type": "socket"}), "`triggers[0].event` is missing"),
        (
            listed(SOCKET, event="stream:join"),
            "`triggers[0].event` must be an event's name, none of",
        ),
        (listed(SOCKET, event="connect_error"), "`triggers[0].event` must be an event's name"),
        (listed(SOCKET, namespace="x"), "`triggers[0].namespace` must be a namespace that begins"),
        (listed(SOCKET, namespace="/a,b"), "`triggers[0].namespace` must be a namespace"),
        (listed(STATE, condition="x"), "`triggers[0].condition` must be a function"),
    ],
)
def test_a_wrong_step_is_refused_with_advice(raw: object, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)) as failure:
        translate_step(raw, file=FILE)

    assert failure.value.advice


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({}, "`name` is missing"),
        ({**TODO, "baseConfig": "default"}, "`baseConfig` must be a dict"),
        ({**TODO, "baseConfig": {"ttl": 0}}, "`baseConfig.ttl` must be a number above 0"),
        ({**TODO, "baseConfig": {"maxItems": 1.5}}, "`baseConfig.maxItems` must be a whole"),
        ({**TODO, "canAccess": True}, "`canAccess` must be a function, found bool True"),
    ],
)
def test_a_wrong_stream_is_refused_with_advice(raw: object, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)) as failure:
        translate_stream(raw, file=FILE)

    assert failure.value.advice
