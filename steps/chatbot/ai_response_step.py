"""Answers a chat message: each token of the model makes the answer grow, for all who watch."""

from contextlib import aclosing
from itertools import takewhile
from typing import Any

from pydantic import BaseModel, Field

from motia_py import Context
from steps.chatbot.conversation_stream import Message, Status
from steps.models.completions import ModelFailed, tokens_of
from steps.models.providers import chosen_provider

MODEL = "gpt-4o-mini"
PROMPT = "You are a helpful AI assistant. Keep responses concise and friendly."
APOLOGY = "Sorry, I encountered an error. Please try again."
#: How many earlier messages go to the model: a long conversation would outgrow its window.
REMEMBERED_MESSAGES = 20


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

    async def show(text: str, status: Status) -> None:
        message = Message(sender="assistant", message=text, status=status)
        await conversation.set(asked.conversation_id, asked.answer_id, message)

    text = ""
    await show(text, "streaming")
    said = turns(await conversation.get_group(asked.conversation_id), asked)
    prompt = {"role": "system", "content": PROMPT}
    provider = chosen_provider(context, MODEL)
    try:
        async with aclosing(tokens_of(provider, [prompt, *said], context)) as tokens:
            async for token in tokens:
                text += token
                await show(text, "streaming")
    except ModelFailed as failure:
        context.logger.error("the model failed", {"error": str(failure)})
        text = APOLOGY
    await show(text, "completed")


def turns(items: list[Any], asked: ChatMessage) -> list[dict[str, str]]:
    """What was said last before this answer, then the question; failed answers are left out."""
    earlier = takewhile(lambda item: item["id"] != asked.answer_id, items)
    said = [
        {"role": item["from"], "content": item["message"]}
        for item in earlier
        if item["status"] == "completed" and item["message"] != APOLOGY
    ]
    question = {"role": "user", "content": asked.message}
    if said[-1:] == [question]:
        said.pop()
    return [*said[-REMEMBERED_MESSAGES:], question]
