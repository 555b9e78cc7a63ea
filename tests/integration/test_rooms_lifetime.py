"""Rooms over time: what clients, a reload and a server that was killed leave behind."""

from __future__ import annotations

import asyncio
import shutil
import signal
from pathlib import Path
from socket import SHUT_RDWR

import pytest

from motia_py.messages import JSON
from motia_py.testing import MotiaTester
from tests.chatting import ROOT
from tests.command_line import serving
from tests.openai_server import OpenAIServer
from tests.rooms_chatting import Chatter, chatting, saying
from tests.serving import until
from tests.socket_steps import left_behind

CLIENTS = 100


async def ask_and_leave(motia: MotiaTester, number: int) -> None:
    """A client that goes in mid-answer, as its library does it."""
    async with chatting(motia.url, room=f"room {number % 10}") as client:
        await client.ask()
        await client.until("stream-chunk")


async def ask_and_break_off(motia: MotiaTester, number: int) -> None:
    """A client whose connection is cut off in mid-answer, without a word."""
    async with motia.connect("/socket.io/?EIO=4&transport=websocket") as socket:
        await socket.receive_str()
        await socket.send_str("40")
        await socket.send_str(f'42["join-room",{{"roomName":"room {number % 10}"}}]')
        await socket.send_str('42["stream-chat",{"messages":[{"role":"user","content":"Hi"}]}]')
        while "stream-chunk" not in await socket.receive_str():
            pass
        socket.get_extra_info("socket").shutdown(SHUT_RDWR)


async def test_clients_that_go_in_mid_answer_leave_nothing_behind(
    motia: MotiaTester, upstream: OpenAIServer
) -> None:
    """S4.19, S4.16: no task, no client with its session, no room, no call to the model."""
    upstream.default = ("Hel", asyncio.Event(), "lo")
    await ask_and_leave(motia, 0)
    await until(lambda: not left_behind(motia) and upstream.answering == 0)
    before = asyncio.all_tasks()

    for leaving in (ask_and_leave, ask_and_break_off):
        await asyncio.gather(*(leaving(motia, number) for number in range(CLIENTS // 2)))
    await until(lambda: not left_behind(motia) and upstream.answering == 0)
    await until(lambda: asyncio.all_tasks() <= before)

    assert len(upstream.asked) == CLIENTS + 1


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The rooms in a project of their own."""
    for folder in ("steps/rooms", "steps/models"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


async def test_after_a_server_was_killed_rooms_are_empty(root: Path) -> None:
    """S4.19: nobody says goodbye then."""
    async with serving(root, "start") as running, chatting(running.url, room="tea") as client:
        people = await client.people()
        await running.end(signal.SIGKILL)
        await client.socket.has_left.wait()
    async with serving(root, "start") as running, chatting(running.url) as client:
        after = await client.people()
        await client.join()
        again = await client.people()
        await running.end()

    assert (people, after, again) == (["Anonymous"], [], ["Anonymous"])


async def test_a_reload_takes_nobody_out_of_a_room(root: Path, upstream: OpenAIServer) -> None:
    """S4.19, SX.5: clients stay connected, and in their rooms."""

    async def hear(ann: Chatter, ben: Chatter) -> JSON:
        await ann.socket.call("stream-chat", saying())
        return (await ben.until("stream-complete"))[-1].data["participantName"]

    env = {"OPENAI_BASE_URL": upstream.url}
    async with (
        serving(root, "dev", **env) as running,
        chatting(running.url, room="tea", name="Ann") as ann,
        chatting(running.url, room="tea", name="Ben") as ben,
    ):
        with (root / "steps/rooms/membership.py").open("a") as module:
            module.write("\n# changed\n")
        await running.says("reloaded in")
        people = await ann.people()
        name = await hear(ann, ben)

    assert people == ["Ann", "Ben"]
    assert name == "Ann"
