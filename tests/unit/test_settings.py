"""Settings: flags over environment over .env over the project's own defaults."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from motia_py.errors import ConfigError
from motia_py.settings import Mode, Settings, load_dotenv, read_settings
from motia_py.web.doors import WebSettings


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MOTIA_")]:
        monkeypatch.delenv(name)
    for name in ("PORT", "HOST"):
        monkeypatch.delenv(name, raising=False)


def test_without_anything_said_there_are_defaults() -> None:
    settings = read_settings({})

    assert (settings.ports, settings.hosts, settings.log) == ((3000,), (), "pretty")


def test_a_flag_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "4000,4001")

    assert read_settings({}).ports == (4000, 4001)
    assert read_settings({"ports": (5000,)}).ports == (5000,)
    assert read_settings({"ports": ()}).ports == (4000, 4001)


def test_the_environment_wins_over_dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """S0.31, S4.28"""
    monkeypatch.setenv("MOTIA_LOG", "json")
    monkeypatch.setenv("PORT", "")
    monkeypatch.delenv("PORT")
    (tmp_path / ".env").write_text("PORT=4000\nMOTIA_LOG=pretty\n# a comment\n")

    found = load_dotenv(tmp_path)
    settings = read_settings({})
    monkeypatch.delenv("PORT")

    assert found == {"PORT": "4000", "MOTIA_LOG": "pretty"}
    assert (settings.ports, settings.log) == ((4000,), "json")


def test_a_projects_defaults_fill_what_nobody_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "4000")

    settings = read_settings({}).with_defaults({"ports": [1], "cors_origins": ["http://a.test"]})

    assert (settings.ports, settings.cors_origins) == ((4000,), ("http://a.test",))


def test_an_unknown_default_is_an_error_that_lists_what_there_is() -> None:
    with pytest.raises(ConfigError, match="'cors'") as caught:
        Settings().with_defaults({"cors": "*"})
    with pytest.raises(ConfigError, match="'log'"):
        Settings().with_defaults({"log": "json"})

    assert "cors_origins" in caught.value.advice


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("MOTIA_LOG", "loud"),
        ("MOTIA_MAX_BODY_BYTES", "x"),
        ("MOTIA_MAX_HEADER_BYTES", "0"),
        ("MOTIA_HEADER_TIMEOUT_SECONDS", "-1"),
        ("MOTIA_SERVE_EMIT", "perhaps"),
    ],
)
def test_a_value_that_does_not_fit_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ConfigError, match=name):
        read_settings({})


@pytest.mark.parametrize("token", ["", "short", "with a space in between", "a;b" * 10, "é" * 20])
def test_a_token_that_could_be_guessed_or_not_be_sent_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("MOTIA_TOKEN", token)

    with pytest.raises(ConfigError, match=r"MOTIA_TOKEN: .*16 or more") as caught:
        read_settings({})

    assert not token or token not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_token_is_not_shown_with_the_other_settings() -> None:
    assert "ABCDEFGHIJKLMNOP" not in repr(Settings(token="ABCDEFGHIJKLMNOP"))


# What they come to at the doors


@pytest.mark.parametrize(
    ("mode", "serve_emit", "serves_pages", "serves_emit"),
    [
        ("dev", "off", True, True),
        ("dev", "on", True, True),
        ("start", "off", False, False),
        ("start", "on", False, True),
    ],
)
def test_start_serves_emit_only_if_asked_and_never_the_pages(
    mode: Mode, serve_emit: str, serves_pages: bool, serves_emit: bool
) -> None:
    doors = WebSettings.of(read_settings({"serve_emit": serve_emit}), mode=mode)

    assert (doors.serves_pages, doors.serves_emit) == (serves_pages, serves_emit)


@pytest.mark.parametrize(
    ("mode", "given", "has_token"),
    [
        ("dev", {}, False),
        ("dev", {"hosts": ("0.0.0.0",)}, True),
        ("start", {"hosts": ("0.0.0.0",)}, False),
        ("start", {"hosts": ("127.0.0.1",), "serve_emit": "on"}, False),
        ("start", {"hosts": ("0.0.0.0",), "serve_emit": "on"}, True),
        ("start", {"hosts": ("localhost", "192.0.2.1"), "serve_emit": "on"}, True),
    ],
)
def test_where_others_could_reach_what_needs_one_a_token_is_made(
    mode: Mode, given: dict[str, object], has_token: bool
) -> None:
    first, second = (WebSettings.of(read_settings(given), mode=mode).token for _ in range(2))

    assert (first is not None) == has_token
    assert first is None or first != second


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_given_token_is_the_one_that_counts(host: str) -> None:
    """Also on loopback: a proxy may stand in front of it."""
    settings = read_settings({"hosts": (host,), "token": "A" * 16, "serve_emit": "on"})

    assert WebSettings.of(settings, mode="start").token == "A" * 16
