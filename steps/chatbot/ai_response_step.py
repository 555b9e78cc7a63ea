"""Answers a chat message: each token of the model makes the answer grow, for all who watch."""

import asyncio
import os
from itertools import takewhile

from pydantic import BaseModel, Field

from motia_py import Context
from steps.chatbot.conversation_stream import Message
from steps.chatbot.model import open_model

SYSTEM = "You are a helpful AI assistant. Keep responses concise and friendly."
APOLOGY = "Sorry, I encountered an error. Please try again."


class ChatMessage(BaseModel):
    message: str
    conversation_id: str = Field(alias="conversationId")
    answer_id: str = Field(alias="assistantMessageId")


config = {
    "type": "event",
    "name": "AiResponse",
    "description": "Streams the model's answer into the conversation",
    "subscribes": ["chat-message"],
    "input": ChatMessage,
    "flows": ["chatbot"],
}


async def handler(asked: ChatMessage, context: Context) -> None:
    conversation = context.streams.conversation
    answer = await conversation.get(asked.conversation_id, asked.answer_id)
    if answer and answer["status"] == "completed":
        return  # An event can come twice: if the server died before it was ticked off.

    async def show(text: str, status: str) -> None:
        message = Message(sender="assistant", message=text, status=status)
        await conversation.set(asked.conversation_id, asked.answer_id, message)

    text = ""
    await show(text, "streaming")
    try:
        items = await conversation.get_group(asked.conversation_id)
        # On a thread: making the client takes long enough to be felt by other requests.
        async with await asyncio.to_thread(open_model, context.base_url) as model:
            chunks = await model.chat.completions.create(
                model=os.environ.get("OPENAI_MODEL") or "gpt-4o-mini",
                messages=[{"role": "system", "content": SYSTEM}, *turns(items, asked)],
                stream=True,
            )
            async for chunk in chunks:
                # Some servers send chunks without a choice, or without content.
                if chunk.choices and chunk.choices[0].delta.content:
                    text += chunk.choices[0].delta.content
                    await show(text, "streaming")
    except Exception as error:
        # Only its kind is logged: the text of an error may quote the API key.
        context.logger.error("the model failed", {"error": type(error).__name__})
        text = APOLOGY
    await show(text, "completed")


def turns(items: list[dict], asked: ChatMessage) -> list[dict]:
    """What was said up to this answer, the question last; failed answers are left out."""
    earlier = takewhile(lambda item: item["id"] != asked.answer_id, items)
    said = [
        {"role": item["from"], "content": item["message"]}
        for item in earlier
        if item["status"] == "completed" and item["message"] != APOLOGY
    ]
    question = {"role": "user", "content": asked.message}
    return said if said[-1:] == [question] else [*said, question]
