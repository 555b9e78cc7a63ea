"""Which browsers may come in."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from motia_py.errors import ConfigError
from motia_py.settings import Mode
from motia_py.web.guard import Guard, is_same_origin, preflight_headers

HOST = "localhost:3000"


def guard(mode: Mode = "dev", *, is_loopback: bool = True, **parts: object) -> Guard:
    return Guard(mode=mode, is_loopback=is_loopback, **parts)  # type: ignore[arg-type] # as given


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("localhost", True),
        ("localhost:3000", True),
        ("LocalHost:3000", True),
        ("localhost.:3000", True),
        ("app.localhost:3000", True),
        ("127.0.0.1:3000", True),
        ("127.8.8.8", True),
        ("[::1]:3000", True),
        ("[::1]", True),
        ("proxy.example.com", True),
        ("proxy.example.com:443", True),
        ("evil.test", False),
        ("evil.test:3000", False),
        ("localhost.evil.test", False),
        ("evil-localhost", False),
        ("127.0.0.1.evil.test", False),
        ("192.168.0.2:3000", False),
        ("0.0.0.0:3000", False),
        ("[::2]:3000", False),
        ("other.proxy.example.com", False),
        ("localhost@evil.test", False),
        ("localhost:3000:3000", False),
        ("localhost/", False),
        ("localhost\udcff", False),
        ("", False),
        (None, False),
    ],
)
def test_on_loopback_only_loopback_names_and_listed_ones_are_served(
    host: str | None, is_known: bool
) -> None:
    """S2: another site can make its own name point here, but not change the Host header."""
    rules = guard(allowed_hosts=("Proxy.example.com",))

    assert [rules.knows_host(host), rules.knows_host(host)] == [is_known, is_known]


def test_off_loopback_every_name_is_served() -> None:
    assert guard(is_loopback=False).knows_host("app.example.com")


def test_the_hosts_that_are_remembered_are_bounded() -> None:
    rules = guard()

    assert all(rules.knows_host(f"h{n}.localhost") for n in range(1000))


ORIGINS: list[tuple[str | None, bool, bool]] = [
    # origin, allowed in dev, allowed in start
    (None, True, True),
    ("http://localhost:3000", True, True),
    ("HTTP://LOCALHOST:3000", True, True),
    ("https://app.example.com", True, True),
    ("https://app.example.com:443", True, True),
    ("capacitor://localhost", True, True),
    ("http://localhost:5173", True, False),
    ("http://127.0.0.1:3000", True, False),
    ("http://[::1]:8080", True, False),
    ("http://localhost", True, False),
    ("http://app.example.com", False, False),
    ("https://app.example.com:8443", False, False),
    ("null", False, False),
    ("", False, False),
    ("http://evil.test", False, False),
    ("http://localhost.evil.test:3000", False, False),
    ("http://localhost:3000.evil.test", False, False),
    ("http://evil.test/localhost:3000", False, False),
    ("http://evil.test@localhost:3000", False, False),
    ("http://notlocalhost:3000", False, False),
    ("https://app.example.com.evil.test", False, False),
    ("https://evilapp.example.com", False, False),
    ("file://", False, False),
    ("ftp://localhost:3000", False, False),
    ("http://localhost:3000\udcff", False, False),
]


@pytest.mark.parametrize(("origin", "in_dev", "in_start"), ORIGINS)
def test_origins(origin: str | None, in_dev: bool, in_start: bool) -> None:
    """S1, S3: in dev any loopback page, in start the same origin and what is listed."""
    listed = ("https://app.example.com", "capacitor://localhost")

    assert guard("dev", cors_origins=listed).allows_origin(origin, HOST) is in_dev
    assert guard("start", cors_origins=listed).allows_origin(origin, HOST) is in_start


@pytest.mark.parametrize(
    ("origin", "host", "is_same"),
    [
        ("http://a.test", "a.test", True),
        ("http://a.test:80", "a.test", True),
        ("https://a.test", "a.test", True),
        ("https://a.test", "a.test:443", True),
        ("https://a.test", "a.test:80", False),
        ("http://a.test:3000", "a.test", False),
        ("http://a.test", "b.test", False),
        ("http://a.test", None, False),
        ("null", "null", False),
    ],
)
def test_same_origin_compares_host_and_port(origin: str, host: str | None, is_same: bool) -> None:
    assert is_same_origin(origin, host) is is_same


def test_cors_names_the_origin_and_allows_credentials() -> None:
    """SX.10: never `*`, which browsers refuse together with credentials."""
    headers = guard().cors_headers("http://localhost:5173", HOST)

    assert headers["Access-Control-Allow-Origin"] == "http://localhost:5173"
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert headers["Vary"] == "Origin"


def test_cors_gives_a_foreign_origin_nothing() -> None:
    assert guard().cors_headers("http://evil.test", HOST) == {"Vary": "Origin"}


def test_a_preflight_never_opens_the_private_network() -> None:
    headers = preflight_headers("content-type, x-key")

    assert headers["Access-Control-Allow-Headers"] == "content-type, x-key"
    assert "Access-Control-Allow-Private-Network" not in headers


def test_a_preflight_echoes_header_names_only() -> None:
    assert "Access-Control-Allow-Headers" not in preflight_headers("x\udcff")


@pytest.mark.parametrize("origin", ["*", "null", "app.example.com", "https://*.example.com", ""])
def test_a_cors_origin_that_is_none_is_a_config_error(origin: str) -> None:
    with pytest.raises(ConfigError, match="MOTIA_CORS_ORIGINS"):
        guard(cors_origins=(origin,))


@pytest.mark.parametrize("host", ["*", "https://a.test", "a.test:80", "*.a.test", ""])
def test_an_allowed_host_that_is_none_is_a_config_error(host: str) -> None:
    with pytest.raises(ConfigError, match="MOTIA_ALLOWED_HOSTS"):
        guard(allowed_hosts=(host,))


def denied(
    rules: Guard, method: str = "GET", *, token: str | None = None, **headers: str
) -> int | None:
    """The status of a denial of the server's own pages; header names with underscores."""
    sent = CIMultiDict({"Host": HOST})
    sent.update({name.replace("_", "-"): value for name, value in headers.items()})
    denial = rules.denies_own_pages(method, sent, token)
    return denial.status if denial is not None else None


def test_own_pages_take_the_same_origin_or_none() -> None:
    assert denied(guard()) is None
    assert denied(guard(), Origin="http://localhost:3000") is None


@pytest.mark.parametrize("origin", ["http://localhost:5173", "null", "http://evil.test"])
def test_own_pages_refuse_every_other_origin_even_in_dev(origin: str) -> None:
    """S5."""
    assert denied(guard(), Origin=origin) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_own_pages_refuse_what_a_browser_marks_as_from_elsewhere(site: str) -> None:
    """An image or script tag of another site sends no Origin."""
    link = {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    frame = {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"}

    assert denied(guard(), Sec_Fetch_Site=site) == 403
    assert denied(guard(), Sec_Fetch_Site=site, **frame) == 403
    assert denied(guard(), Sec_Fetch_Site=site, **link) is None


def test_a_post_to_own_pages_must_be_json() -> None:
    """A form of another site can be sent without asking first, JSON cannot."""
    assert denied(guard(), "POST", Content_Type="text/plain") == 415
    assert denied(guard(), "POST") == 415
    assert denied(guard(), "POST", Content_Type="application/json; charset=utf-8") is None


@pytest.mark.parametrize(
    ("cookie", "query", "status"),
    [
        (None, None, 401),
        ("motia_token=wrong", None, 401),
        ("motia_token=", None, 401),
        (None, "wrong", 401),
        (None, "", 401),
        ("motia_token=\udcff", None, 401),
        ("motia_token=secret", None, None),
        ("other=a\x01b; motia_token=secret", None, None),
        (None, "secret", None),
    ],
)
def test_off_loopback_own_pages_need_the_token(
    cookie: str | None, query: str | None, status: int | None
) -> None:
    """S4."""
    rules = guard(is_loopback=False, token="secret")

    assert denied(rules, token=query, **({"Cookie": cookie} if cookie else {})) == status


def test_the_token_in_the_address_becomes_a_cookie_that_scripts_cannot_read() -> None:
    rules = guard(is_loopback=False, token="secret")

    assert rules.token_cookie("secret") == ("motia_token=secret; Path=/; HttpOnly; SameSite=Strict")
    assert rules.token_cookie("wrong") is None
    assert guard().token_cookie("anything") is None
