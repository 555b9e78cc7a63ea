"""POST /openai/chatCompletion/stream/start: keeps a conversation until its answer is fetched."""

from urllib.parse import quote
from uuid import uuid4

from motia_py import ApiResponse, Context, Request, http
from steps.rooms.chat_sessions_stream import GROUP, ChatSession
from steps.rooms.messages import SessionRequest, Unfit
from steps.rooms.refusals import bad_request, body_of

CREATED = "Session created. Connect to streamUrl for real-time responses."

config = {
    "name": "StartChatSession",
    "description": "Keeps a conversation until its answer is fetched",
    "triggers": [http("POST", "/openai/chatCompletion/stream/start")],
    "flows": ["rooms"],
}


async def handler(req: Request, context: Context) -> ApiResponse:
    try:
        asked = body_of(req, SessionRequest)
    except Unfit as unfit:
        return bad_request(unfit)
    session_id = asked.session_id or str(uuid4())
    # A session of this id that still waits is replaced: the newer question is the one meant.
    session = ChatSession(messages=asked.messages)
    await context.streams["chat-sessions"].set(GROUP, session_id, session)
    address = "/openai/chatCompletion/stream/" + quote(session_id, safe="")
    body = {"sessionId": session_id, "streamUrl": address, "message": CREATED}
    return ApiResponse(status=201, body=body)
