"""The workbench before steps and clients that do what nobody expects: it goes on telling."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from motia_py.testing import MotiaTester
from tests.integration.test_workbench_live import LIVE, runs_of, subscribe
from tests.projects import api_step, write_project

API = "/__motia/api"

FILES = {
    "steps/half_step.py": api_step(
        "half",
        'context.logger.info("a\\ud800", {"b\\udfff": float("nan")})\nraise ValueError("c\\ud800")',
    ),
    "steps/good_step.py": api_step("good", 'context.logger.info("good")\nreturn {"body": 1}'),
}


@pytest.fixture
async def motia(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[MotiaTester]:
    caplog.set_level(logging.INFO, "motia_py")
    async with MotiaTester(write_project(tmp_path, FILES)) as running:
        yield running


async def get(motia: MotiaTester, path: str) -> Any:
    answer = await motia.get(f"{API}/{path}")
    assert answer.status == 200, answer.body
    return answer.body


# Text that UTF-8 cannot hold


async def test_half_a_character_in_what_a_step_says_is_shown_as_its_escape(
    motia: MotiaTester,
) -> None:
    trace_id = (await motia.get("/half")).headers["x-trace-id"]

    (line, _) = (await get(motia, f"logs?step=half&trace={trace_id}"))["logs"]
    assert (line["message"], line["fields"]) == ("a\\ud800", {"b\\udfff": None})
    (span,) = (await get(motia, f"traces/{trace_id}"))["spans"]
    assert span["run"]["error"] == "ValueError: c\\ud800"
    assert (await get(motia, "traces"))["traces"][0]["error"] == "ValueError: c\\ud800"


async def test_who_listens_hears_of_what_comes_after_it(motia: MotiaTester) -> None:
    async with motia.connect(LIVE) as socket:
        await subscribe(socket, runs=None)
        await motia.get("/half")
        assert (await runs_of(socket, 1))[0]["error"] == "ValueError: c\\ud800"
        await motia.get("/good")
        assert (await runs_of(socket, 1))[0]["step"] == "good"
