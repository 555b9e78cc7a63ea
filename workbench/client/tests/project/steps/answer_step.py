"""POST /answer: an answer in the response, as seed 002 has it; what is asked says how it ends."""

from collections.abc import AsyncIterator

from motia_py import Request, ServerSentEvent

config = {"type": "api", "name": "Answer", "method": "POST", "path": "/answer", "emits": []}


async def handler(req: Request) -> AsyncIterator[ServerSentEvent]:
    conversation = req.body["conversationId"]
    for index, word in enumerate(["data: ", "字🙂", " end"], start=1):
        chunk = {"content": word, "index": index, "conversationId": conversation}
        yield ServerSentEvent(event="chunk", data=chunk)
    if req.body["message"] == "fail":
        yield ServerSentEvent(event="error", data={"error": "Failed to generate response"})
        return
    yield ServerSentEvent(event="complete", data={"conversationId": conversation})
