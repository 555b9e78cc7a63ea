"""LiveKit as the environment names it, and tokens for its rooms. Optional: nothing needs it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from types import ModuleType
from uuid import uuid4

TOKEN_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveKitServer:
    """`url` is where clients connect, as `wss://example.livekit.cloud`."""

    url: str
    key: str
    secret: str = field(repr=False)


def configured_server() -> LiveKitServer | None:
    """The server; None unless the environment has all three variables."""
    url = os.environ.get("LIVEKIT_URL")
    key = os.environ.get("LIVEKIT_API_KEY")
    secret = os.environ.get("LIVEKIT_API_SECRET")
    return LiveKitServer(url=url, key=key, secret=secret) if url and key and secret else None


def library() -> ModuleType:
    """The package `livekit-api`. It is slow when called first: call it on a thread.

    Raises:
        ImportError: it is not installed.
    """
    # Not at the top: who does not use LiveKit needs neither the package nor the time.
    from livekit import api

    return api


def token_for(server: LiveKitServer, room: str, participant: str) -> str:
    """A token with which a client joins this room, for an hour. Slow when called first.

    Raises:
        ImportError: `livekit-api` is not installed.
    """
    api = library()
    token = api.AccessToken(server.key, server.secret)
    # LiveKit puts out who is there already under the same identity; a name may come twice.
    token.with_identity(f"{participant}-{uuid4().hex[:8]}").with_name(participant)
    token.with_grants(api.VideoGrants(room_join=True, room=room)).with_ttl(TOKEN_LIFE)
    text: str = token.to_jwt()
    return text
