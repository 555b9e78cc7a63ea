from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from motia_py.errors import ConfigError
from motia_py.project.handlers import HandlerShape, accepted, shape_of


async def none() -> None: ...
async def one(input: Any) -> None: ...
async def two(input: Any, context: Any) -> None: ...
async def two_and_a_default(input: Any, context: Any, client: Any = None) -> None: ...
async def one_and_a_default(input: Any, context: Any = None) -> None: ...
async def any_number(*arguments: Any) -> None: ...
async def one_and_more(input: Any, *rest: Any) -> None: ...
async def named_with_default(input: Any, *, client: Any = None) -> None: ...
async def positional_only(input: Any, context: Any, /) -> None: ...
async def by_name_too(input: Any, **more: Any) -> None: ...
async def three(input: Any, context: Any, client: Any) -> None: ...
async def named(input: Any, *, client: Any) -> None: ...
def plain(input: Any, context: Any) -> None: ...


async def events(input: Any, context: Any) -> AsyncIterator[str]:
    yield "x"


def generator(input: Any) -> Iterator[str]:
    yield "x"


def traced(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def wrapper(*arguments: Any, **named: Any) -> Any:
        return await function(*arguments, **named)

    return wrapper


def fixed(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def wrapper(input: Any, context: Any) -> Any:
        return await function(input)

    return wrapper


class Chat:
    async def __call__(self, input: Any) -> None: ...
    async def answer(self, input: Any, context: Any) -> None: ...
    async def stream(self, input: Any) -> AsyncIterator[str]:
        yield "x"


@pytest.mark.parametrize(
    ("handler", "arity", "kind"),
    [
        (none, 0, "coroutine"),
        (one, 1, "coroutine"),
        (two, 2, "coroutine"),
        (two_and_a_default, 2, "coroutine"),
        (one_and_a_default, 2, "coroutine"),
        (any_number, 2, "coroutine"),
        (one_and_more, 2, "coroutine"),
        (named_with_default, 1, "coroutine"),
        (positional_only, 2, "coroutine"),
        (by_name_too, 1, "coroutine"),
        (plain, 2, "function"),
        (lambda input: input, 1, "function"),
        (events, 2, "generator"),
        (traced(one), 1, "coroutine"),
        (traced(traced(two)), 2, "coroutine"),
        (fixed(one), 2, "coroutine"),
        (Chat(), 1, "coroutine"),
        (Chat().answer, 2, "coroutine"),
        (Chat().stream, 1, "generator"),
        (functools.partial(three, client=1), 2, "coroutine"),
        (functools.partial(two, 1), 1, "coroutine"),
        (functools.partial(Chat(), 1), 0, "coroutine"),
        (functools.partial(events, context=1), 1, "generator"),
    ],
)
def test_a_handler_is_called_as_it_was_written(handler: object, arity: int, kind: str) -> None:
    shape = shape_of(handler)

    assert (shape.arity, shape.kind) == (arity, kind)


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        ({"not": "callable"}, "of type dict"),
        (three, "(input, context, client)"),
        (traced(three), "(input, context, client)"),
        (named, "(input, client)"),
        (generator, "generator"),
        (type, "does not tell"),
    ],
)
def test_a_handler_that_cannot_be_called_is_refused_with_advice(
    handler: object, reason: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        shape_of(handler)

    assert reason in str(caught.value)
    assert caught.value.advice


def test_shapes_are_compared_by_what_they_say() -> None:
    assert shape_of(two) == HandlerShape(arity=2, kind="coroutine")


@pytest.mark.parametrize(
    ("function", "limit", "count"),
    [
        (none, 3, 0),
        (one, 3, 1),
        (three, 3, 3),
        (three, 2, 2),
        (any_number, 3, 3),
        (traced(one), 3, 1),
        (Chat().answer, 3, 2),
        (type, 2, 2),
    ],
)
def test_other_functions_get_as_much_as_they_take(
    function: Callable[..., Any], limit: int, count: int
) -> None:
    assert accepted(function, limit) == count
