"""The settings of a server: flags over environment over `.env`. Reads, never acts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from dotenv import dotenv_values
from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from motia_py.errors import ConfigError


def _split(value: Any) -> Any:
    """A list as environment variables write it: separated by commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _as_token(value: str | None) -> str | None:
    """It travels in an address and in a cookie, and shall not be guessed."""
    if value is not None and not _TOKEN.fullmatch(value):
        raise ValueError("a token is 16 or more letters, digits, - and _")
    return value


#: Which command serves.
Mode = Literal["dev", "start"]

S = TypeVar("S", bound="Settings")
_TOKEN = re.compile("[A-Za-z0-9_-]{16,}")
#: Not to be repeated in an error.
_SECRETS = frozenset({"token", "MOTIA_TOKEN"})
#: Needed before the project's own files are read.
_READ_BEFORE_LOADING = frozenset({"log"})
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Ports = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_split)]
Token = Annotated[str | None, AfterValidator(_as_token)]
Size = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0)]


def _named(name: str, default: Any, description: str) -> Any:
    return Field(default=default, validation_alias=AliasChoices(name), description=description)


class Settings(BaseSettings):
    """Every setting, under the name of its environment variable; each is in docs/reference."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True, frozen=True)

    ports: Ports = _named("PORT", (3000,), "ports to listen on")
    hosts: Names = _named("HOST", (), "addresses to bind; none: loopback")
    engine: str = _named(
        "MOTIA_ENGINE", "sqlite:///.motia/motia.db", "where events and state are kept"
    )
    durability: Literal["full", "normal", "memory"] = _named(
        "MOTIA_DURABILITY", "full", "what survives: full a power cut, normal a killed process"
    )
    keep_finished_hours: float = Field(
        default=0.0,
        ge=0,
        validation_alias=AliasChoices("MOTIA_KEEP_FINISHED_HOURS"),
        description="how long events that ran to their end can be looked at",
    )
    log: Literal["pretty", "json"] = _named("MOTIA_LOG", "pretty", "form of the log lines")
    validate_schemas: Literal["on", "off"] = _named(
        "MOTIA_VALIDATE", "on", "off: no schema is enforced, as in Motia"
    )
    cors_origins: Names = _named("MOTIA_CORS_ORIGINS", (), "origins that may call from a browser")
    allowed_hosts: Names = _named(
        "MOTIA_ALLOWED_HOSTS", (), "Host names accepted beside the loopback ones"
    )
    serve_emit: Literal["on", "off"] = _named(
        "MOTIA_SERVE_EMIT", "off", "on: start takes POST /emit, as dev does"
    )
    token: Token = Field(
        default=None,
        validation_alias=AliasChoices("MOTIA_TOKEN"),
        description="opens POST /emit and the pages about the project",
        repr=False,
    )
    max_body_bytes: Size = _named("MOTIA_MAX_BODY_BYTES", 10 * 1024 * 1024, "largest request body")
    max_line_bytes: Size = _named("MOTIA_MAX_LINE_BYTES", 8 * 1024, "longest request line")
    max_header_bytes: Size = _named("MOTIA_MAX_HEADER_BYTES", 16 * 1024, "longest header")
    header_timeout_seconds: Seconds = _named(
        "MOTIA_HEADER_TIMEOUT_SECONDS", 10.0, "how long a request's headers may take to arrive"
    )
    body_timeout_seconds: float = _named(
        "MOTIA_BODY_TIMEOUT_SECONDS", 30.0, "how long a request body may take to arrive"
    )
    idle_seconds: Seconds = _named(
        "MOTIA_IDLE_SECONDS", 75.0, "how long a connection may wait for its next request"
    )
    shutdown_seconds: float = _named(
        "MOTIA_SHUTDOWN_SECONDS", 20.0, "how long running steps may take to end at shutdown"
    )

    def with_defaults(self, defaults: Mapping[str, Any]) -> Self:
        """These settings, with `defaults` (by field name) where nothing else was said.

        Raises:
            ConfigError: there is no such setting, or a value does not fit.
        """
        settable = [name for name in type(self).model_fields if name not in _READ_BEFORE_LOADING]
        unknown = sorted(defaults.keys() - set(settable))
        if unknown:
            known = ", ".join(settable)
            raise ConfigError(
                f"motia_config.py: there is no setting {unknown[0]!r}", advice=f"there are {known}"
            )
        said = {name: getattr(self, name) for name in self.model_fields_set}
        return _checked(type(self), {**defaults, **said})

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # `.env` reaches us by the environment (see `load_dotenv`): step files read it there too.
        return init_settings, env_settings


def load_dotenv(root: Path) -> dict[str, str]:
    """Put what `root/.env` says into the environment, where nothing is set yet, and return it.

    Step files read os.environ; so do the libraries that they use.
    """
    file = root / ".env"
    if not file.is_file():
        return {}
    found = {name: value for name, value in dotenv_values(file).items() if value is not None}
    for name, value in found.items():
        os.environ.setdefault(name, value)
    return found


def read_settings(flags: Mapping[str, Any]) -> Settings:
    """The settings of this environment; a flag that is None or empty does not count.

    Raises:
        ConfigError: a value does not fit; the message names the variable.
    """
    given = {name: value for name, value in flags.items() if value not in (None, ())}
    return _checked(Settings, given)


def _checked(kind: type[S], values: Mapping[str, Any]) -> S:
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        got = "" if name in _SECRETS else f" (got {first['input']!r})"
        raise ConfigError(
            f"setting {name}: {first['msg']}{got}",
            advice="set it in the environment, in .env, by its flag or in motia_config.py",
        ) from (None if name in _SECRETS else error)
