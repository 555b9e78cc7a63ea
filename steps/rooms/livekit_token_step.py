"""POST /livekit/token: lets a client into LiveKit's room of that name, if there is LiveKit."""

import asyncio

from motia_py import ApiResponse, Request, http
from steps.rooms.livekit_server import configured_server, token_for
from steps.rooms.messages import Joining, Unfit
from steps.rooms.refusals import bad_request, body_of, refusal

NOT_CONFIGURED = (
    "LiveKit is not configured: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET"
)

config = {
    "name": "LiveKitToken",
    "description": "Gives a token for a room of LiveKit",
    "triggers": [http("POST", "/livekit/token")],
    "flows": ["rooms"],
}


async def handler(req: Request) -> ApiResponse:
    server = configured_server()
    if server is None:
        return refusal(503, NOT_CONFIGURED)
    try:
        joining = body_of(req, Joining)
    except Unfit as unfit:
        return bad_request(unfit)
    room, participant = joining.room_name, joining.name
    try:
        token = await asyncio.to_thread(token_for, server, room, participant)
    except ImportError:
        return refusal(503, "LiveKit needs a package: pip install livekit-api")
    body = {"token": token, "url": server.url, "roomName": room, "participantName": participant}
    return ApiResponse(body=body)
