from __future__ import annotations

import pytest

from motia_py.errors import ConfigError
from motia_py.project.routing import RouteTable, parse_path


def routes(*declared: str) -> RouteTable[str]:
    """A table whose values are the routes as written: `GET /users/:id`."""
    split = [(route, *route.split(" ", 1)) for route in declared]
    return RouteTable((method, parse_path(path), route) for route, method, path in split)


def found(table: RouteTable[str], request: str) -> tuple[str, dict[str, str]] | None:
    method, path = request.split(" ", 1)
    return table.find(method, path)


@pytest.mark.parametrize(
    ("path", "reason", "advice"),
    [
        ("/users/:id(\\d+)", "'('", ":name"),
        ("/users/:id+", "'+'", ":name"),
        ("/(a|b)", "'('", ":name"),
        ("/users/[0-9]", "'['", ":name"),
        ("/users/{id}", "{id}", "write :id"),
        ("/users/<int:id>", "<int:id>", "write :id"),
        ("/users/{id:int}", "{id:int}", "write :id"),
        ("/users/:id?/posts", ":id? may only be the last", "two routes"),
        ("/files/*/info", "* may only be the last", ":name"),
        ("/files/*.pdf", "'*' inside", "whole segment"),
        ("/v1/models:generate", "':' inside", "whole segment"),
        ("/:from-:to", "':' inside", "whole segment"),
        ("/users?", "'?' inside", "whole segment"),
        ("/users?page=:page", "':' inside", "query string"),
        ("/a/:id/b/:id", "twice", "own name"),
    ],
)
def test_a_path_outside_the_grammar_is_refused_with_advice(
    path: str, reason: str, advice: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_path(path)

    assert repr(path) in str(caught.value)
    assert reason in str(caught.value)
    assert advice in caught.value.advice


@pytest.mark.parametrize(
    ("route", "request_line", "params"),
    [
        ("GET /", "GET /", {}),
        ("GET /users", "GET /users", {}),
        ("GET /users", "GET /users/", {}),
        ("GET /users/", "GET /users", {}),
        ("GET users", "GET /users", {}),
        ("GET /robots.txt", "GET /robots.txt", {}),
        ("GET /users/:id", "GET /users/7", {"id": "7"}),
        ("GET /users/:id", "GET /users/7/", {"id": "7"}),
        ("GET /:user-id", "GET /7", {"user-id": "7"}),
        ("GET /a/:b/c/:d", "GET /a/1/c/2", {"b": "1", "d": "2"}),
        ("GET /users/:id?", "GET /users", {}),
        ("GET /users/:id?", "GET /users/", {}),
        ("GET /users/:id?", "GET /users/7", {"id": "7"}),
        ("GET /:id?", "GET /", {}),
        ("GET /files/*", "GET /files/a/b.txt", {"0": "a/b.txt"}),
        ("GET /files/*", "GET /files", {"0": ""}),
        ("GET /files/*", "GET /files/", {"0": ""}),
        ("GET /:user/*", "GET /ann/x/y", {"user": "ann", "0": "x/y"}),
        ("GET *", "GET /", {"0": ""}),
        ("GET *", "GET /any/thing", {"0": "any/thing"}),
    ],
)
def test_a_path_finds_its_route_and_parameters(
    route: str, request_line: str, params: dict[str, str]
) -> None:
    assert found(routes(route), request_line) == (route, params)


@pytest.mark.parametrize(
    ("route", "request_line"),
    [
        ("GET /users", "POST /users"),
        ("GET /users", "GET /user"),
        ("GET /users", "GET /Users"),
        ("GET /users", "GET //users"),
        ("GET /users", "GET /users//"),
        ("GET /users/:id", "GET /users"),
        ("GET /users/:id", "GET /users/"),
        ("GET /users/:id", "GET /users//"),
        ("GET /users/:id", "GET /users/7/posts"),
        ("GET /users/:id?", "GET /users/7/posts"),
        ("GET /files/*", "GET /file"),
        ("GET /a/b", "GET /a%2Fb"),
        ("GET /a%2Fb", "GET /a/b"),
    ],
)
def test_a_path_that_only_resembles_a_route_is_not_found(route: str, request_line: str) -> None:
    assert found(routes(route), request_line) is None


@pytest.mark.parametrize(
    ("request_line", "params"),
    [
        ("GET /users/J%C3%BCrgen", {"id": "Jürgen"}),
        ("GET /users/a%2Fb", {"id": "a/b"}),
        ("GET /users/100%2525", {"id": "100%25"}),
        ("GET /users/a+b", {"id": "a+b"}),
        ("GET /users/%FF", {"id": "\ufffd"}),
        ("GET /us%65rs/1", {"id": "1"}),
    ],
)
def test_segments_are_decoded_once_and_after_the_split(
    request_line: str, params: dict[str, str]
) -> None:
    assert found(routes("GET /users/:id"), request_line) == ("GET /users/:id", params)


@pytest.mark.parametrize("declared", ["GET /caf%C3%A9", "GET /café"])
def test_a_declared_path_may_be_encoded_or_not(declared: str) -> None:
    assert found(routes(declared), "GET /caf%C3%A9") == (declared, {})


@pytest.mark.parametrize(
    ("request_line", "route"),
    [
        ("GET /users/me", "GET /users/me"),
        ("GET /users/7", "GET /users/:id"),
        ("GET /users/me/posts", "GET /users/:id/posts"),
        ("GET /users/me/x", "GET /users/*"),
        ("GET /users", "GET /users"),
        ("GET /else", "GET *"),
    ],
)
def test_text_wins_over_parameters_and_parameters_over_the_rest(
    request_line: str, route: str
) -> None:
    table = routes(
        "GET *",
        "GET /users/*",
        "GET /users/:id?",
        "GET /users/:id/posts",
        "GET /users/:id",
        "GET /users/me",
        "GET /users",
    )

    match = found(table, request_line)

    assert match is not None
    assert match[0] == route


def test_text_that_leads_nowhere_gives_way_to_a_parameter() -> None:
    table = routes("GET /a/b/c", "GET /a/:x/d")

    assert found(table, "GET /a/b/d") == ("GET /a/:x/d", {"x": "b"})


def test_two_routes_may_name_one_position_differently() -> None:
    table = routes("GET /users/:id", "GET /users/:name/posts", "POST /users/:key")

    assert found(table, "GET /users/7") == ("GET /users/:id", {"id": "7"})
    assert found(table, "GET /users/7/posts") == ("GET /users/:name/posts", {"name": "7"})
    assert found(table, "POST /users/7") == ("POST /users/:key", {"key": "7"})


def test_a_method_without_the_static_route_falls_to_the_pattern() -> None:
    table = routes("GET /users/me", "DELETE /users/:id")

    assert found(table, "DELETE /users/me") == ("DELETE /users/:id", {"id": "me"})


def test_of_two_routes_of_one_shape_the_first_is_served() -> None:
    table = routes("GET /users/:id", "GET /users/:name")

    assert found(table, "GET /users/7") == ("GET /users/:id", {"id": "7"})


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("/users/:id", "/users/:name/", True),
        ("/caf%C3%A9", "/café", True),
        ("users", "/users", True),
        ("/users/:id", "/users/:id?", False),
        ("/users/:id", "/users/*", False),
        ("/%3Aid", "/:id", False),
    ],
)
def test_the_shape_says_whether_two_patterns_match_the_same(
    first: str, second: str, is_same: bool
) -> None:
    assert (parse_path(first).shape == parse_path(second).shape) is is_same


def test_head_is_served_by_get_unless_it_has_its_own_route() -> None:
    table = routes("GET /a", "GET /b", "HEAD /b", "POST /c")

    assert found(table, "HEAD /a") == ("GET /a", {})
    assert found(table, "HEAD /b") == ("HEAD /b", {})
    assert found(table, "HEAD /c") is None


def test_allowed_methods_of_a_path_are_sorted() -> None:
    table = routes("POST /a/:x", "GET /a/b", "DELETE /a/b", "PUT /c")

    assert table.allowed("/a/b") == ("DELETE", "GET", "HEAD", "POST")
    assert table.allowed("/a/z") == ("POST",)
    assert table.allowed("/nowhere") == ()


def test_the_parameters_of_two_requests_are_not_shared() -> None:
    table = routes("GET /noop")

    first, second = found(table, "GET /noop"), found(table, "GET /noop")

    assert first is not None and second is not None
    assert first[1] is not second[1]
