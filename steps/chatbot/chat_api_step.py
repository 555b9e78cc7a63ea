"""POST /chat: stores what the user said, makes room for the answer and returns at once."""

from uuid import uuid4

from pydantic import BaseModel, Field

from motia_py import Context, Request
from steps.chatbot.conversation_stream import Message

RECEIVED = {
    "en": "Message received, AI is responding...",
    "zh": "消息已接收，AI正在响应...",
}


class ChatRequest(BaseModel):
    message: str = Field(min_length=1)
    conversation_id: str | None = Field(default=None, alias="conversationId")


config = {
    "type": "api",
    "name": "ChatApi",
    "description": "Takes a message; its answer streams into the conversation",
    "method": "POST",
    "path": "/chat",
    "bodySchema": ChatRequest,
    "emits": ["chat-message"],
    "flows": ["chatbot"],
}


async def handler(req: Request, context: Context) -> dict[str, object]:
    text = req.model.message
    conversation_id = req.model.conversation_id or str(uuid4())
    answer_id = str(uuid4())
    conversation = context.streams.conversation

    question = Message(sender="user", message=text, status="completed")
    await conversation.set(conversation_id, str(uuid4()), question)
    answer = Message(sender="assistant", message="", status="created")
    stored = await conversation.set(conversation_id, answer_id, answer)

    ids = {"conversationId": conversation_id, "assistantMessageId": answer_id}
    event = {"topic": "chat-message", "data": {"message": text, **ids}}
    # Within a group events are handled in order: one answer of a conversation after the other.
    await context.emit({**event, "messageGroupId": conversation_id})

    wanted = (req.header("accept-language") or "").lower()
    language = "zh" if wanted.startswith("zh") else "en"
    body = {**stored, **ids, "message": RECEIVED[language], "status": "streaming"}
    return {"status": 200, "body": body}
