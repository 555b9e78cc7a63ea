"""What a person sets off or changes: done, or refused in the words of who does it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from motia_py.errors import MotiaError, NoSuchLetter, StoreUnavailable
from motia_py.web.responding import Refusal

T = TypeVar("T")


async def done(work: Awaitable[T]) -> T:
    """What came of it.

    Raises:
        Refusal: it was not done.
    """
    try:
        return await work
    except StoreUnavailable as error:
        raise Refusal(503, "The store does not take writes now") from error
    except NoSuchLetter as error:
        raise Refusal(404, str(error)) from error
    except MotiaError as error:
        raise Refusal(400, str(error)) from error
