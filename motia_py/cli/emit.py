"""`emit`: hands an event to a server that runs on this machine."""

from __future__ import annotations

import http.client
import json
from typing import NamedTuple
from urllib.parse import urlencode

import click

from motia_py.cli.control import server_of
from motia_py.cli.flags import Flags, takes_addresses, takes_project_flags
from motia_py.cli.terminal import json_text
from motia_py.errors import MotiaError
from motia_py.messages import JSON
from motia_py.web.binding import host_in_url

#: How long the server may take to store the event and answer.
_TIMEOUT_SECONDS = 10


class _Answer(NamedTuple):
    status: int
    text: str


@click.command()
@click.argument("topic", required=False)
@click.argument("data", required=False)
@click.option("--topic", "topic_option", help="The topic, as in Motia's own command.")
@click.option("--message", "data_option", help="The event's data as JSON, as in Motia's own.")
@click.option("--token", help="The token of a server off loopback.  [default: MOTIA_TOKEN]")
@takes_addresses
@takes_project_flags
def emit(
    flags: Flags,
    *,
    token: str | None,
    topic: str | None,
    data: str | None,
    topic_option: str | None,
    data_option: str | None,
) -> None:
    """Emit an event on the project's running server: TOPIC, and its DATA as JSON."""
    chosen = _one_of("topic", topic, topic_option)
    if not chosen:
        raise click.UsageError('which topic? motia-py emit TOPIC \'{"key": "value"}\'')
    event = {"topic": chosen, "data": _parsed(_one_of("data", data, data_option) or "{}")}
    # Whoever names an address means the server that is there.
    is_addressed = flags.hosts or flags.ports or token
    server = None if is_addressed else server_of(flags.root)
    if server is not None:
        answer = json_text(server.result("emit", **event))
    else:
        answer = _emitted_over_http(flags, token, event)
    if flags.is_json:
        click.echo(answer)
    else:
        click.echo(f"emitted {chosen} {json.dumps(event['data'], ensure_ascii=False)}")


def _emitted_over_http(flags: Flags, token: str | None, event: JSON) -> str:
    settings = flags.settings()
    host = settings.hosts[0] if settings.hosts else "localhost"
    token = token or settings.token
    path = f"/emit?{urlencode({'token': token})}" if token else "/emit"
    answer = _post(host_in_url(host), settings.ports[0], path, event)
    if answer.status != 200:
        raise MotiaError(_refused(answer, settings.ports[0]))
    return answer.text


def _one_of(what: str, argument: str | None, option: str | None) -> str | None:
    if argument is not None and option is not None:
        raise click.UsageError(f"the {what} is given twice: once is enough")
    return argument if argument is not None else option


def _parsed(text: str) -> JSON:
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.UsageError(
            f"the data is not JSON ({error}): quote it for the shell, as in '{{\"id\": 1}}'"
        ) from error


def _post(host: str, port: int, path: str, event: JSON) -> _Answer:
    connection = http.client.HTTPConnection(f"{host}:{port}", timeout=_TIMEOUT_SECONDS)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(event), headers)
        response = connection.getresponse()
        return _Answer(response.status, response.read().decode(errors="replace"))
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise MotiaError(
            f"no server answers at {host} port {port} ({reason}): start one with `motia-py dev`,"
            " or name its port by --port"
        ) from error
    finally:
        connection.close()


def _refused(answer: _Answer, port: int) -> str:
    if answer.status in (404, 405):
        return (
            f"the server at port {port} takes no events from outside: `motia-py dev` does,"
            " `motia-py start` only with MOTIA_SERVE_EMIT=on"
        )
    try:
        reason = json.loads(answer.text)["error"]
    except (ValueError, KeyError, TypeError):
        reason = answer.text
    return f"the server at port {port} refused the event: {reason} (HTTP {answer.status})"
