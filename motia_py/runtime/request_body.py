"""A request's body as its handler reads it: bytes as they arrive, or what was read beforehand.

Knows neither socket nor HTTP: where the bytes come from is handed in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol, Self

from motia_py.errors import ConfigError
from motia_py.messages import JSON


class RequestBody:
    """The chunks of a body, none of them empty: `async for`, or `for` in a `def` handler.

    This one was read beforehand and is one chunk. `stream` and `read_all` are Motia 1.0's names.
    """

    def __init__(self, raw: bytes = b"") -> None:
        self._rest = raw

    @property
    def stream(self) -> Self:
        return self

    def read_all(self) -> Any:
        """All that has not been read yet, in one piece; in a `def` handler not to be awaited.

        Raises:
            BodyCutShort: it does not arrive whole.
        """
        return self._read_all() if _has_loop() else b"".join(self)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        chunk = await self._receive()
        if not chunk:
            raise StopAsyncIteration
        return chunk

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if _has_loop():
            raise TypeError("read the body with `async for`: a plain `for` would hold up the loop")
        chunk = self._receive_blocking()
        if not chunk:
            raise StopIteration
        return chunk

    async def _read_all(self) -> bytes:
        return b"".join([chunk async for chunk in self])

    async def _receive(self) -> bytes:
        return self._receive_blocking()

    def _receive_blocking(self) -> bytes:
        rest, self._rest = self._rest, b""
        return rest


class IncomingBody(RequestBody):
    """A body that still arrives. `receive` gives the next bytes, none at the end, on `loop`.

    Nothing is taken from the client that nobody reads: it is held back as long. Two that read at
    once share the chunks.
    """

    def __init__(
        self,
        receive: Callable[[], Coroutine[Any, Any, bytes]],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__()
        self._take = receive
        self._loop = loop

    async def _receive(self) -> bytes:
        if asyncio.get_running_loop() is self._loop:
            return await self._take()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._take(), self._loop))

    def _receive_blocking(self) -> bytes:
        return asyncio.run_coroutine_threadsafe(self._take(), self._loop).result()


class StreamedBody:
    """The body of a request whose step reads it as a stream; see `requests.Body`."""

    is_json = False
    is_form = False

    def __init__(self, incoming: RequestBody) -> None:
        self._incoming = incoming

    @property
    def raw(self) -> bytes:
        _refuse()

    def parse(self) -> tuple[Any, Mapping[str, Any]]:
        _refuse()

    def stream(self) -> RequestBody:
        return self._incoming


def _refuse() -> NoReturn:
    # Empty would be wrong: a middleware that checks bodies would let every one pass.
    raise ConfigError(
        "this step has `streamBody`, so that nothing reads the body before its handler does: use"
        " `async for chunk in req.stream()`",
        advice="leave out `streamBody` if you want the body whole",
    )


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """One file of a multipart body, whole in memory."""

    name: str
    filename: str
    content_type: str
    content: bytes


class Body(Protocol):
    """A request's body as it was sent.

    `is_json`: `raw` is JSON text. `is_form`: `parse` gives named fields, each a text or a list.
    """

    @property
    def raw(self) -> bytes: ...

    @property
    def is_json(self) -> bool: ...

    @property
    def is_form(self) -> bool: ...

    def parse(self) -> tuple[JSON, Mapping[str, list[UploadedFile]]]:
        """The value and the files; called at most once.

        Raises:
            InvalidInput: the bytes are not what the Content-Type says.
        """
        ...

    def stream(self) -> RequestBody: ...


class NoBody:
    """The body of a request that has none: an empty object, as in Motia 0.17."""

    raw = b""
    is_json = False
    is_form = False

    def parse(self) -> tuple[JSON, Mapping[str, list[UploadedFile]]]:
        return {}, {}

    def stream(self) -> RequestBody:
        return RequestBody()
