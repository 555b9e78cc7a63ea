"""Reads the keys of one raw config, in camelCase or snake_case, and checks each value's form.

Knows no key by name: a key that nobody asked for becomes a warning with the nearest one that was.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import reprlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from motia_py.errors import ConfigError

#: How alike two keys must be for one to be a slip of the other, from 0 to 1: `methd`, not `label`.
_LIKENESS = 0.75

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Form(Generic[T_co]):
    """What a value must look like. `read` returns it in our own type or raises ValueError."""

    read: Callable[[Any], T_co]
    expected: str
    example: str


class Fields:
    """The keys of a dict, a pydantic model or a dataclass; None counts as absent.

    `place` is where it stands, as `triggers[0].config`, empty for the config itself.

    Raises:
        ConfigError: `raw` is none of the three; every read raises it for a value of a wrong form.
    """

    def __init__(self, raw: object, *, file: str, place: str = "") -> None:
        self._file = file
        self._place = place
        self._values: dict[str, Any] = {}
        self._spellings: dict[str, str] = {}
        self._asked: set[str] = set()
        self._inner: list[Fields] = []
        self._warnings: list[str] = []
        #: The places of keys, each with the reason.
        self._ignored: list[tuple[str, str]] = []
        for spelling, value in self._pairs(raw):
            self._add(spelling, value)

    def has(self, key: str) -> bool:
        """Whether `key` is given; does not count as reading it."""
        return self._values.get(key) is not None

    def required(self, key: str, form: Form[T], *, alias: str | None = None) -> T:
        given = self._given(key, alias)
        if given is None:
            names = [self._path(name) for name in (key, alias) if name is not None]
            raise ConfigError(
                f"`{'` or `'.join(names)}` is missing: it must be {form.expected}"
                f"{self.near_miss(key, alias)}",
                advice=f'add it, for example "{key}": {form.example}',
            )
        return self._read(given, form)

    def optional(self, key: str, form: Form[T], default: T, *, alias: str | None = None) -> T:
        given = self._given(key, alias)
        return default if given is None else self._read(given, form)

    def inside(self, key: str) -> Fields:
        """The keys of the mapping under `key`; no keys where it is absent."""
        given = self._given(key, None)
        return self.at(key, {}) if given is None else self.at(given, self._values[given])

    def each(self, key: str, *, alias: str | None = None) -> Sequence[tuple[str, Any]]:
        """The items of the list under `key`, each with its place for `at`; none where absent."""
        items = self.optional(key, LIST, (), alias=alias)
        name = self._spellings.get(self._given(key, alias) or key, key)
        return [(f"{name}[{index}]", item) for index, item in enumerate(items)]

    def at(self, place: str, raw: object) -> Fields:
        """The keys of `raw`, which stands at `place` within these."""
        inner = Fields(raw, file=self._file, place=self._path(place))
        self._inner.append(inner)
        return inner

    def ignore(self, *keys: str, because: str) -> None:
        """Accept keys that have no effect here; one warning names all that share a reason."""
        self._asked.update(keys)
        self._ignored.extend((self._path(key), because) for key in keys if self.has(key))

    def near_miss(self, *missing: str | None) -> str:
        """The question whether an unread key is one of `missing`, to end a message; else empty."""
        unread = {
            name.lower(): name
            for name in self._values
            if name not in self._asked and self.has(name)
        }
        for key in missing:
            for near in difflib.get_close_matches(key or "", unread, n=1, cutoff=_LIKENESS):
                return f"; did you mean it by `{self._path(unread[near])}`?"
        return ""

    def warn(self, message: str) -> None:
        self._warnings.append(f"{self._file}: {message}")

    def warnings(self) -> tuple[str, ...]:
        """All warnings, those about unread keys included; ask when everything has been read."""
        return (*self._own_warnings(), *self._without_effect())

    def _own_warnings(self) -> Iterator[str]:
        yield from self._warnings
        for key in self._values:
            if key not in self._asked:
                path = self._path(key)
                yield f"{self._file}: unknown key `{path}` has no effect; {self._nearest(key)}"
        for fields in self._inner:
            yield from fields._own_warnings()

    def _without_effect(self) -> Iterator[str]:
        paths_by_reason: defaultdict[str, list[str]] = defaultdict(list)
        for path, because in self._all_ignored():
            paths_by_reason[because].append(path)
        for because, paths in paths_by_reason.items():
            names = ", ".join(f"`{path}`" for path in paths)
            verb = "has" if len(paths) == 1 else "have"
            yield f"{self._file}: {names} {verb} no effect: {because}"

    def _all_ignored(self) -> Iterator[tuple[str, str]]:
        yield from self._ignored
        for fields in self._inner:
            yield from fields._all_ignored()

    def _pairs(self, raw: object) -> Sequence[tuple[Any, Any]]:
        if isinstance(raw, Mapping):
            return list(raw.items())
        if isinstance(raw, BaseModel):
            # By attribute: model_dump would turn nested models and schema classes into dicts.
            names = [*type(raw).model_fields, *(raw.model_extra or {})]
            return [(name, getattr(raw, name)) for name in names]
        if dataclasses.is_dataclass(raw) and not isinstance(raw, type):
            return [(field.name, getattr(raw, field.name)) for field in dataclasses.fields(raw)]
        raise ConfigError(
            f"{f'`{self._place}`' if self._place else 'the config'} must be a dict or a pydantic"
            f" model, found {_shown(raw)}",
            advice="write it as a dict in curly braces",
        )

    def _add(self, spelling: object, value: Any) -> None:
        if not isinstance(spelling, str):
            raise ConfigError(
                f"the key {spelling!r}{f' of `{self._place}`' if self._place else ''} is no string",
                advice="put the key in quotes",
            )
        key = _snake(spelling)
        if self.has(key):
            self._refuse_two_meanings(spelling, value, self._spellings[key], self._values[key])
            return
        self._values[key] = value
        self._spellings[key] = spelling

    def _given(self, key: str, alias: str | None) -> str | None:
        """Which of the two names is given."""
        names = [key] if alias is None else [key, alias]
        self._asked.update(names)
        given = [name for name in names if self.has(name)]
        if len(given) == 2:
            self._refuse_two_meanings(
                *(of[name] for name in given for of in (self._spellings, self._values))
            )
        return given[0] if given else None

    def _refuse_two_meanings(self, name: str, value: Any, other: str, other_value: Any) -> None:
        if value is not None and value != other_value:
            raise ConfigError(
                f"`{self._path(name)}` and `{self._path(other)}` are two names of one thing"
                " and differ",
                advice="keep one of them",
            )

    def _read(self, key: str, form: Form[T]) -> T:
        value = self._values[key]
        try:
            return form.read(value)
        except ValueError as error:
            half = "half a character in " if isinstance(error, UnicodeError) else ""
            raise ConfigError(
                f"`{self._path(key)}` must be {form.expected}, found {half}{_shown(value)}",
                advice=f'write for example "{self._spellings[key]}": {form.example}',
            ) from error

    def _path(self, key: str) -> str:
        name = self._spellings.get(key, key)
        return f"{self._place}.{name}" if self._place else name

    def _nearest(self, key: str) -> str:
        spell = _camel if "_" not in self._spellings[key] else str
        for known in difflib.get_close_matches(key, sorted(self._asked), n=1):
            return f"did you mean `{spell(known)}`?"
        return "known keys are " + ", ".join(f"`{spell(known)}`" for known in sorted(self._asked))


def one_of(*options: T) -> Form[T]:
    """The form of a value that is one of `options`."""

    def read(value: Any) -> T:
        for option in options:
            # By type as well, because 1 == True.
            if isinstance(value, type(option)) and value == option:
                return option
        raise ValueError

    names = [repr(option) for option in options]
    return Form(read, f"one of {', '.join(names)}", names[0])


def number(*, above: float = 0.0, least: float | None = None, example: str) -> Form[float]:
    """The form of a finite number: above `above`, or at least `least` where that is given."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError
        if not (above < value if least is None else least <= value) or value == float("inf"):
            raise ValueError
        return float(value)

    bound = f"above {above:g}" if least is None else f"of at least {least:g}"
    return Form(read, f"a number {bound}", example)


def whole(*, least: int, example: str) -> Form[int]:
    """The form of a whole number of at least `least`."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError
        return value

    return Form(read, f"a whole number of at least {least}", example)


def _text(value: Any) -> str:
    text = _any_text(value)
    if not text.strip():
        raise ValueError
    return text


def _any_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    # Raises UnicodeEncodeError, a ValueError: half a character can be neither stored nor sent.
    value.encode()
    return value


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)):
        raise ValueError
    return value


def _callable(value: Any) -> Callable[..., Any]:
    if not callable(value):
        raise ValueError
    return value  # type: ignore[no-any-return]  # callable() tells nothing of the result


TEXT = Form(_text, "a string that is not empty", '"orders"')
ANY_TEXT = Form(_any_text, "a string", '"Takes orders"')
LIST = Form(_list, "a list", "[...]")
TEXTS = Form(lambda value: tuple(map(_text, _list(value))), "a list of strings", '["orders"]')
FLAG = one_of(True, False)
CALLABLE = Form(_callable, "a function", "check")
CALLABLES = Form(
    lambda value: tuple(map(_callable, _list(value))), "a list of functions", "[check]"
)
ANYTHING: Form[Any] = Form(lambda value: value, "anything", "...")


def _shown(value: object) -> str:
    return f"{type(value).__name__} {reprlib.repr(value)}"


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda letter: f"_{letter[0].lower()}", key)


def _camel(key: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda letter: letter[1].upper(), key)
