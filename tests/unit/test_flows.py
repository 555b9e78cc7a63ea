from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from motia_py.project.flows import FlowEdge, FlowNode, flow_graph, lint
from motia_py.project.importing import ProjectImports
from motia_py.project.loader import load_project
from motia_py.project.registry import Registry

HANDLER = "\nasync def handler(input, context): ...\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


def registry(root: Path, **files: str) -> Registry:
    for name, text in files.items():
        path = root / "steps" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
    with ProjectImports(root) as imports:
        return Registry(load_project(root, imports))


def api(name: str, *, path: str = "/x", emits: str = "[]", more: str = "") -> str:
    return (
        f"config = {{'type': 'api', 'name': {name!r}, 'method': 'GET', 'path': '{path}',"
        f" 'emits': {emits}, {more}}}{HANDLER}"
    )


def event(name: str, *topics: str, emits: str = "['done']", more: str = "") -> str:
    return (
        f"config = {{'type': 'event', 'name': {name!r}, 'subscribes': {list(topics)},"
        f" 'emits': {emits}, {more}}}{HANDLER}"
    )


def edges(registry: Registry) -> list[tuple[str, str, str, bool]]:
    return [
        (edge.source, edge.target, edge.topic, edge.is_virtual)
        for edge in flow_graph(registry).edges
    ]


def found(registry: Registry) -> list[tuple[str, str]]:
    return [(finding.step, finding.kind) for finding in lint(registry)]


def test_a_node_tells_what_a_step_is(root: Path) -> None:
    more = "'description': 'Takes orders', 'flows': ['orders']"

    graph = flow_graph(registry(root, order_step=api("Order", more=more)))

    assert graph.nodes == (
        FlowNode(
            step="Order",
            description="Takes orders",
            file="steps/order_step.py",
            line=2,
            flows=("orders",),
            triggers=("http",),
            is_stale=False,
        ),
    )


def test_a_step_of_a_socket_event_stands_in_the_graph_as_any_other(root: Path) -> None:
    joined = (
        "config = {'name': 'Join', 'triggers': [{'type': 'socket', 'event': 'join'}],"
        f" 'enqueues': ['joined']}}{HANDLER}"
    )

    flows = registry(root, a_step=joined, b_step=event("Greet", "joined"))

    assert [node.triggers for node in flow_graph(flows).nodes] == [("socket",), ("queue",)]
    assert edges(flows) == [("Join", "Greet", "joined", False)]


def test_an_edge_leads_from_what_emits_to_every_subscriber(root: Path) -> None:
    emits = "[{'topic': 'placed', 'label': 'Paid', 'conditional': True}, 'unheard']"

    graph = flow_graph(
        registry(
            root,
            a_step=api("Order", emits=emits),
            b_step=event("Mail", "placed", "other"),
            c_step=event("Stock", "placed"),
        )
    )

    mail, stock = graph.edges
    assert mail == FlowEdge(
        source="Order",
        target="Mail",
        topic="placed",
        label="Paid",
        is_conditional=True,
        is_virtual=False,
    )
    assert stock.target == "Stock"


def test_two_topics_between_two_steps_are_two_edges(root: Path) -> None:
    served = registry(
        root, a_step=api("A", emits="['x', 'y']"), b_step=event("B", "x", "y", emits="['x']")
    )

    assert edges(served) == [
        ("A", "B", "x", False),
        ("A", "B", "y", False),
        ("B", "B", "x", False),
    ]


def test_an_edge_is_virtual_where_either_side_only_stands_in_the_graph(root: Path) -> None:
    noop = (
        "config = {'type': 'noop', 'name': 'Human', 'virtualEmits': ['approved', 'seen'],"
        " 'virtualSubscribes': ['asked']}"
    )
    served = registry(
        root,
        a_step=api("Ask", emits="['asked']"),
        b_step=event("Ship", "approved", more="'virtualSubscribes': ['seen', 'approved']"),
        c_step=noop,
    )

    assert edges(served) == [
        ("Ask", "Human", "asked", True),
        ("Human", "Ship", "approved", True),
        ("Human", "Ship", "seen", True),
    ]


def test_a_flow_is_the_part_of_the_graph_among_its_steps(root: Path) -> None:
    flows = "'flows': ['orders', 'orders']"
    graph = flow_graph(
        registry(
            root,
            a_step=api("A", emits="['x']", more=flows),
            b_step=event("B", "x", more="'flows': ['orders', 'mail']"),
            c_step=event("C", "x", more="'flows': ['mail']"),
            d_step=event("D", "x"),
        )
    )

    flow = graph.flow("orders")

    assert graph.flows == {"orders": ("A", "B"), "mail": ("B", "C")}
    assert [node.step for node in flow.nodes] == ["A", "B"]
    assert [(edge.source, edge.target) for edge in flow.edges] == [("A", "B")]
    assert graph.flow("nowhere").nodes == ()


def test_a_topic_that_nobody_hears_is_found(root: Path) -> None:
    (finding,) = lint(registry(root, order_step=api("Order", emits="['placed']")))

    assert (finding.file, finding.line) == ("steps/order_step.py", 2)
    assert (finding.step, finding.kind) == ("Order", "unheard-topic")
    assert "emits 'placed', to which no step subscribes" in finding.message
    assert finding.advice


def test_a_virtual_listener_hears_nothing(root: Path) -> None:
    noop = "config = {'type': 'noop', 'name': 'Human', 'virtualSubscribes': ['placed']}"

    served = registry(root, a_step=api("Order", emits="['placed']"), b_step=noop)

    assert found(served) == [("Order", "unheard-topic")]


@pytest.mark.parametrize(("emits", "is_open"), [("[]", True), ("['x']", False)])
def test_a_topic_that_nobody_feeds_is_found(root: Path, emits: str, is_open: bool) -> None:
    findings = lint(
        registry(
            root,
            a_step=api("Order", emits=emits),
            b_step=event("Mail", "placed", emits="['x']"),
            c_step=event("End", "x", emits="['x']"),
        )
    )

    assert [(finding.step, finding.kind) for finding in findings] == [("Mail", "unfed-topic")]
    assert "subscribes to 'placed', but no step declares it" in findings[0].message
    assert ("empty `emits`" in findings[0].message) is is_open


def test_a_flow_without_loose_ends_has_no_findings(root: Path) -> None:
    served = registry(
        root, a_step=api("Order", emits="['placed']"), b_step=event("Mail", "placed", emits="[]")
    )

    assert lint(served) == ()


EMITTING = """\
config = {{{config}}}

async def handler(input, context):
    await context.emit({{"topic": "placed", "data": 1}})
    await context.emit({{"topic": "placde", "data": 1}})
    await context.emit({{"topic": "placde", "data": 2}})
"""
API_0 = "'type': 'api', 'name': 'Order', 'method': 'GET', 'path': '/x'"
API_1 = "'name': 'Order', 'triggers': [{'type': 'http', 'method': 'GET', 'path': '/x'}]"


@pytest.mark.parametrize(
    ("config", "consequence"),
    [
        (f"{API_1}, 'enqueues': ['placed']", "sent all the same"),
        (f"{API_0}, 'emits': ['placed']", "refused"),
        (f"{API_1}, 'enqueues': ['placed'], 'strict_emits': True", "raises UndeclaredTopic"),
    ],
)
def test_an_emitted_topic_that_the_config_does_not_list_is_found_once(
    root: Path, config: str, consequence: str
) -> None:
    (finding,) = lint(
        registry(
            root,
            a_step=EMITTING.format(config=config),
            b_step=event("Mail", "placed", emits="[]"),
        )
    )

    assert (finding.step, finding.kind, finding.line) == ("Order", "undeclared-topic", 5)
    assert "emits 'placde', which its config does not list" in finding.message
    assert consequence in finding.message


def test_a_step_that_may_emit_any_topic_feeds_those_in_its_source(root: Path) -> None:
    (finding,) = lint(
        registry(
            root,
            a_step=EMITTING.format(config=f"{API_0}, 'emits': []"),
            b_step=event("Mail", "placed", emits="[]"),
        )
    )

    assert (finding.kind, finding.line) == ("unheard-topic", 5)
    assert "emits 'placde', to which no step subscribes" in finding.message


def test_a_topic_that_another_step_of_the_file_lists_is_no_finding(root: Path) -> None:
    text = """\
from motia_py import http, step

async def take(input, context):
    await context.emit("taken", 1)

async def pack(input, context):
    await context.emit("packed", 1)

a = step({"name": "Take", "triggers": [http("GET", "/a")], "enqueues": ["taken"]}, take)
b = step({"name": "Pack", "triggers": [http("GET", "/b")], "enqueues": ["packed"]}, pack)
"""

    served = registry(root, a_step=text, b_step=event("End", "taken", "packed", emits="['taken']"))

    assert lint(served) == ()


@pytest.mark.parametrize(
    ("isolation", "effect"),
    [("auto", "a thread of its own"), ("loop", "everything else stands still"), ("thread", None)],
)
def test_a_blocking_call_is_found_at_its_own_line(
    root: Path, isolation: str, effect: str | None
) -> None:
    text = f"""\
import time
config = {{"type": "api", "name": "Nap", "method": "GET", "path": "/nap", "emits": [],
          "isolation": "{isolation}"}}
async def handler(req, context):
    time.sleep(1)
"""

    findings = lint(registry(root, nap_step=text))

    assert [(finding.kind, finding.line) for finding in findings] == (
        [("blocking-call", 5)] if effect else []
    )
    for finding in findings:
        assert "time.sleep" in finding.message
        assert effect is not None and effect in finding.message
