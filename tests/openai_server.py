"""A local server that speaks OpenAI's chat completions as a test tells it to, and remembers what
it was asked. It runs on the test's own loop; it never sleeps, it waits for the test's events.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from aiohttp import web

from motia_py.messages import JSON


class Oddity(Enum):
    """What a server may send between two tokens."""

    NO_CHOICES = "a chunk with `choices: []`"
    NO_CONTENT = "a chunk with `delta.content: null`"
    MALFORMED = "a chunk that is not JSON"
    HALF_AN_EMOJI = "a text with half of a pair of surrogates"
    CUT = "nothing more: the connection is dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An answer with an error status; the message quotes the key, as a careless server does."""

    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A tool that the model calls; `arguments` come in these pieces."""

    name: str
    arguments: Sequence[str]
    index: int = 0

    def deltas(self) -> Iterator[JSON]:
        """The call in fragments: only the first has its id and name."""
        head = {"name": self.name, "arguments": ""}
        yield {"index": self.index, "id": f"c{self.index}", "type": "function", "function": head}
        for piece in self.arguments:
            yield {"index": self.index, "function": {"arguments": piece}}


#: An event is waited for before the next part is sent.
Part: TypeAlias = str | asyncio.Event | Oddity | Call
Reply: TypeAlias = Failure | Sequence[Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came in."""

    headers: Mapping[str, str]
    body: JSON

    @property
    def authorization(self) -> str:
        return self.headers.get("Authorization", "")

    @property
    def messages(self) -> list[tuple[str, str]]:
        """Role and content of each message."""
        return [(message["role"], message["content"]) for message in self.body["messages"]]


class OpenAIServer:
    """Answers each request with the next of `replies`, and with `default` when there is none."""

    def __init__(self) -> None:
        self.url = ""
        self.default: Reply = ("Hello", " there", "!")
        self.replies: list[Reply] = []
        self.asked: list[Asked] = []
        #: Texts that were moderated; those with a word of `forbidden` in them are flagged.
        self.moderated: list[str] = []
        self.forbidden: str | None = None
        #: Requests whose answers are not whole yet.
        self.answering = 0
        #: Set once a client has gone away before its answer was whole.
        self.has_lost_its_client = asyncio.Event()

    async def complete(self, request: web.Request) -> web.StreamResponse:
        asked = Asked(headers=request.headers, body=await request.json())
        self.asked.append(asked)
        reply = self.replies.pop(0) if self.replies else self.default
        if isinstance(reply, Failure):
            return _failure(reply, asked)
        if asked.body.get("stream"):
            self.answering += 1
            try:
                return await _stream(request, reply)
            except (asyncio.CancelledError, ConnectionError):
                self.has_lost_its_client.set()
                raise
            finally:
                self.answering -= 1
        text = "".join(part for part in reply if isinstance(part, str))
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": "stop",
        }
        return web.json_response(_envelope("chat.completion", [choice]))

    async def moderate(self, request: web.Request) -> web.StreamResponse:
        text = (await request.json())["input"]
        self.moderated.append(text)
        flagged = self.forbidden is not None and self.forbidden in text
        result = {"flagged": flagged, "categories": {}, "category_scores": {}}
        return web.json_response({"id": "m", "model": "test-model", "results": [result]})


@asynccontextmanager
async def serve_openai() -> AsyncIterator[OpenAIServer]:
    """The server on a free port of the loopback; `url` is what OPENAI_BASE_URL wants."""
    server = OpenAIServer()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.complete)
    app.router.add_post("/v1/moderations", server.moderate)
    # A reply may still wait for its event: it is cut off. 0 would mean to wait for ever.
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        yield server
    finally:
        await runner.cleanup()


def _failure(failure: Failure, asked: Asked) -> web.Response:
    error = {"message": f"refused: {asked.authorization}", "type": "error", "code": None}
    # The client tries 429 and 5xx again by itself; it need not wait long for that.
    headers = {"retry-after-ms": "1"}
    return web.json_response({"error": error}, status=failure.status, headers=headers)


async def _stream(request: web.Request, parts: Sequence[Part]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(_frame([_choice({"role": "assistant", "content": ""})]))
    for part in parts:
        if isinstance(part, asyncio.Event):
            await part.wait()
        elif part is Oddity.CUT:
            # Without the final chunk the client sees a broken body, not an end.
            assert request.transport is not None
            request.transport.abort()
            return response
        elif isinstance(part, Call):
            for delta in part.deltas():
                await response.write(_frame([_choice({"tool_calls": [delta]})]))
        else:
            await response.write(_bytes_of(part))
    reason = "tool_calls" if any(isinstance(part, Call) for part in parts) else "stop"
    await response.write(_frame([_choice({}, finish_reason=reason)]) + b"data: [DONE]\n\n")
    return response


def _bytes_of(part: str | Oddity) -> bytes:
    if isinstance(part, str):
        return _frame([_choice({"content": part})])
    if part is Oddity.NO_CHOICES:
        return _frame([])
    if part is Oddity.NO_CONTENT:
        return _frame([_choice({"content": None})])
    if part is Oddity.HALF_AN_EMOJI:
        return _frame([_choice({"content": "?"})]).replace(b"?", b"\\ud83d")
    return b'data: {"choices": [{"del\n\n'


def _frame(choices: list[JSON]) -> bytes:
    text = json.dumps(_envelope("chat.completion.chunk", choices), ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def _choice(delta: JSON, finish_reason: str | None = None) -> JSON:
    return {"index": 0, "delta": delta, "finish_reason": finish_reason}


def _envelope(kind: str, choices: list[JSON]) -> dict[str, JSON]:
    return {
        "id": "chatcmpl-1",
        "object": kind,
        "created": 1,
        "model": "test-model",
        "choices": choices,
    }
