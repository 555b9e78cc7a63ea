"""The chatbot example as a project: its page, its .env, its files, its start."""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
from pathlib import Path

import pytest
from dotenv import dotenv_values
from pydantic import AliasChoices

from motia_py.settings import Settings, load_dotenv, read_settings
from motia_py.testing import MotiaTester
from tests.chatting import KEY, NO_MODEL, ROOT, copy_chatbot, said, say
from tests.needs import need_workbench
from tests.openai_server import OpenAIServer


async def test_the_workbench_is_at_the_root() -> None:
    """S0.30, S1.5."""
    need_workbench()
    async with MotiaTester(ROOT, env=NO_MODEL) as motia:
        page = await motia.get("/")
        problems = await motia.get("/__motia/api/problems")
        graph = await motia.get("/__motia/api/graph")
        streams = await motia.get("/__motia/api/streams")

    assert page.headers["Content-Type"].startswith("text/html")
    assert problems.body["failures"] == []
    assert {"ChatApi", "AiResponse"} <= {node["id"] for node in graph.body["nodes"]}
    assert "chat-message" in [edge["topic"] for edge in graph.body["edges"]]
    assert "conversation" in [stream["name"] for stream in streams.body["streams"]]


async def test_the_key_comes_from_the_env_file(
    upstream: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S0.31."""
    for name in NO_MODEL:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    (tmp_path / ".env").write_text(f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL={upstream.url}\n")

    load_dotenv(tmp_path)
    async with MotiaTester(ROOT) as motia:
        await say(motia, "Hello")
        await motia.settle()

    assert upstream.asked[0].authorization == f"Bearer {KEY}"


def test_the_example_env_file_names_every_variable() -> None:
    """S0.31: every setting, and every variable that a step reads."""
    steps = "".join(file.read_text() for file in (ROOT / "steps").rglob("*.py"))
    read_by_steps = set(re.findall(r'environ\.get\("(\w+)"', steps))
    settings = {
        str(alias.choices[0])
        for field in Settings.model_fields.values()
        if isinstance(alias := field.validation_alias, AliasChoices)
    }

    assert set(example_variables()) == settings | read_by_steps


def test_every_line_of_the_example_env_file_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in example_variables().items():
        monkeypatch.setenv(name, value)

    settings = read_settings({})

    assert settings.ports == (3000,)
    assert os.environ["OPENAI_MODEL"] == "gpt-4o-mini"


def example_variables() -> dict[str, str]:
    """What .env.example says once the `#` before each variable is taken away."""
    text = (ROOT / ".env.example").read_text()
    values = dotenv_values(stream=io.StringIO(re.sub(r"^#(?=[A-Z_]+=)", "", text, flags=re.M)))
    return {name: value or "" for name, value in values.items()}


async def test_the_chatbot_stands_alone_beside_a_broken_step(
    upstream: OpenAIServer, tmp_path: Path
) -> None:
    """S0.32, SX.4: its folder and the model's are all it needs; a file that does not load harms nobody."""
    copy_chatbot(tmp_path)
    (tmp_path / "steps/broken_step.py").write_text("config = {\n")
    env = {**NO_MODEL, "OPENAI_BASE_URL": upstream.url}

    async with MotiaTester(tmp_path, env=env, may_fail_to_load=True) as motia:
        await say(motia, "Hello")
        await motia.settle()
        problems = await motia.get("/__motia/api/problems")

        assert (await said(motia))[-1] == ("assistant", "completed", "Hello there!")
        assert [failure["file"] for failure in problems.body["failures"]] == [
            "steps/broken_step.py"
        ]


@pytest.mark.parametrize("storage_type", ["state", "default"])
async def test_both_spellings_of_the_stream_load(tmp_path: Path, storage_type: str) -> None:
    """S1.6, C18."""
    copy_chatbot(tmp_path)
    file = tmp_path / "steps/chatbot/conversation_stream.py"
    file.write_text(file.read_text().replace('"default"', f'"{storage_type}"'))

    async with MotiaTester(tmp_path, env=NO_MODEL) as motia:
        problems = await motia.get("/__motia/api/problems")
        streams = await motia.get("/__motia/api/streams")

    assert problems.body["failures"] == []
    assert problems.body["warnings"] == []
    assert [stream["name"] for stream in streams.body["streams"]] == ["conversation"]


def test_the_example_is_explained_in_chinese() -> None:
    """S1.7."""
    text = (ROOT / "steps/chatbot/README.zh-CN.md").read_text()

    for word in ("/chat", "conversationId", "created", "streaming", "completed", "OPENAI_API_KEY"):
        assert word in text
    assert len(re.findall("[\u4e00-\u9fff]", text)) > 300


async def test_starting_does_not_import_the_openai_client(tmp_path: Path) -> None:
    """It takes most of a second, which every start would have to wait for."""
    code = (
        "import asyncio, sys; from pathlib import Path; from motia_py.testing import MotiaTester\n"
        "async def main():\n"
        f"    async with MotiaTester(Path({str(ROOT)!r})) as motia:\n"
        "        assert 'ChatApi' in motia.app.registry.steps\n"
        "asyncio.run(main()); print('openai' in sys.modules)"
    )

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()

    assert output.decode().strip() == "False"
