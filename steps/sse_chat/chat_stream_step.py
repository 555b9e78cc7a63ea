"""POST /chat/stream: the model's answer as server-sent events, word by word."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from time import monotonic
from uuid import uuid4

from pydantic import BaseModel, Field
from pydantic.alias_generators import to_camel

from motia_py import ApiResponse, Context, EventStream, Request, ServerSentEvent, http
from steps.sse_chat.answering import answer_of
from steps.sse_chat.conversation import Message, messages_of, remember
from steps.sse_chat.limits import refusal_of, spend

FAILED = "Failed to generate response"


class ChatRequest(BaseModel, alias_generator=to_camel):
    message: str = Field(min_length=1, max_length=20_000)
    session_id: str | None = Field(default=None, max_length=200)
    conversation_id: str | None = Field(default=None, max_length=200)


config = {
    "name": "AI Chat Stream",
    "description": "Streams AI chat responses using SSE",
    "triggers": [http("POST", "/chat/stream", body_schema=ChatRequest)],
    "enqueues": ["chat.message.completed"],
    "flows": ["ai-chatbot"],
}


async def handler(req: Request, context: Context) -> ApiResponse | EventStream:
    asked: ChatRequest = req.model
    conversation_id = asked.conversation_id or str(uuid4())
    session_id = asked.session_id or conversation_id
    ids = {"sessionId": session_id, "conversationId": conversation_id}
    context.logger.info("Chat request received", ids)

    refusal = await refusal_of(session_id, asked.message, context)
    # Once the first event is sent, there is no status to say it with.
    return refusal or EventStream(turn(asked.message, session_id, conversation_id, context))


async def turn(
    message: str, session_id: str, conversation_id: str, context: Context
) -> AsyncIterator[ServerSentEvent]:
    """A chunk for each piece of the answer, then `complete`, or `error` and nothing is kept."""
    here = {"conversationId": conversation_id}
    began = monotonic()
    question = Message(role="user", content=message, timestamp=milliseconds(context))
    said, answer, chunks = [question], "", 0
    try:
        said = [*await messages_of(conversation_id, context), question]
        async with aclosing(answer_of(said, context)) as pieces:
            async for piece in pieces:
                answer, chunks = answer + piece, chunks + 1
                yield event("chunk", {"content": piece, "index": chunks, **here})
        reply = Message(role="assistant", content=answer, timestamp=milliseconds(context))
        count = await remember(conversation_id, [question, reply], context)
        completed = {
            **here,
            "sessionId": session_id,
            "messageLength": len(message),
            "responseLength": len(answer),
            "chunkCount": chunks,
            "timestamp": milliseconds(context),
            "responseTime": round((monotonic() - began) * 1000),
        }
        # Not awaited: the client need not wait for it. One group: counted one after the other.
        context.enqueue("chat.message.completed", completed, group=session_id)
        yield event("complete", {**here, "messageCount": count, "responseLength": len(answer)})
        context.logger.info("Chat response completed", completed)
    except Exception as error:
        context.logger.error("Chat streaming error", {"error": str(error), **here})
        yield event("error", {"error": FAILED, **here})
    finally:
        if answer:  # What was cut off has cost something, too.
            characters = len(answer) + sum(len(message["content"]) for message in said)
            await spend(session_id, characters, context)


def event(name: str, data: dict[str, object]) -> ServerSentEvent:
    # Clients in the wild cut a frame at `data: `: inside of a text it must not look like that.
    text = json.dumps(data, ensure_ascii=False).replace("data: ", "data:\\u0020")
    return ServerSentEvent(event=name, data=text)


def milliseconds(context: Context) -> int:
    return int(context.now() * 1000)
