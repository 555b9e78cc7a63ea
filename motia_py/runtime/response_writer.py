"""An answer that a handler writes by hand: `request.response`, in both of Motia 1.0's spellings.

Knows the order of head, body and end; where the bytes go is `web`'s to say.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Mapping
from typing import Any, Literal, Protocol, Self

from motia_py.errors import ConfigError, MotiaError
from motia_py.messages import JSON
from motia_py.runtime.calls import Calls

#: Bytes of one answer that may wait in writes that nobody awaits; then a write raises.
MAX_UNSENT_BYTES = 1024 * 1024

OnDisconnect = Literal["cancel", "finish"]


class Outlet(Protocol):
    """The body of an answer whose head is sent. Nothing is sent to a client that is gone."""

    async def write(self, data: bytes) -> None:
        """Send; returns once the client has read so much that more may come."""
        ...

    async def close(self) -> None:
        """End the answer; a second time it does nothing."""
        ...

    async def fail(self, problem: JSON) -> None:
        """End the answer so that the client sees that it is not whole: with `problem` as the last
        of its events, or by cutting the connection."""
        ...


class Begin(Protocol):
    """Sends the head of an answer.

    Raises:
        ConfigError: a status or a header that cannot be sent.
    """

    async def __call__(
        self,
        status: int,
        headers: Mapping[str, Any],
        *,
        trace_id: str,
        on_disconnect: OnDisconnect,
    ) -> Outlet: ...


class Run(Protocol):
    """The run of the step that answers."""

    @property
    def calls(self) -> Calls: ...

    @property
    def trace_id(self) -> str: ...

    @property
    def on_disconnect(self) -> OnDisconnect: ...


class ResponseWriter:
    """`request.response`: `status`, `headers`, `stream.write`, `close`.

    Every method returns an awaitable that has already been started, as those of the context do:
    writes happen in the order of their calls, awaited or not; awaited, they hold the handler back
    while the client does not read. The head leaves right after `headers`, before the first write.
    Once it has begun, the handler's return value means nothing. An answer that is not closed ends
    with its handler.
    """

    def __init__(self, begin: Begin, run: Run, *, is_sealed: bool = False) -> None:
        self._begin = begin
        self._run = run
        self._status = 200
        self._headers: Mapping[str, Any] = {}
        self._is_closed = self._is_sealed = is_sealed
        self._unsent_bytes = 0
        #: None until the head is sent.
        self.outlet: Outlet | None = None
        #: Whether the head was asked for: from then on this is the answer.
        self.is_used = False

    # `response.stream.write`, `response.writer.stream.write`, `response.writer.close`.
    @property
    def stream(self) -> Self:
        return self

    @property
    def writer(self) -> Self:
        return self

    @property
    def sent_status(self) -> int:
        """What the head says, or would; `status` is the handler's, to set it."""
        return self._status

    def status(self, code: int) -> Any:
        """Set the status; 200 if it is not set.

        Raises:
            ConfigError: the head is on its way, or the request is answered.
        """
        self._refuse_if_sent("status")
        self._status = code
        return _DONE

    def headers(self, headers: Mapping[str, Any]) -> Any:
        """Set the headers, and send the head.

        Raises:
            ConfigError: at the call, if the head is on its way or the request is answered; else
                when it is awaited, or as the step's error, if it cannot be sent.
        """
        self._refuse_if_sent("headers")
        if not isinstance(headers, Mapping):
            raise ConfigError(f"response.headers takes a mapping, got {type(headers).__name__}")
        self._headers = headers
        return self._call(self._send_head)

    def write(self, data: str | bytes) -> Any:
        """Send text (as UTF-8) or bytes.

        Raises:
            ConfigError: at the call, if the answer is closed, `data` is neither, or more than 1 MiB
                waits in writes that were not awaited.
        """
        if self._is_closed:
            raise self._closed("stream.write")
        sent = data.encode() if isinstance(data, str) else data
        if not isinstance(sent, (bytes, bytearray, memoryview)):
            raise ConfigError(f"response.stream.write takes text or bytes, got {type(data)!r}")
        sent = bytes(sent)
        if self._unsent_bytes > MAX_UNSENT_BYTES:
            raise ConfigError(
                f"response.stream.write: more than {MAX_UNSENT_BYTES:,} bytes wait for the client;"
                " await each write, so that the handler waits with them"
            )
        self._unsent_bytes += len(sent)

        async def operation() -> None:
            try:
                await (await self._send_head()).write(sent)
            finally:
                self._unsent_bytes -= len(sent)

        return self._call(operation)

    def close(self) -> Any:
        """End the answer; the handler may go on. A second time it does nothing."""
        if self._is_closed:
            return _DONE
        self._is_closed = True

        async def operation() -> None:
            await (await self._send_head()).close()

        return self._call(operation)

    end = close
    close_async = close

    async def finish(self) -> None:
        """End the answer of a handler that returned."""
        self._is_closed = True
        await (await self._send_head()).close()

    async def fail(self, problem: JSON) -> None:
        """End the answer of a handler that failed; one that it closed before was whole."""
        if self.outlet is not None and not self._is_closed:
            self._is_closed = True
            await self.outlet.fail(problem)

    def seal(self) -> None:
        """Write nothing from here on, not even what was called already: the request has another
        answer. Whatever outlives the run, as a thread past its time limit, still holds this."""
        self._is_closed = self._is_sealed = True

    async def _send_head(self) -> Outlet:
        if self.outlet is None:
            if self._is_sealed:
                raise self._closed("headers")
            self.outlet = await self._begin(
                self._status,
                self._headers,
                trace_id=self._run.trace_id,
                on_disconnect=self._run.on_disconnect,
            )
        return self.outlet

    def _call(self, operation: Callable[[], Coroutine[Any, Any, JSON]]) -> Any:
        self.is_used = True
        return self._run.calls.write(operation)

    def _refuse_if_sent(self, what: str) -> None:
        if self._is_closed:
            raise self._closed(what)
        if self.is_used:
            raise ConfigError(
                f"response.{what}: the head of the response is sent already: call it before"
                " `headers` and the first write"
            )

    def _closed(self, what: str) -> ConfigError:
        if self._is_sealed:
            return ConfigError(f"response.{what}: the request has another answer already")
        return ConfigError(f"response.{what}: the response is closed")


class _Done:
    """What is done when it returns, and may be awaited all the same."""

    def __await__(self) -> Generator[Any, Any, None]:
        return
        yield


_DONE = _Done()


def no_response() -> MotiaError:
    """The error of asking for `response` where nothing can be answered."""
    return MotiaError("request.response exists only while a step answers an HTTP request")
