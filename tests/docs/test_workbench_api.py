"""The page about the workbench's API has every address that there is."""

from __future__ import annotations

import re
from pathlib import Path

from motia_py.testing import MotiaTester
from motia_py.web.workbench.api import Api
from motia_py.web.workbench.contract import contract
from tests.projects import write_project

PAGE = Path(__file__).parents[2] / "docs/reference/workbench-api.md"


async def test_every_address_is_documented_and_every_documented_one_is_there(
    tmp_path: Path,
) -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", PAGE.read_text(), flags=re.MULTILINE)
    documented = {
        (method or "GET", re.sub(r"\{\w+\}", "*", path))
        for row in rows
        for method, path in re.findall(r"`(?:(PUT|POST|DELETE) )?([a-z][\w/{}]*)`", row)
    } - {("GET", topic) for topic in ("runs", "changes")}

    write_project(
        tmp_path, {"steps/a_step.py": "config = {'type': 'noop', 'name': 'A', 'emits': []}"}
    )
    async with MotiaTester(tmp_path) as motia:
        assert motia.app._workbench is not None
        routes = Api(motia.app._workbench)._routes
        served = {(route.method, "/".join(route.pattern)) for route in routes}

    assert documented == served


def test_every_answer_is_named_as_in_the_contract() -> None:
    views = set(re.findall(r"\b(\w+View|DeadLetterDetail)\b", PAGE.read_text()))
    assert views <= contract()["$defs"].keys()
