"""The command line as its users meet it: what it answers, and its exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.command_line import (
    BROKEN,
    HELLO,
    ORDERS,
    run,
)
from tests.projects import write_project


async def test_help_lists_every_command(tmp_path: Path) -> None:
    ended = await run(tmp_path, "--help")

    assert ended.code == 0
    for command in ("dev", "start", "check", "routes", "flows", "openapi", "emit", "dlq", "state"):
        assert re.search(rf"^  {command} ", ended.out, re.MULTILINE)


async def test_version_is_told(tmp_path: Path) -> None:
    ended = await run(tmp_path, "--version")

    assert ended.code == 0
    assert re.fullmatch(r"motia-py, version \d+\.\d+\.\d+\S*\n", ended.out)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("serve",), "No such command 'serve'"),
        (("dev", "--prot", "3000"), "No such option '?--prot"),
        (("dev", "--port", "many"), "'many' is not a valid integer"),
        (("dev", "--port", "70000"), "70000 is not in the range"),
        (("check", "--dir", "nowhere"), "'nowhere' does not exist"),
        (("emit",), "which topic"),
        (("emit", "a", "--topic", "b"), "the topic is given twice"),
        (("emit", "a", "{'id': 1}"), "the data is not JSON"),
    ],
)
async def test_a_wrong_command_line_is_told_and_exits_with_2(
    tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    ended = await run(tmp_path, *arguments)

    assert ended.code == 2
    assert re.search(reason, ended.err)
    assert "Traceback" not in ended.err


async def test_check_of_a_good_project_exits_with_0(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)

    ended = await run(tmp_path, "check")

    assert ended.code == 0
    assert ended.out == "3 steps, 1 stream, 0 errors, 0 warnings\n"


async def test_check_names_file_and_line_of_a_failure_and_exits_with_1(tmp_path: Path) -> None:
    write_project(tmp_path, {**HELLO, **BROKEN})

    ended = await run(tmp_path, "check")

    assert ended.code == 1
    assert re.search(r"^error    steps/broken_step\.py:1: ", ended.out)
    assert ended.out.endswith("1 step, 0 streams, 1 error, 0 warnings\n")


async def test_findings_alone_are_warnings(tmp_path: Path) -> None:
    write_project(tmp_path, {"steps/order_step.py": ORDERS["steps/order_step.py"]})

    ended = await run(tmp_path, "check")

    assert ended.code == 0
    assert re.search(r"^warning  steps/order_step\.py:\d+: step Order emits", ended.out)


async def test_check_as_json_is_one_object_whatever_step_files_print(tmp_path: Path) -> None:
    loud = 'print("loaded!")\n' + HELLO["steps/hello_step.py"]
    write_project(tmp_path, {"steps/hello_step.py": loud, **BROKEN})

    ended = await run(tmp_path, "check", "--json")

    report = json.loads(ended.out)
    assert ended.code == 1
    assert report["ok"] is False
    assert report["steps"] == 1
    assert [failure["file"] for failure in report["failures"]] == ["steps/broken_step.py"]
    assert "loaded!" in ended.err


async def test_routes_lists_method_path_step_and_file(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)

    ended = await run(tmp_path, "routes")

    assert ended.out.split() == ["POST", "/orders", "Order", "steps/order_step.py:5"]


async def test_routes_as_json(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)

    ended = await run(tmp_path, "routes", "--json")

    assert json.loads(ended.out) == [
        {
            "method": "POST",
            "path": "/orders",
            "step": "Order",
            "file": "steps/order_step.py",
            "line": 5,
        }
    ]


async def test_openapi_prints_the_routes_as_a_document(tmp_path: Path) -> None:
    pyproject = {"pyproject.toml": '[project]\nversion = "2.1"\n'}
    root = write_project(tmp_path / "shop", {**ORDERS, **pyproject})

    ended = await run(root, "openapi")

    document = json.loads(ended.out)
    assert ended.code == 0
    assert document["info"] == {"title": "shop", "version": "2.1"}
    assert document["paths"]["/orders"]["post"]["operationId"] == "Order"


async def test_openapi_tells_which_files_it_lacks(tmp_path: Path) -> None:
    write_project(tmp_path, {**ORDERS, **BROKEN})

    ended = await run(tmp_path, "openapi")

    assert ended.code == 1
    assert list(json.loads(ended.out)["paths"]) == ["/orders"]
    assert ended.err.startswith("motia-py: steps/broken_step.py:1")


async def test_flows_shows_steps_and_topics_as_a_tree(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)

    ended = await run(tmp_path, "flows")

    assert ended.out.splitlines() == [
        "orders",
        "├── Order  http  steps/order_step.py",
        "│   └── order.placed -> Ship",
        "└── Ship  queue  steps/ship_step.py",
    ]


async def test_flows_as_json(tmp_path: Path) -> None:
    write_project(tmp_path, ORDERS)

    ended = await run(tmp_path, "flows", "--json")

    flow = json.loads(ended.out)["orders"]
    assert [step["step"] for step in flow["steps"]] == ["Order", "Ship"]
    assert [(edge["source"], edge["topic"], edge["target"]) for edge in flow["edges"]] == [
        ("Order", "order.placed", "Ship")
    ]
