"""The chat over server-sent events: the tool that the model calls is really run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from motia_py.messages import JSON
from motia_py.testing import MotiaTester
from steps.sse_chat.answering import TOOL_ROUNDS
from steps.sse_chat.documentation import search
from tests.chatting import NO_MODEL, ROOT
from tests.integration.conftest import OpenTester
from tests.openai_server import Call, OpenAIServer
from tests.sse_chatting import chat, text_of


@pytest.fixture
def open_tester() -> OpenTester:
    return MotiaTester  # no engine decides what is asked here


def searching(query: str, *, index: int = 0) -> Call:
    """A call of the search, its arguments in pieces of three characters."""
    text = json.dumps({"query": query})
    pieces = [text[start : start + 3] for start in range(0, len(text), 3)]
    return Call(name="search_documentation", arguments=pieces, index=index)


def results_in(body: JSON) -> list[JSON]:
    """The results of tools among the messages of a request."""
    return [message for message in body["messages"] if message["role"] == "tool"]


async def test_a_call_in_fragments_is_run_and_its_result_answered_from(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.37: the result goes back as role `tool`; the text of the second answer is streamed."""
    upstream.replies = [(searching("dead letters"),), ("Like ", "this.")]

    frames = await chat(motia, "What are dead letters?")

    first, second = upstream.asked
    assert first.body["tools"] == second.body["tools"]
    *_, question, called, result = second.body["messages"]
    assert question == {"role": "user", "content": "What are dead letters?"}
    assert called["role"] == "assistant"
    (call,) = called["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"query": "dead letters"}
    assert result["role"] == "tool"
    assert result["tool_call_id"] == call["id"] == "c0"
    assert "docs/howto/retry-and-dead-letters.md" in result["content"]
    assert text_of(frames) == "Like this."
    assert [frame.event for frame in frames] == ["chunk", "chunk", "complete"]


async def test_only_question_and_answer_are_kept(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.14: what was said before the call belongs to the answer."""
    upstream.replies = [("Let me see. ", searching("state")), ("Done.",)]

    frames = await chat(motia, "Where is state?")

    kept: Any = await motia.state("conversations", "c1")
    assert [message["content"] for message in kept["messages"]] == [
        "Where is state?",
        "Let me see. Done.",
    ]
    assert frames[-1].data["responseLength"] == len("Let me see. Done.")
    assert upstream.asked[1].body["messages"][-2]["content"] == "Let me see. "


async def test_several_calls_of_one_answer_are_all_run(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    upstream.replies = [(searching("cron"), searching("streams", index=1)), ("Done.",)]

    await chat(motia)

    results = results_in(upstream.asked[1].body)
    assert [result["tool_call_id"] for result in results] == ["c0", "c1"]
    assert all("docs/" in result["content"] for result in results)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (Call(name="format_disk", arguments=["{}"]), "no tool 'format_disk'"),
        (Call(name="search_documentation", arguments=["{"]), "must be JSON"),
        (Call(name="search_documentation", arguments=[]), "must be JSON"),
        (Call(name="search_documentation", arguments=["{}"]), "must be JSON"),
        (Call(name="search_documentation", arguments=['{"query": 7}']), "must be JSON"),
        (Call(name="search_documentation", arguments=['{"query": ""}']), "must be JSON"),
        (searching("xyzzy"), "Nothing in the documentation"),
    ],
    ids=str,
)
async def test_the_model_is_told_what_is_wrong_with_its_call(
    motia: MotiaTester, upstream: OpenAIServer, call: Call, told: str
) -> None:
    """S2.37: an unknown tool, arguments that are none; the answer goes on."""
    upstream.replies = [(call,), ("I cannot tell.",)]

    frames = await chat(motia)

    (result,) = results_in(upstream.asked[1].body)
    assert told in result["content"]
    assert text_of(frames) == "I cannot tell."


async def test_a_model_that_goes_on_calling_must_answer_in_the_end(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S2.37: the rounds are bounded; in the last one no tool may be called."""
    upstream.replies = [*[(searching("state"),)] * TOOL_ROUNDS, ("At last.",)]

    frames = await chat(motia)

    choices = [asked.body["tool_choice"] for asked in upstream.asked]
    assert choices == ["auto"] * TOOL_ROUNDS + ["none"]
    assert text_of(frames) == "At last."


async def test_a_model_that_never_answers_is_an_error(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    upstream.default = (searching("state"),)

    frames = await chat(motia)

    assert [frame.event for frame in frames] == ["error"]
    assert len(upstream.asked) == TOOL_ROUNDS + 1
    assert await motia.state("conversations", "c1") is None


async def test_the_offline_model_shows_it_without_a_key() -> None:
    """It calls the tool, repeats what was found and says what it is."""
    env = {**NO_MODEL, "OFFLINE_MODEL_PACE_MS": "0"}
    async with MotiaTester(ROOT, env=env) as motia:
        frames = await chat(motia, "How are dead letters run again?")

        traces = [[span.step for span in trace] for trace in motia.traces.recent()]

    assert "offline demo model" in text_of(frames)
    assert "docs/howto/retry-and-dead-letters.md" in text_of(frames)
    assert frames[-1].event == "complete"
    assert ["AI Chat Stream", "OfflineModel", "OfflineModel"] in [trace[:3] for trace in traces]


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("What is Motia and how does it work?", "docs/howto/come-from-motia.md"),
        ("How are events retried?", "docs/howto/retry-and-dead-letters.md"),
        ("Which settings are there?", "docs/reference/settings.md"),
        ("how do I test my steps", "docs/howto/test-steps.md"),
        ("the WebSocket protocol: join", "docs/reference/stream-protocol.md"),
        ("update operations", "docs/reference/context.md"),
    ],
)
def test_the_search_finds_the_page(query: str, page: str) -> None:
    assert page in [section.page for section in search(query)]


@pytest.mark.parametrize("query", ["", "?!", "how do I", "xyzzy", "你好"])
def test_the_search_finds_nothing_where_nothing_is(query: str) -> None:
    assert search(query) == []


def test_the_search_takes_a_project_without_documentation(tmp_path: Path) -> None:
    assert search("state", docs=tmp_path) == []


def test_a_section_ends_at_the_next_heading_and_comments_in_code_are_none(tmp_path: Path) -> None:
    text = "# Tea\n\nwater\n\n```python\n# not a heading\n```\n\nend\n\n## Milk\n\ncow\n"
    (tmp_path / "drinks.md").write_text(text)

    (tea,) = search("water", docs=tmp_path)
    (milk,) = search("cow", docs=tmp_path)

    assert tea.title == "Tea"
    assert "# not a heading" in tea.text
    assert "cow" not in tea.text
    assert str(milk) == f"## Milk ({tmp_path.name}/drinks.md)\n\ncow"
