"""POST /openai/chatCompletion: the model's whole answer as OpenAI gives it, or as events."""

from motia_py import ApiResponse, Context, EventStream, Request, http
from steps.models.completions import ModelFailed
from steps.rooms.answering import events_of, told, whole_of
from steps.rooms.messages import Chat, Unfit
from steps.rooms.refusals import bad_request, body_of, refusal

SIMPLE = "/openai/chatCompletion/simple"

config = {
    "name": "ChatCompletion",
    "description": "Answers a conversation, whole or as server-sent events",
    "triggers": [http("POST", "/openai/chatCompletion"), http("POST", SIMPLE)],
    "flows": ["rooms"],
}


async def handler(req: Request, context: Context) -> ApiResponse | EventStream:
    try:
        chat = body_of(req, Chat)
    except Unfit as unfit:
        return bad_request(unfit)
    accepted = req.header("accept") or ""
    if "text/event-stream" in accepted and context.trigger.path != SIMPLE:
        return EventStream(events_of(chat, context))
    try:
        return ApiResponse(body=await whole_of(chat, context))
    except ModelFailed as failure:
        return refusal(502, told(failure, context))
