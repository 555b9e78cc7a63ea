"""What `motia_config.py` sets for the whole project. Pure: reads a module's names, runs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from motia_py.errors import ConfigError
from motia_py.messages import JSON
from motia_py.project.declarations import Middleware


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectHooks:
    """`authenticate(request)` gives the auth context; `middleware` stands before every route's."""

    authenticate: Callable[..., Any] | None = None
    middleware: tuple[Middleware, ...] = ()
    settings: Mapping[str, JSON] = field(default_factory=dict)


def hooks_in(names: Mapping[str, Any]) -> ProjectHooks:
    """The hooks among a module's names.

    Raises:
        ConfigError: one of them has the wrong form.
    """
    authenticate = names.get("authenticate")
    if authenticate is not None and not callable(authenticate):
        raise ConfigError(
            "`authenticate` is not a function",
            advice="define it as `async def authenticate(request):`",
        )
    middleware = names.get("middleware", ())
    if not isinstance(middleware, list | tuple) or not all(map(callable, middleware)):
        raise ConfigError(
            "`middleware` is not a list of functions", advice="write `middleware = [check_key]`"
        )
    settings = names.get("settings", {})
    if not isinstance(settings, Mapping):
        raise ConfigError("`settings` is not a dict", advice='write `settings = {"name": "value"}`')
    return ProjectHooks(authenticate=authenticate, middleware=tuple(middleware), settings=settings)


def _refuse(*_: object) -> NoReturn:
    raise ConfigError(
        "motia_config.py failed to load, so nobody can be let in", advice="mend motia_config.py"
    )


#: In place of hooks that never loaded: the doors that they would guard stay shut.
CLOSED_HOOKS = ProjectHooks(authenticate=_refuse, middleware=(_refuse,))
