"""What update operations do to a value, and what they refuse."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motia_py.encoding import dumps, loads, plain
from motia_py.errors import MotiaError, NotJSON, UpdateFailed
from motia_py.messages import JSON
from motia_py.updates import (
    MAX_DEPTH,
    MAX_OPERATIONS,
    MAX_RESULT_BYTES,
    MAX_SEGMENT_CHARACTERS,
    apply_operations,
)

DEEPEST = ["a"] * MAX_DEPTH
LONGEST = "k" * MAX_SEGMENT_CHARACTERS
LARGEST = "x" * (MAX_RESULT_BYTES - len('""'))
MOST: list[dict[str, JSON]] = [{"type": "increment", "path": "n"}] * MAX_OPERATIONS
KINDS = ("set", "merge", "increment", "decrement", "append", "remove")


@pytest.mark.parametrize(
    ("value", "operation", "expected"),
    [
        # set
        ({"a": 1}, {"type": "set", "path": "a", "value": 2}, {"a": 2}),
        ({}, {"type": "set", "path": "a", "value": None}, {"a": None}),
        ({}, {"type": "set", "path": "a"}, {"a": None}),
        ({"a": 1}, {"type": "set", "path": "", "value": [1]}, [1]),
        ({"a": 1}, {"type": "set", "value": {"b": 2}}, {"b": 2}),
        ({"a": 1}, {"type": "set", "path": [], "value": 5}, 5),
        ({"a": 1}, {"type": "set", "path": None, "value": "text"}, "text"),
        (None, {"type": "set", "path": "a.b.c", "value": 1}, {"a": {"b": {"c": 1}}}),
        # merge
        ({"a": 1}, {"type": "merge", "value": {"b": 2}}, {"a": 1, "b": 2}),
        ({"a": {"x": 1}}, {"type": "merge", "value": {"a": {"y": 2}}}, {"a": {"y": 2}}),
        (
            {"a": {"x": 1}},
            {"type": "merge", "path": "a", "value": {"y": 2}},
            {"a": {"x": 1, "y": 2}},
        ),
        (None, {"type": "merge", "path": "a.b", "value": {"c": 1}}, {"a": {"b": {"c": 1}}}),
        # increment and decrement
        ({"n": 1}, {"type": "increment", "path": "n"}, {"n": 2}),
        ({"n": 1}, {"type": "increment", "path": "n", "by": 2.5}, {"n": 3.5}),
        ({"n": 1.5}, {"type": "increment", "path": "n", "by": -3}, {"n": -1.5}),
        (None, {"type": "increment", "path": "a.n", "by": 4}, {"a": {"n": 4}}),
        ({"n": 1}, {"type": "decrement", "path": "n"}, {"n": 0}),
        (None, {"type": "decrement", "path": "n", "by": 4}, {"n": -4}),
        (None, {"type": "increment", "path": ""}, 1),
        (7, {"type": "decrement", "path": "", "by": 2}, 5),
        ({"n": 2**70}, {"type": "increment", "path": "n"}, {"n": 2**70 + 1}),
        # append
        ({"l": [1]}, {"type": "append", "path": "l", "value": [2]}, {"l": [1, [2]]}),
        ({"t": "Hel"}, {"type": "append", "path": "t", "value": "lo"}, {"t": "Hello"}),
        (None, {"type": "append", "path": "a.l", "value": 1}, {"a": {"l": [1]}}),
        (None, {"type": "append", "path": "a", "value": "x"}, {"a": ["x"]}),
        ([1], {"type": "append", "value": 2}, [1, 2]),
        (None, {"type": "append", "value": None}, [None]),
        # remove
        ({"a": 1, "b": 2}, {"type": "remove", "path": "a"}, {"b": 2}),
        ({"a": {"b": 1}}, {"type": "remove", "path": "a.b"}, {"a": {}}),
        ({"l": [1, 2, 3]}, {"type": "remove", "path": "l.1"}, {"l": [1, 3]}),
        # paths
        ({"a.b": 1}, {"type": "set", "path": ["a.b"], "value": 2}, {"a.b": 2}),
        ({"a.b": 1}, {"type": "set", "path": "a.b", "value": 2}, {"a.b": 1, "a": {"b": 2}}),
        ({"": 1}, {"type": "set", "path": [""], "value": 2}, {"": 2}),
        ({"l": [{"n": 1}]}, {"type": "increment", "path": "l.0.n"}, {"l": [{"n": 2}]}),
        ({"l": [1, 2]}, {"type": "set", "path": ["l", 1], "value": 9}, {"l": [1, 9]}),
        ({"0": "a"}, {"type": "set", "path": "0", "value": "b"}, {"0": "b"}),
        (None, {"type": "set", "path": ["years", 2024], "value": 1}, {"years": {"2024": 1}}),
        (None, {"type": "set", "path": "_private", "value": 1}, {"_private": 1}),
    ],
)
def test_an_operation_changes_the_value(
    value: JSON, operation: dict[str, JSON], expected: JSON
) -> None:
    assert apply_operations(value, [operation]) == expected


@pytest.mark.parametrize(
    "path", ["x", "a.x", "x.y.z", "l.5", "l.x", "n.x", ["l", -1], "none.x", "l.0.x.y"]
)
def test_removing_what_is_not_there_does_nothing(path: JSON) -> None:
    value = {"a": {}, "l": [1], "n": 5, "none": None}

    result = apply_operations(value, [{"type": "remove", "path": path}])

    assert result == {"a": {}, "l": [1], "n": 5, "none": None}


@pytest.mark.parametrize("operations", [[], [{"type": "remove", "path": "a"}]])
def test_a_missing_value_starts_as_an_empty_object(operations: list[dict[str, JSON]]) -> None:
    assert apply_operations(None, operations) == {}


def test_operations_see_what_earlier_ones_did() -> None:
    operations: list[dict[str, JSON]] = [
        {"type": "set", "path": "", "value": {"text": "", "status": "streaming"}},
        {"type": "append", "path": "text", "value": "Hel"},
        {"type": "append", "path": "text", "value": "lo"},
        {"type": "set", "path": "status", "value": "done"},
        {"type": "increment", "path": "usage.tokens", "by": 2},
    ]

    result = apply_operations(None, operations)

    assert result == {"text": "Hello", "status": "done", "usage": {"tokens": 2}}


@pytest.mark.parametrize(
    ("value", "operation", "complaint"),
    [
        ({"n": "1"}, {"type": "increment", "path": "n"}, "expected a number there, met a string"),
        ({"n": True}, {"type": "increment", "path": "n"}, "met a boolean"),
        ({"n": None}, {"type": "decrement", "path": "n"}, "met null"),
        ({}, {"type": "increment", "path": ""}, "met an object"),
        ({"n": 1}, {"type": "increment", "path": "n", "by": "2"}, "as `by`, met a string"),
        ({"n": 1}, {"type": "increment", "path": "n", "by": True}, "as `by`, met a boolean"),
        ({"n": 1}, {"type": "increment", "path": "n", "by": None}, "as `by`, met null"),
        ({"n": 1}, {"type": "increment", "path": "n", "by": float("nan")}, "finite number"),
        ({"n": 1}, {"type": "decrement", "path": "n", "by": float("inf")}, "finite number"),
        ({"n": 1e308}, {"type": "increment", "path": "n", "by": 1e308}, "too large"),
        ({"n": 0.5}, {"type": "increment", "path": "n", "by": 10**400}, "too large"),
        ({"a": 1}, {"type": "merge", "path": "a", "value": {}}, "an object there, met a number"),
        ({"a": None}, {"type": "merge", "path": "a", "value": {}}, "met null"),
        ({}, {"type": "merge", "value": [1]}, "an object as value, met a list"),
        ([], {"type": "merge", "value": {}}, "met a list"),
        ({"a": {}}, {"type": "append", "path": "a", "value": 1}, "a list or a string there"),
        ({"t": "x"}, {"type": "append", "path": "t", "value": 1}, "only a string can be appended"),
        ({"a": 1}, {"type": "set", "path": "a.b", "value": 1}, "holds 'b', met a number"),
        ({"a": "x"}, {"type": "set", "path": "a.0", "value": 1}, "met a string"),
        ({"a": None}, {"type": "set", "path": "a.b", "value": 1}, "met null"),
        ("text", {"type": "set", "path": "a", "value": 1}, "met a string"),
        ({"l": []}, {"type": "set", "path": "l.0", "value": 1}, "outside the list of 0"),
        ({"l": [1]}, {"type": "set", "path": "l.x", "value": 1}, "expected a list index"),
        ({"l": [1]}, {"type": "set", "path": ["l", -1], "value": 1}, "expected a list index"),
        ({"l": [1]}, {"type": "set", "path": "l.²", "value": 1}, "expected a list index"),
        ({}, {"type": "remove", "path": ""}, "delete the key"),
        ({}, {"type": "remove", "path": []}, "delete the key"),
        ({}, {"type": "bump", "path": "a"}, "expected one of set, merge, increment"),
        ({}, {"type": ["set"], "path": "a"}, "unknown type"),
        ({}, {"path": "a", "value": 1}, "unknown type None"),
        ({}, {"type": "remove"}, "remove needs `path`"),
        ({}, {"type": "merge", "path": "a"}, "merge needs `value`"),
        ({}, {"type": "append", "path": "a"}, "append needs `value`"),
        ({}, {"type": "set", "path": "a", "valeu": 1}, "set knows no `valeu`"),
        ({}, {"type": "increment", "path": "a", "value": 1}, "only `by`, `path`"),
        ({}, {"type": "set", "path": 5, "value": 1}, "a path as a string or a list"),
        ({}, {"type": "set", "path": [True], "value": 1}, "as segment, met a boolean"),
        ({}, {"type": "set", "path": ["a", None], "value": 1}, "as segment, met null"),
        ({}, "set", "expected an object with a `type`, met a string"),
    ],
)
def test_an_operation_that_does_not_fit_is_refused(
    value: JSON, operation: Any, complaint: str
) -> None:
    with pytest.raises(UpdateFailed, match=complaint):
        apply_operations(value, [operation])


def test_a_refusal_names_the_operation_its_path_and_what_was_met() -> None:
    operations: list[dict[str, JSON]] = [
        {"type": "set", "path": "a", "value": "secret"},
        {"type": "increment", "path": "a"},
    ]

    with pytest.raises(UpdateFailed) as refusal:
        apply_operations({}, operations)

    assert str(refusal.value) == (
        "operation 1 ('increment' at 'a'): expected a number there, met a string"
    )


@pytest.mark.parametrize(
    "segment", ["__class__", "__proto__", "__", "__motia", "constructor", "prototype"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_segments_that_reach_into_python_or_javascript_are_refused(kind: str, segment: str) -> None:
    """S8: no path may name what is not data, in either spelling, at any depth."""
    extra: dict[str, JSON] = {"value": {}} if kind in ("set", "merge", "append") else {}

    for path in (segment, f"a.{segment}.b", [segment], ["a", segment]):
        with pytest.raises(UpdateFailed, match="not allowed"):
            apply_operations({"a": {}}, [{"type": kind, "path": path, **extra}])


def test_what_lies_on_a_bound_passes() -> None:
    """S8."""
    apply_operations({}, [{"type": "set", "path": DEEPEST, "value": 1}])
    apply_operations({}, [{"type": "set", "path": LONGEST, "value": 1}])
    apply_operations("", [{"type": "append", "value": LARGEST}])
    assert apply_operations({}, MOST) == {"n": MAX_OPERATIONS}


@pytest.mark.parametrize(
    ("value", "operations", "complaint"),
    [
        ({}, [{"type": "set", "path": [*DEEPEST, "a"]}], "33 segments; at most 32"),
        ({}, [{"type": "set", "path": LONGEST + "k"}], "257 characters; at most 256"),
        ({}, [*MOST, MOST[0]], "1001 operations in one update; at most 1000"),
        (LARGEST, [{"type": "append", "value": "x"}], "1048577 bytes of JSON; at most 1048576"),
    ],
    ids=["depth", "segment", "operations", "size"],
)
def test_what_passes_a_bound_is_refused(
    value: JSON, operations: list[dict[str, JSON]], complaint: str
) -> None:
    """S8."""
    with pytest.raises(UpdateFailed, match=complaint):
        apply_operations(value, operations)


def test_python_objects_become_json_and_are_refused_where_they_cannot() -> None:
    assert apply_operations({}, [{"type": "set", "path": "s", "value": {1, 2}}]) == {"s": [1, 2]}

    with pytest.raises(NotJSON):
        apply_operations({}, [{"type": "set", "path": "o", "value": object()}])


def test_the_result_shares_nothing_with_the_value_or_the_operations() -> None:
    value = {"untouched": [1], "l": []}
    item = {"n": [1]}

    result = apply_operations(value, [{"type": "append", "path": "l", "value": item}])
    result["untouched"].append(2)
    result["l"][0]["n"].append(2)

    assert value == {"untouched": [1], "l": []}
    assert item == {"n": [1]}


_keys = st.sampled_from(["a", "b", "0", "1", "", "é", "__class__", "constructor"])
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3),
    max_leaves=8,
)
_paths = st.lists(_keys | st.integers(-1, 2), max_size=4) | st.sampled_from(
    ["", "a", "a.b", "a.0.b", "0.1", "__init__.__globals__", "a.__class__"]
)
_operations = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(KINDS)},
        optional={"path": _paths, "value": _values, "by": st.integers() | st.floats()},
    ),
    max_size=4,
)


@settings(deadline=None)
@given(value=_values, operations=_operations)
def test_whatever_comes_the_input_stays_and_the_result_is_json(
    value: JSON, operations: list[dict[str, JSON]]
) -> None:
    before = deepcopy((value, operations))

    try:
        result = apply_operations(value, operations)
    except MotiaError:
        result = None

    assert repr((value, operations)) == repr(before)
    assert loads(dumps(result)) == result == plain(result)


@settings(deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    path=st.lists(
        st.sampled_from(["a", "l", "0", "__class__", "__init__", "__globals__", "__dict__", "keys"])
        | st.text(max_size=3),
        max_size=6,
    ),
    is_dotted=st.booleans(),
)
def test_no_path_reaches_an_attribute(kind: str, path: list[str], is_dotted: bool) -> None:
    """S8: whatever the path, operations change dicts and lists and nothing else."""
    operation: dict[str, JSON] = {"type": kind, "path": ".".join(path) if is_dotted else path}
    if kind in ("set", "merge", "append"):
        operation["value"] = {"polluted": True}
    before = _attributes()

    with suppress(UpdateFailed):
        apply_operations({"a": {}, "l": [{}]}, [operation])

    assert _attributes() == before


def _attributes() -> dict[str, set[str]]:
    kinds = (object, type, dict, list, str, int, apply_operations, UpdateFailed)
    return {repr(kind): set(dir(kind)) for kind in kinds} | {"globals": set(globals())}
