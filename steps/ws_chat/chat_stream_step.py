"""POST /api/chat/stream: answers at once and streams over a WebSocket, or waits for the whole."""

from contextlib import aclosing
from urllib.parse import quote
from uuid import uuid4

from motia_py import Context, Request
from steps.models.completions import ModelFailed
from steps.ws_chat.answering import FAILED, Begin, Question, answer_of

config = {
    "type": "api",
    "name": "ChatStream",
    "description": "Takes a message; its answer streams to the user's sockets",
    "method": "POST",
    "path": "/api/chat/stream",
    "bodySchema": Question,
    "emits": ["chat-stream-message"],
    "flows": ["ws-chat"],
}


async def handler(req: Request, context: Context) -> dict[str, object]:
    question: Question = req.model
    user_id = question.user_id or f"user-{uuid4()}"
    # Not the run's own trace id: one that a client brings can stand for several questions.
    trace_id = uuid4().hex
    ids = {"traceId": trace_id, "userId": user_id}
    context.logger.info("ChatStream received message", {**ids, "stream": question.stream})
    if not question.stream:
        return await whole_answer(question, trace_id, context)

    await context.emit({"topic": "chat-stream-message", "data": {"question": question, **ids}})
    address = "/streams/chat-messages/" + quote(f"user:{user_id}", safe=":")
    return {"status": 200, "body": {**ids, "status": "streaming", "streamUrl": address}}


async def whole_answer(question: Question, trace_id: str, context: Context) -> dict[str, object]:
    try:
        async with aclosing(answer_of(question, context)) as parts:
            async for part in parts:
                if isinstance(part, Begin):
                    provider, text = part.provider, ""
                else:
                    text += part
    except ModelFailed as failure:
        return {"status": 500, "body": {"error": FAILED, "message": str(failure)}}
    body = {
        "traceId": trace_id,
        "response": text,
        "assistantType": question.assistant_type,
        "llmProvider": provider.name,
        "model": provider.model,
    }
    return {"status": 200, "body": body}
