"""Settings: flags over environment over .env over the project's own defaults."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from motia_py.errors import ConfigError
from motia_py.settings import Settings, load_dotenv, read_settings


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
    ("name", "value"), [("PORT", "many"), ("MOTIA_LOG", "loud"), ("MOTIA_MAX_BODY_BYTES", "x")]
)
def test_a_value_that_does_not_fit_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ConfigError, match=name):
        read_settings({})
