"""Who may watch: asks the project's own hooks, and takes every doubt for a no.

`authenticate` says who opened a socket, `canAccess` and `onJoin` decide each join. A hook that
fails, takes too long or answers anything but a clear yes denies.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from motia_py.project.declarations import StreamConfig
from motia_py.runtime.frames import Channel
from motia_py.runtime.requests import Request

#: Runs user code safely: function, all arguments that it may take, time limit in seconds.
RunHook = Callable[[Callable[..., Any], tuple[Any, ...], float], Awaitable[Any]]

#: What a client is told when a hook said no; the reason is only logged.
DENIED = "Access denied"

_log = logging.getLogger("motia_py.access")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who is at the door: `context` is what `authenticate` said, None for an anonymous one."""

    context: Any = None


class Subscription(dict[str, str]):
    """What the hooks are told of a join: `{"groupId", "id"?}`, and the same as attributes."""

    def __init__(self, channel: Channel) -> None:
        super().__init__({"groupId": channel.group})
        if channel.id is not None:
            self["id"] = channel.id
        self.stream_name = channel.stream
        self.group_id = channel.group
        self.id = channel.id


class StreamAccess:
    """`authenticate` gives the project's hook of that name as it is now, None if it has none.

    `make_context` gives the context that `onJoin` and `onLeave` take. `limit_seconds` is for each
    call of a hook.
    """

    def __init__(
        self,
        *,
        run_hook: RunHook,
        authenticate: Callable[[], Callable[..., Any] | None],
        make_context: Callable[[], Any],
        limit_seconds: float = 10.0,
    ) -> None:
        self._run_hook = run_hook
        self._find_authenticate = authenticate
        self._make_context = make_context
        self._limit_seconds = limit_seconds

    async def authenticate(self, request: Request) -> Visitor | None:
        """Who sent the request; None if it is refused.

        The hook refuses by raising, or by a result whose `authorized` is not True. A result with an
        `authorized` may carry the context as `context`.
        """
        hook = self._find_authenticate()
        if hook is None:
            return Visitor()
        try:
            said = await self._call(hook, request, self._make_context())
        except Exception as error:
            _tell("authenticate", "it failed", error)
            return None
        if isinstance(said, bool):
            return Visitor() if said else None
        if _part(said, "authorized", True) is not True:
            return None
        return Visitor(context=_part(said, "context", said) if _has(said, "authorized") else said)

    async def may_join(
        self, config: StreamConfig, channel: Channel, visitor: Visitor
    ) -> str | None:
        """Why the visitor may not watch the channel; None if it may."""
        subscription = Subscription(channel)
        if config.can_access is not None:
            hook = f"canAccess of stream {config.name}"
            try:
                said = await self._call(config.can_access, subscription, visitor.context)
            except Exception as error:
                _tell(hook, "it failed", error)
                return DENIED
            if said is not True:
                return DENIED
        if config.on_join is not None:
            hook = f"onJoin of stream {config.name}"
            try:
                said = await self._call(
                    config.on_join, subscription, self._make_context(), visitor.context
                )
            except Exception as error:
                _tell(hook, "it failed", error)
                return DENIED
            return _refused_by_join(hook, said)
        return None

    async def left(self, config: StreamConfig, channel: Channel, visitor: Visitor) -> None:
        """Tell `onLeave`; nothing depends on what it says."""
        if config.on_leave is None:
            return
        try:
            await self._call(
                config.on_leave, Subscription(channel), self._make_context(), visitor.context
            )
        except Exception as error:
            _tell(f"onLeave of stream {config.name}", "it failed", error)

    def _call(self, hook: Callable[..., Any], *args: Any) -> Awaitable[Any]:
        return self._run_hook(hook, args, self._limit_seconds)


def _refused_by_join(hook: str, said: Any) -> str | None:
    # Nothing said is no objection, as in Motia 1.0; whoever says something must be clear.
    if said is None:
        return None
    if not isinstance(said, Mapping) and not _has(said, "unauthorized"):
        _tell(
            hook, f'it returned {type(said).__name__}, return {{"unauthorized": False}} to let in'
        )
        return DENIED
    return None if _part(said, "unauthorized", False) is False else DENIED


def _has(said: Any, name: str) -> bool:
    return name in said if isinstance(said, Mapping) else hasattr(said, name)


def _part(said: Any, name: str, default: Any) -> Any:
    return said.get(name, default) if isinstance(said, Mapping) else getattr(said, name, default)


def _tell(hook: str, problem: str, error: Exception | None = None) -> None:
    _log.warning(
        "access refused by %s: %s",
        hook,
        problem,
        exc_info=error,
        extra={"action": "access.hook_failed"},
    )
