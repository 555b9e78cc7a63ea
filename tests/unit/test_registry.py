from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from motia_py.errors import ConfigError, LoadFailure
from motia_py.messages import STATE_SPACE, Lane, TriggerInfo, stream_space
from motia_py.project.importing import ProjectImports
from motia_py.project.loader import Project, load_project, reload_project
from motia_py.project.registry import Registry, RegistryDiff, Target

HANDLER = "\nasync def handler(input, context): ...\n"


def step(name: str, *triggers: str, more: str = "") -> str:
    """A step file; each trigger is written as the inside of its dict."""
    listed = ", ".join(f"{{{trigger}}}" for trigger in triggers)
    return f"config = {{'name': {name!r}, 'triggers': [{listed}], {more}}}{HANDLER}"


def http(path: str, method: str = "GET") -> str:
    return f"'type': 'http', 'method': {method!r}, 'path': {path!r}"


def queue(topic: str) -> str:
    return f"'type': 'queue', 'topic': {topic!r}"


class Shop:
    """A project on disk and its present snapshot."""

    def __init__(self, root: Path, imports: ProjectImports) -> None:
        self.root = root
        self._imports = imports
        self._project: Project | None = None

    def registry(self, **files: str) -> Registry:
        """Write `name="text"` as `steps/name.py` and load, or load again."""
        changed = {self.write(f"steps/{name}.py", text) for name, text in files.items()}
        if self._project is None:
            self._project = load_project(self.root, self._imports)
        else:
            self._project = reload_project(self._project, changed, self._imports)
        return Registry(self._project)

    def write(self, file: str, text: str) -> Path:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with ProjectImports(tmp_path) as imports:
        yield Shop(tmp_path, imports)


def steps_of(targets: object) -> list[str]:
    assert isinstance(targets, list | tuple)
    return [target.step.config.name for target in targets]


def conflict(registry: Registry) -> LoadFailure:
    (failure,) = registry.failures
    assert failure.advice
    return failure


def found(registry: Registry, method: str, path: str) -> Target:
    match = registry.routes.find(method, path)
    assert match is not None
    return match[0]


def test_an_empty_project_serves_nothing(shop: Shop) -> None:
    registry = shop.registry()

    assert (registry.steps, registry.streams, registry.targets) == ({}, {}, ())
    assert registry.routes.find("GET", "/") is None
    assert registry.subscribers("x") == ()
    assert registry.failures == ()


def test_a_target_carries_what_a_run_needs(shop: Shop) -> None:
    text = """\
    from pydantic import BaseModel
    class Order(BaseModel):
        item: str
    def check(req, context, next_fn): ...
    config = {
        "name": "Order", "enqueues": ["placed", {"topic": "billed"}],
        "triggers": [{"type": "http", "method": "POST", "path": "/orders/:id",
                      "bodySchema": Order, "responseSchema": {200: Order}, "middleware": [check]}],
    }
    async def handler(req, context): ...
    """

    registry = shop.registry(order_step=text)

    target = found(registry, "POST", "/orders/7")
    key = "http(POST /orders/:id)"
    assert (target.step, target.trigger) == (
        registry.steps["Order"],
        target.step.config.triggers[0],
    )
    assert (target.index, target.key, target.lane) == (0, key, Lane("Order", key))
    assert target.info == TriggerInfo(
        type="http", index=0, key=key, path="/orders/:id", method="POST"
    )
    assert target.emits == ("placed", "billed")
    assert target.check is target.step.checks[key]
    assert set(target.response_checks) == {200}
    assert [function.__name__ for function in target.middleware] == ["check"]
    assert target.schedule is None


def test_the_projects_middleware_stands_before_that_of_routes_only(shop: Shop) -> None:
    shop.write("motia_config.py", "def outer(req, ctx, next_fn): ...\nmiddleware = [outer]")
    inner = "def inner(req, ctx, next_fn): ...\n"
    triggers = [f"{each}, 'middleware': [inner]" for each in (http("/a"), queue("b"))]

    registry = shop.registry(a_step=inner + step("A", *triggers))

    names = [[each.__name__ for each in target.middleware] for target in registry.targets]
    assert names == [["outer", "inner"], ["inner"]]


def test_every_subscribing_trigger_gets_the_event(shop: Shop) -> None:
    registry = shop.registry(
        a_step=step("A", queue("x"), queue("y"), queue("x")),
        b_step=step("B", http("/b"), queue("x")),
        c_step=step("C", queue("y")),
    )

    keys = [(each.step.config.name, each.key) for each in registry.subscribers("x")]
    assert keys == [("A", "queue(x)"), ("A", "queue(x)::2"), ("B", "queue(x)")]
    assert steps_of(registry.subscribers("y")) == ["A", "C"]
    assert registry.subscribers("X") == ()


def test_a_lane_leads_back_to_its_target(shop: Shop) -> None:
    registry = shop.registry(a_step=step("A", http("/a"), queue("x"), "'type': 'state'"))

    assert registry.lanes == (Lane("A", "queue(x)"), Lane("A", "state"))
    target = registry.target(Lane("A", "queue(x)"))
    assert target is not None
    assert target is registry.subscribers("x")[0]
    assert target.policy.max_retries == 3
    assert registry.target(Lane("A", "queue(gone)")) is None
    assert registry.target(Lane("A", "http(GET /a)")) is None


def test_crons_have_their_schedule(shop: Shop) -> None:
    cron = "'type': 'cron', 'expression': '0 9 * * *', 'tz': 'UTC'"

    (target,) = shop.registry(a_step=step("A", cron, queue("x"))).crons

    assert target.schedule is not None
    assert target.schedule.next_after(0.0) == 9 * 3600
    assert target.info.expression == "0 9 * * *"


def test_an_unchanged_cron_keeps_its_schedule_through_a_reload(shop: Shop) -> None:
    cron = "'type': 'cron', 'expression': '0 9 * * *'"
    older = shop.registry(a_step=step("A", cron))

    newer = shop.registry(b_step=step("B", queue("x")))

    assert newer.crons[0].schedule is older.crons[0].schedule


@pytest.mark.parametrize(
    ("group", "key", "steps"),
    [
        ("users", "ann", ["Any", "Group", "Key", "Both"]),
        ("users", "bob", ["Any", "Group"]),
        ("orders", "ann", ["Any", "Key"]),
        ("orders", "bob", ["Any"]),
    ],
)
def test_state_triggers_are_narrowed_by_group_and_key(
    shop: Shop, group: str, key: str, steps: list[str]
) -> None:
    registry = shop.registry(
        a_step=step("Any", "'type': 'state'"),
        b_step=step("Group", "'type': 'state', 'group': 'users'"),
        c_step=step("Key", "'type': 'state', 'key': 'ann'"),
        d_step=step("Both", "'type': 'state', 'group': 'users', 'key': 'ann'"),
    )

    assert steps_of(registry.state_targets(group, key)) == steps


@pytest.mark.parametrize(
    ("name", "group", "item", "steps"),
    [
        ("todo", "home", "1", ["Any", "Group", "Item"]),
        ("todo", "home", None, ["Any", "Group"]),
        ("todo", "work", "2", ["Any"]),
        ("other", "home", "1", []),
    ],
)
def test_stream_triggers_are_narrowed_by_stream_group_and_item(
    shop: Shop, name: str, group: str, item: str | None, steps: list[str]
) -> None:
    stream = "'type': 'stream', 'streamName': 'todo'"
    registry = shop.registry(
        a_step=step("Any", stream),
        b_step=step("Group", f"{stream}, 'groupId': 'home'"),
        c_step=step("Item", f"{stream}, 'itemId': '1'"),
    )

    assert steps_of(registry.stream_targets(name, group, item)) == steps


def test_only_spaces_with_a_trigger_are_watched(shop: Shop) -> None:
    stream = "'type': 'stream', 'streamName': 'todo'"
    registry = shop.registry(a_step=step("A", stream))

    assert registry.is_watched(stream_space("todo"))
    assert not registry.is_watched(stream_space("other"))
    assert not registry.is_watched(STATE_SPACE)


def test_a_streams_dashes_may_be_written_as_underscores(shop: Shop) -> None:
    registry = shop.registry(
        a_stream="config = {'name': 'chat-messages'}",
        b_stream="config = {'name': 'a-b'}",
        c_stream="config = {'name': 'a_b'}",
    )

    for asked, name in [
        ("chat-messages", "chat-messages"),
        ("chat_messages", "chat-messages"),
        ("a-b", "a-b"),
        ("a_b", "a_b"),
    ]:
        stream = registry.stream(asked)
        assert stream is not None
        assert stream.config.name == name
    assert registry.stream("chat") is None
    assert registry.stream("") is None


# Conflicts


def test_of_two_steps_of_one_name_the_first_is_served(shop: Shop) -> None:
    registry = shop.registry(a_step=step("A", queue("x")), b_step=f"\n{step('A', queue('y'))}")

    failure = conflict(registry)
    assert registry.steps["A"].file == "steps/a_step.py"
    assert (failure.file, failure.line, failure.kind) == ("steps/b_step.py", 3, "duplicate-name")
    assert "steps/a_step.py:2 already declares a step 'A'" in failure.message
    assert registry.subscribers("y") == ()


def test_of_two_routes_of_one_shape_the_first_is_served(shop: Shop) -> None:
    registry = shop.registry(
        a_step=step("A", http("/users/:id")),
        b_step=step("B", http("/users/:name"), http("/users/:id", "PUT"), queue("x")),
    )

    failure = conflict(registry)
    assert found(registry, "GET", "/users/7").step.config.name == "A"
    assert (failure.file, failure.kind) == ("steps/b_step.py", "duplicate-route")
    assert "step 'B' is not served at GET /users/:name" in failure.message
    assert "steps/a_step.py:2" in failure.message
    assert found(registry, "PUT", "/users/7").step.config.name == "B"
    assert steps_of(registry.subscribers("x")) == ["B"]


def test_one_route_declared_twice_in_a_step_is_told(shop: Shop) -> None:
    registry = shop.registry(a_step=step("A", http("/a"), http("/a/")))

    assert conflict(registry).kind == "duplicate-route"


def socket(event: str, namespace: str = "/") -> str:
    return f"'type': 'socket', 'event': {event!r}, 'namespace': {namespace!r}"


def test_a_socket_event_belongs_to_one_step_and_connections_to_all(shop: Shop) -> None:
    registry = shop.registry(
        a_step=step("A", socket("join"), socket("connect"), queue("x")),
        b_step=step("B", socket("join"), socket("connect"), socket("join", "/x")),
    )

    failure = conflict(registry)
    assert (failure.file, failure.kind) == ("steps/b_step.py", "duplicate-event")
    assert failure.message == (
        "step 'B' does not get socket(join): steps/a_step.py:2 listens to it"
    )
    assert steps_of(registry.listeners("/", "join")) == ["A"]
    assert steps_of(registry.listeners("/", "connect")) == ["A", "B"]
    assert steps_of(registry.listeners("/x", "join")) == ["B"]
    assert registry.namespaces == {"/", "/x"}
    assert registry.lanes == (Lane("A", "queue(x)"),)


def test_a_socket_step_says_what_is_missing_for_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socketio", None)

    registry = shop.registry(a_step=step("A", socket("join")), b_step=step("B", queue("x")))

    failure = conflict(registry)
    assert "step 'A' has a socket trigger, for which python-socketio is missing" in failure.message
    assert failure.advice == "pip install 'motia_py[socketio]'"
    assert list(registry.steps) == ["B"]


def test_a_step_that_another_file_imports_is_one_step(shop: Shop) -> None:
    registry = shop.registry(
        a_step=step("A", queue("x")), b_step="from .a_step import config, handler"
    )

    assert registry.failures == ()
    assert registry.steps["A"].file == "steps/a_step.py"


def test_a_stale_step_gives_way_to_the_file_it_moved_to(shop: Shop) -> None:
    shop.registry(a_step=step("A", http("/a")))

    registry = shop.registry(a_step="1 / 0", b_step=step("A", http("/a")))

    assert registry.steps["A"].file == "steps/b_step.py"
    assert [failure.file for failure in registry.failures] == ["steps/a_step.py"]


def test_a_stale_route_gives_way_to_a_new_one(shop: Shop) -> None:
    shop.registry(a_step=step("A", http("/a")))

    registry = shop.registry(a_step="1 / 0", b_step=step("B", http("/a")))

    assert found(registry, "GET", "/a").step.config.name == "B"
    assert [failure.kind for failure in registry.failures] == ["error"]


def test_a_step_and_a_stream_may_share_a_name(shop: Shop) -> None:
    registry = shop.registry(a_step=step("todo", queue("x")), a_stream="config = {'name': 'todo'}")

    assert registry.failures == ()
    assert (set(registry.steps), set(registry.streams)) == ({"todo"}, {"todo"})


DECLARING = """\
class Declares:
    def __init__(self, raw): self.raw = raw
    def motia_stream_config(self): return self.raw
"""


def test_references_to_a_stream_are_no_second_declaration(shop: Shop) -> None:
    shop.write("streams.py", f"{DECLARING}\nshared = Declares({{'name': 'todo', 'schema': {{}}}})")
    uses = f"{DECLARING}\ntodo = Declares('todo')\n"

    registry = shop.registry(
        a_step=uses + step("A", queue("x")),
        b_step="from streams import shared\n" + step("B", queue("y")),
        c_step="from streams import shared as todo\n" + step("C", queue("z")),
    )

    assert registry.failures == ()
    assert registry.streams["todo"].file == "steps/b_step.py"


RULED = "def can_access(subscription, auth): return False\n"
RULED += "config = {'name': 'todo', 'canAccess': can_access}"


def test_a_broken_stream_file_keeps_its_access_rules_before_any_reference(shop: Shop) -> None:
    uses = f"{DECLARING}\ntodo = Declares('todo')\n" + step("A", queue("x"))
    shop.registry(a_step=uses, todo_stream=RULED)

    registry = shop.registry(todo_stream="def (:")

    assert registry.streams["todo"].is_stale
    assert registry.streams["todo"].config.can_access is not None


def test_nobody_watches_a_mere_name_while_its_rules_may_be_in_a_broken_file(shop: Shop) -> None:
    uses = f"{DECLARING}\ntodo = Declares('todo')\n" + step("A", queue("x"))
    other = "config = {'name': 'other', 'description': 'as it says'}"
    broken = shop.registry(a_step=uses, other_stream=other, todo_stream="def (:")

    mended = shop.registry(todo_stream="config = {'name': 'todo'}")

    deny = broken.streams["todo"].config.can_access
    assert deny is not None
    with pytest.raises(ConfigError, match="failed to load"):
        deny("subscription", "auth")
    assert broken.streams["other"].config.can_access is None
    assert mended.streams["todo"].config.can_access is None


def test_two_different_streams_of_one_name_are_a_failure(shop: Shop) -> None:
    registry = shop.registry(
        a_stream="config = {'name': 'todo', 'description': 'one'}",
        b_stream="config = {'name': 'todo', 'description': 'two'}",
    )

    failure = conflict(registry)
    assert failure.kind == "duplicate-name"
    assert "steps/a_stream.py:1 already declares a stream 'todo'" in failure.message
    assert registry.streams["todo"].config.description == "one"


def test_the_projects_own_failures_come_first(shop: Shop) -> None:
    registry = shop.registry(
        a_step=step("A", queue("x")), b_step=step("A", queue("y")), z_step="1 / 0"
    )

    assert [each.kind for each in registry.failures] == ["error", "duplicate-name"]


# Difference


def test_a_snapshot_tells_what_is_different_from_an_older_one(shop: Shop) -> None:
    older = shop.registry(
        a_step=step("A", queue("x")),
        b_step=step("B", queue("x")),
        c_stream="config = {'name': 'kept'}",
        d_stream="config = {'name': 'edited'}",
    )

    newer = shop.registry(
        a_step=step("A", queue("y")),
        b_step=step("New", queue("x")),
        d_stream="config = {'name': 'edited', 'description': 'x'}",
        e_stream="config = {'name': 'another'}",
    )

    assert newer.diff(older) == RegistryDiff(
        added=("New", "another"), changed=("A", "edited"), removed=("B",)
    )
    assert older.diff(older) == RegistryDiff(added=(), changed=(), removed=())


def test_a_step_whose_helper_changed_is_changed(shop: Shop) -> None:
    shop.write("steps/lib.py", "x = 1")
    older = shop.registry(a_step="from .lib import x\n" + step("A", queue("x")))

    newer = shop.registry(lib="x = 2")

    assert newer.diff(older).changed == ("A",)


def test_a_step_that_became_stale_is_not_changed(shop: Shop) -> None:
    older = shop.registry(a_step=step("A", queue("x")))

    newer = shop.registry(a_step="1 / 0")

    assert newer.steps["A"].is_stale
    assert newer.diff(older) == RegistryDiff(added=(), changed=(), removed=())


def test_an_older_snapshot_goes_on_serving_what_it_knew(shop: Shop) -> None:
    older = shop.registry(a_step=step("A", http("/a")))
    handler = older.steps["A"].handler

    shop.registry(a_step=step("B", http("/b")))

    assert found(older, "GET", "/a").step.handler is handler
