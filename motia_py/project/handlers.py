"""How a handler wants to be called, read from its signature. Pure: calls nothing."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Literal

from motia_py.errors import ConfigError
from motia_py.project.declarations import StepConfig

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerShape:
    """How many arguments a handler gets, and what calling it gives.

    `coroutine`: something to await; `generator`: an asynchronous generator; `function`: the result
    itself, so it belongs on a thread.
    """

    arity: Literal[0, 1, 2]
    kind: Literal["coroutine", "function", "generator"]


def shape_of(handler: object) -> HandlerShape:
    """The shape of a function, a method, a `functools.partial` or an object with `__call__`.

    Raises:
        ConfigError: it cannot be called with none, one or two arguments, or is a plain generator.
    """
    if not callable(handler):
        raise ConfigError(
            f"`handler` is of type {type(handler).__name__}, not a function",
            advice="define it as `async def handler(input, context):`",
        )
    return HandlerShape(arity=_arity(handler), kind=_kind(handler))


def shape_in(config: StepConfig, handler: object) -> HandlerShape:
    """The shape of a step's handler; that of a step without triggers is never called.

    Raises:
        ConfigError: as `shape_of`, or the step's triggers or its isolation do not go with it.
    """
    if not config.triggers:
        return HandlerShape(arity=0, kind="function")
    if handler is None:
        raise ConfigError(
            f"step {config.name!r} has no `handler`",
            advice="add `async def handler(input, context):` to the file",
        )
    shape = shape_of(handler)
    if shape.kind == "generator":
        _refuse_unheard_values(config)
    return shape


def _refuse_unheard_values(config: StepConfig) -> None:
    other = next((each.type for each in config.triggers if each.type != "http"), None)
    if other is not None:
        raise ConfigError(
            f"`handler` yields, but step {config.name!r} has a {other} trigger, where nobody"
            " receives what it yields",
            advice="use `return`, or move the http trigger into a step of its own",
        )
    if config.isolation == "thread":
        raise ConfigError(
            f"`handler` yields, so step {config.name!r} cannot run on a thread: what it yields is"
            " sent by the server's own loop",
            advice="take `isolation` out and use asyncio.to_thread(...) for what blocks, or return"
            " a whole answer",
        )


def _kind(handler: Callable[..., Any]) -> Literal["coroutine", "function", "generator"]:
    called = handler.func if isinstance(handler, functools.partial) else handler
    if not (inspect.isroutine(called) or inspect.isclass(called)):
        called = type(called).__call__
    if inspect.isgeneratorfunction(called):
        raise ConfigError(
            "`handler` is a generator, which would hold up everything else between two values",
            advice="write `async def` in place of `def`, or return an EventStream",
        )
    if inspect.isasyncgenfunction(called):
        return "generator"
    return "coroutine" if inspect.iscoroutinefunction(called) else "function"


def _arity(handler: Callable[..., Any]) -> Literal[0, 1, 2]:
    parameters = _parameters(handler)
    positional = [parameter for parameter in parameters if parameter.kind in _POSITIONAL]
    required = [parameter.name for parameter in positional if parameter.default is parameter.empty]
    named_only = [
        parameter.name
        for parameter in parameters
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty
    ]
    if len(required) > 2 or named_only:
        raise ConfigError(
            f"`handler` requires the arguments ({', '.join([*required, *named_only])})",
            advice="a handler is called with (input, context), (input) or nothing;"
            " give every other argument a default",
        )
    if len(positional) >= 2 or any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return 2
    return 1 if positional else 0


def _parameters(handler: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        signature = inspect.signature(handler, follow_wrapped=False)
    except ValueError as error:
        raise ConfigError(
            "`handler` does not tell its arguments",
            advice="call it from an `async def handler(input, context):` of your own",
        ) from error
    parameters = list(signature.parameters.values())
    # A decorator's `*args` only hands on what the function inside it takes.
    inner = getattr(handler, "__wrapped__", None)
    if inner is not None and any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return _parameters(inner)
    return parameters


def accepted(function: Callable[..., Any], limit: int) -> int:
    """How many positional arguments, at most `limit`, a condition, middleware or hook takes.

    One that does not tell gets all of them.
    """
    # Middleware runs for every request; a plain function's code says it at once.
    if isinstance(function, FunctionType) and not hasattr(function, "__wrapped__"):
        code = function.__code__
        return limit if code.co_flags & inspect.CO_VARARGS else min(limit, code.co_argcount)
    try:
        parameters = _parameters(function)
    except ConfigError:
        return limit
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return limit
    return min(limit, sum(each.kind in _POSITIONAL for each in parameters))
