"""GET /openai/chatCompletion/stream/:sessionId: answers a session, once."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from motia_py import ApiResponse, Context, EventStream, Request, ServerSentEvent, http
from steps.rooms.answering import event, events_of
from steps.rooms.chat_sessions_stream import GROUP
from steps.rooms.messages import Chat
from steps.rooms.refusals import refusal

config = {
    "name": "ChatSessionStream",
    "description": "Streams the answer of a session as server-sent events",
    "triggers": [http("GET", "/openai/chatCompletion/stream/:sessionId")],
    "flows": ["rooms"],
}


async def handler(req: Request, context: Context) -> ApiResponse | EventStream:
    session_id = req.path_params["sessionId"]
    # Taken out at once: a browser's EventSource asks again when an answer ends, and the 404 that it
    # gets is what makes it stop. Of two who ask at the same time one is answered.
    session = await context.streams["chat-sessions"].delete(GROUP, session_id)
    if session is None:
        return refusal(404, "Session not found: start it, then fetch it once within ten minutes")
    chat = Chat(messages=session["messages"])
    return EventStream(answer(session_id, chat, context))


async def answer(session_id: str, chat: Chat, context: Context) -> AsyncIterator[ServerSentEvent]:
    yield event("connected", context, message="Connected to stream", sessionId=session_id)
    async with aclosing(events_of(chat, context)) as events:
        async for each in events:
            yield each
