"""The workbench before steps and clients that do what nobody expects: it goes on telling."""

from __future__ import annotations

import gzip
import logging
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import WSMsgType

from motia_py.testing import MotiaTester
from motia_py.web.workbench.live import Source
from tests.integration.test_workbench_live import LIVE, runs_of, subscribe
from tests.projects import api_step, write_project
from tests.serving import until
from tests.workbench_api import API, get

FILES = {
    "steps/half_step.py": api_step(
        "half",
        'context.logger.info("a\\ud800", {"b\\udfff": float("nan")})\nraise ValueError("c\\ud800")',
    ),
    "steps/long_step.py": api_step(
        "long", 'for _ in range(500):\n    context.logger.info("x" * 20_000)\nreturn {"body": 1}'
    ),
    "steps/good_step.py": api_step("good", 'context.logger.info("good")\nreturn {"body": 1}'),
}


JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def motia(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[MotiaTester]:
    caplog.set_level(logging.INFO, "motia_py")
    async with MotiaTester(write_project(tmp_path, FILES)) as running:
        yield running


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


# Clients


async def test_who_changes_topics_while_it_does_not_read_is_told_of_the_new_ones(
    motia: MotiaTester,
) -> None:
    workbench = motia.app._workbench
    assert workbench is not None
    async with motia.connect(LIVE, max_msg_size=0) as socket:
        # Ten megabytes of log do not fit into what the machine keeps for a client.
        await subscribe(socket, logs=None, changes=None)
        await motia.get("/long")
        # It is being told of the log, and not still gathered.
        logs = workbench.live._sources["logs"]
        await until(lambda: logs._last is not None and logs._last.text is not None)
        await socket.send_str('{"type": "subscribe", "topics": {"runs": null}}')
        await until(lambda: not workbench.history.feed._listeners)

        kinds: list[str] = []
        while "subscribed" not in kinds:
            kinds.append((await socket.receive_json(timeout=10))["type"])
        assert kinds == ["batch", "subscribed"]
        await motia.get("/good")
        assert (await runs_of(socket, 1))[0]["step"] == "good"


async def test_who_cannot_be_told_is_cut_off_and_not_left_waiting(
    motia: MotiaTester, caplog: pytest.LogCaptureFixture
) -> None:
    workbench = motia.app._workbench
    assert workbench is not None
    broken = Source(workbench.activity.feed, lambda items: {"runs": [1 / 0 for _ in items]})
    workbench.live._sources = {**workbench.live._sources, "runs": broken}
    async with motia.connect(LIVE) as socket:
        await subscribe(socket, runs=None)
        await motia.get("/good")

        message = await socket.receive(timeout=10)
        assert (message.type, socket.close_code) == (WSMsgType.CLOSE, 1011)
    assert "a live socket failed" in caplog.text
    assert (await motia.get("/good")).status == 200


async def test_a_body_is_taken_within_the_servers_own_limits(tmp_path: Path) -> None:
    large = b'{"value": "' + b"x" * 2_000_000 + b'"}'
    packed = gzip.compress(large)
    async with MotiaTester(write_project(tmp_path, FILES), max_body_bytes=2_500_000) as motia:
        address = f"{API}/state/g/k"
        assert (await motia.put(address, data=BytesIO(large), headers=JSON)).status == 204
        answer = await motia.put(address, data=BytesIO(large + b" " * 1_000_000), headers=JSON)
        assert (answer.status, answer.body) == (
            413,
            {"error": "The request body is larger than 2500000 bytes"},
        )
        headers = {**JSON, "Content-Encoding": "gzip"}
        assert (await motia.put(address, data=packed, headers=headers)).status == 204
        answer = await motia.put(address, data="x", headers={**JSON, "Content-Encoding": "br"})
        assert answer.status == 415
