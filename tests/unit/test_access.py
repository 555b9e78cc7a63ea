"""Who may watch: every doubt is a no."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from motia_py.project.declarations import StreamConfig
from motia_py.runtime.access import DENIED, StreamAccess, Subscription, Visitor
from motia_py.runtime.frames import Channel
from motia_py.runtime.requests import Request
from tests.serving import run_hook

ITEM = Channel("chat", "room", "m1")
REQUEST = Request(method="GET", path="/", query_string="authToken=t")


def raising(*_: Any) -> Any:
    raise ValueError("no")


async def timing_out(*_: Any) -> Any:
    raise TimeoutError


def access(authenticate: Callable[..., Any] | None = None) -> StreamAccess:
    return StreamAccess(
        run_hook=run_hook, authenticate=lambda: authenticate, make_context=lambda: "context"
    )


async def joined(**hooks: Any) -> bool:
    config = StreamConfig(name="chat", **hooks)
    return await access().may_join(config, ITEM, Visitor(context={"user": "u"})) is None


async def test_without_a_hook_everybody_is_anonymous() -> None:
    assert await access().authenticate(REQUEST) == Visitor(context=None)


@pytest.mark.parametrize(
    ("said", "context"),
    [
        (None, None),
        ({"user": "u"}, {"user": "u"}),
        ("u", "u"),
        (True, None),
        ({"authorized": True, "context": {"user": "u"}}, {"user": "u"}),
        ({"authorized": True, "user": "u"}, {"authorized": True, "user": "u"}),
        (SimpleNamespace(authorized=True, context="u"), "u"),
    ],
)
async def test_authenticate_says_who_it_is(said: Any, context: Any) -> None:
    assert await access(lambda request: said).authenticate(REQUEST) == Visitor(context=context)


@pytest.mark.parametrize(
    "hook",
    [
        raising,
        timing_out,
        lambda request: False,
        lambda request: {"authorized": False},
        lambda request: {"authorized": None, "context": "u"},
        lambda request: {"authorized": 1},
        lambda request: SimpleNamespace(authorized=False),
    ],
)
async def test_authenticate_that_fails_or_says_no_refuses(hook: Callable[..., Any]) -> None:
    """SP.16."""
    assert await access(hook).authenticate(REQUEST) is None


async def test_authenticate_reads_the_request_both_ways() -> None:
    def hook(request: Request, context: Any) -> Any:
        return [request.query_params["authToken"], request["queryParams"], request.path, context]

    visitor = await access(hook).authenticate(REQUEST)

    assert visitor == Visitor(context=["t", {"authToken": "t"}, "/", "context"])


async def test_a_stream_without_hooks_is_open() -> None:
    assert await joined()


@pytest.mark.parametrize(
    ("said", "lets_in"),
    [(True, True), (False, False), (None, False), (1, False), ("yes", False), ({"ok": 1}, False)],
)
async def test_can_access_must_say_true(said: Any, lets_in: bool) -> None:
    assert await joined(can_access=lambda subscription, context: said) is lets_in


@pytest.mark.parametrize(
    ("said", "lets_in"),
    [
        ({}, True),
        ({"unauthorized": False}, True),
        (SimpleNamespace(unauthorized=False), True),
        ({"unauthorized": True}, False),
        ({"unauthorized": None}, False),
        ({"unauthorized": 0}, False),
        (SimpleNamespace(unauthorized=True), False),
        (None, True),
        (True, False),
    ],
)
async def test_on_join_must_not_say_unauthorized(said: Any, lets_in: bool) -> None:
    assert await joined(on_join=lambda subscription, context, auth: said) is lets_in


@pytest.mark.parametrize("hook", ["can_access", "on_join"])
@pytest.mark.parametrize("failing", [raising, timing_out])
async def test_a_hook_that_fails_denies(hook: str, failing: Callable[..., Any]) -> None:
    assert not await joined(**{hook: failing})


async def test_a_denial_does_not_say_why() -> None:
    config = StreamConfig(name="chat", can_access=raising)

    assert await access().may_join(config, ITEM, Visitor()) == DENIED == "Access denied"


async def test_both_hooks_must_agree() -> None:
    assert not await joined(can_access=lambda: True, on_join=lambda: {"unauthorized": True})
    assert not await joined(can_access=lambda: False, on_join=lambda: {"unauthorized": False})


async def test_hooks_are_called_by_arity_sync_or_async() -> None:
    seen: list[Any] = []

    async def can_access(subscription: Subscription, auth_context: Any) -> bool:
        seen.append((dict(subscription), subscription.group_id, subscription.id, auth_context))
        return True

    def on_join(subscription: Subscription) -> dict[str, bool]:
        seen.append(subscription.stream_name)
        return {"unauthorized": False}

    assert await joined(can_access=can_access, on_join=on_join)
    assert seen == [({"groupId": "room", "id": "m1"}, "room", "m1", {"user": "u"}), "chat"]


async def test_a_group_subscription_has_no_id() -> None:
    subscription = Subscription(Channel("chat", "room"))

    assert dict(subscription) == {"groupId": "room"}
    assert subscription.id is None


async def test_on_leave_is_told_and_its_failure_harms_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    config = StreamConfig(name="chat", on_leave=raising)

    with caplog.at_level(logging.WARNING):
        await access().left(config, ITEM, Visitor())

    assert "onLeave of stream chat" in caplog.text
