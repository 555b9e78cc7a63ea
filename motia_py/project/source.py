"""Facts about one Python source file, read from its syntax tree. Pure: it imports and runs nothing.

What blocks an event loop is known here, in one table; so is what emitting looks like.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from types import CodeType
from typing import Literal, TypeAlias

#: `call`: blocks until it returns. `client`: making one blocks, and so does every call on it.
_BLOCKING: Mapping[str, Literal["call", "client"]] = {
    "input": "call",
    "time.sleep": "call",
    "os.system": "call",
    "urllib.request.urlopen": "call",
    **dict.fromkeys(
        (
            f"subprocess.{name}"
            for name in ("run", "call", "check_call", "check_output", "getoutput")
        ),
        "call",
    ),
    **dict.fromkeys(
        (f"socket.{name}" for name in ("create_connection", "getaddrinfo", "gethostbyname")),
        "call",
    ),
    **dict.fromkeys(
        (
            f"{library}.{name}"
            for library in ("requests", "httpx")
            for name in ("get", "post", "put", "patch", "delete", "head", "options", "request")
        ),
        "call",
    ),
    "httpx.stream": "call",
    "httpx.Client": "client",
    "requests.Session": "client",
    "requests.session": "client",
    "openai.OpenAI": "client",
    "openai.AzureOpenAI": "client",
    "anthropic.Anthropic": "client",
    "psycopg.connect": "client",
    "psycopg2.connect": "client",
    "sqlite3.connect": "client",
    "pymongo.MongoClient": "client",
    "redis.Redis": "client",
    "boto3.client": "client",
    "boto3.resource": "client",
}
#: By the package to import, the words without which a source cannot hold one of its calls.
_TELLING_WORDS: Mapping[str, frozenset[bytes]] = {
    root: frozenset(
        name.rpartition(".")[2].encode() for name in _BLOCKING if name.partition(".")[0] == root
    )
    for root in {name.partition(".")[0] for name in _BLOCKING}
}

#: What emits, as a function or a method, and what handlers call the object that has it.
_EMITTERS = frozenset({"emit", "enqueue"})
_EMITTING = tuple(f"{name}(".encode() for name in sorted(_EMITTERS))
_CONTEXTS = frozenset({"context", "ctx"})

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import statement: `module` and, for `from` imports, the `names` taken from it.

    `level` counts the leading dots; `from . import x` has an empty `module`.
    """

    module: str
    names: tuple[str, ...] = ()
    level: int = 0
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingCall:
    """A call inside `async def` that stops the event loop: `name` is what the table knows it by."""

    name: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EmittedTopic:
    """A call that emits a topic which stands in the call itself."""

    topic: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """What one version of a file says; `digest` tells versions apart.

    `binding_lines` has the line where each name at the left margin last gets its value, as those of
    `config` and `handler`.
    """

    filename: str
    digest: bytes
    code: CodeType
    imports: tuple[Import, ...]
    binding_lines: Mapping[str, int]
    blocking_calls: tuple[BlockingCall, ...]
    emitted_topics: tuple[EmittedTopic, ...]


def digest_of(source: bytes) -> bytes:
    """A short fingerprint of a file's content."""
    return blake2b(source, digest_size=16).digest()


def analyse(source: bytes | str, filename: str) -> SourceFacts:
    """Read and compile one file.

    Raises:
        SyntaxError: it is not Python.
        ValueError: it holds null bytes.
    """
    content = source.encode() if isinstance(source, str) else source
    tree = ast.parse(content, filename)
    statements = tuple(_statements(tree.body))
    imports = tuple(_imports(statements))
    return SourceFacts(
        filename=filename,
        digest=digest_of(content),
        # dont_inherit: this module's own __future__ imports are not the user's.
        code=compile(tree, filename, "exec", dont_inherit=True),
        imports=imports,
        binding_lines=_binding_lines(statements),
        blocking_calls=tuple(_blocking_calls(tree)) if _may_block(content, imports) else (),
        emitted_topics=tuple(_emitted_topics(tree, content)),
    )


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    # Statements only: walking every expression of a thousand files would take most of the start.
    for statement in body:
        yield statement
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, field, ()))
        for branch in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from _statements(branch.body)


def _imports(statements: Sequence[ast.stmt]) -> Iterator[Import]:
    for statement in statements:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                yield Import(module=alias.name, line=statement.lineno)
        elif isinstance(statement, ast.ImportFrom):
            yield Import(
                module=statement.module or "",
                names=tuple(alias.name for alias in statement.names),
                level=statement.level,
                line=statement.lineno,
            )


def _binding_lines(statements: Sequence[ast.stmt]) -> dict[str, int]:
    lines: dict[str, int] = {}
    for statement in statements:
        if statement.col_offset == 0:
            lines.update(dict.fromkeys(_names_bound_by(statement), statement.lineno))
    return lines


def _names_bound_by(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            for alias in aliases:
                yield alias.asname or alias.name
        case ast.Assign(targets=targets):
            for target in targets:
                yield from _names_in(target)
        case ast.AnnAssign(target=target):
            yield from _names_in(target)


def _names_in(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from _names_in(element)


def _may_block(source: bytes, imports: Sequence[Import]) -> bool:
    """A quick look, because following names through every file is most of the work."""
    if b"async def" not in source:
        return False
    roots = {"input", *(statement.module.partition(".")[0] for statement in imports)}
    return any(word in source for root in roots for word in _TELLING_WORDS.get(root, ()))


class _Scope:
    """What the names of one function mean, as far as imports and assignments tell.

    A meaning is a dotted name, with `()` after a constructor that was called: `openai.OpenAI()`.
    None: bound here to something unknown, which hides what it means outside.
    """

    def __init__(self, outer: _Scope | None = None) -> None:
        self._names: dict[str, str | None] = {}
        self._outer = outer

    def learn(self, node: ast.AST) -> None:
        """Take in what one statement or expression binds."""
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    root = alias.name.partition(".")[0]
                    self._names[alias.asname or root] = alias.name if alias.asname else root
            case ast.ImportFrom(module=module, names=aliases, level=0):
                for alias in aliases:
                    self._names[alias.asname or alias.name] = f"{module}.{alias.name}"
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._bind(name, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self._bind(name, value)
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                self._bind(name, value)
            case ast.withitem(context_expr=value, optional_vars=ast.Name(id=name)):
                self._bind(name, value)
            case ast.arg(arg=name):
                self._names[name] = None

    def _bind(self, name: str, value: ast.expr) -> None:
        # `client = None` above `client = OpenAI()`: the value that is known wins.
        self._names[name] = self.meaning(value) or self._names.get(name)

    def meaning(self, expression: ast.expr) -> str | None:
        match expression:
            case ast.Name(id=name):
                return self._look_up(name)
            case ast.Attribute(value=value, attr=attribute):
                owner = self.meaning(value)
                return f"{owner}.{attribute}" if owner else None
            case ast.Call(func=function):
                callee = self.meaning(function)
                return (
                    f"{callee}()" if callee and "()" not in callee and _is_client(callee) else None
                )
            case ast.IfExp(body=body, orelse=orelse):
                return self.meaning(body) or self.meaning(orelse)
            case ast.BoolOp(values=values):
                return next(filter(None, map(self.meaning, values)), None)
        return None

    def _look_up(self, name: str) -> str | None:
        scope: _Scope | None = self
        while scope is not None:
            if name in scope._names:
                return scope._names[name]
            scope = scope._outer
        return name if name == "input" else None


def _is_client(name: str) -> bool:
    """Whether this is a client of the table or something reached through one."""
    parts = name.replace("()", "").split(".")
    return any(
        _BLOCKING.get(".".join(parts[:length])) == "client" for length in range(1, len(parts) + 1)
    )


def _blocking_calls(
    owner: ast.Module | _Function, outer: _Scope | None = None
) -> Iterator[BlockingCall]:
    scope = _Scope(outer)
    nodes = tuple(_own_nodes(owner))
    for node in nodes:
        scope.learn(node)
    if isinstance(owner, ast.AsyncFunctionDef):
        yield from _calls_that_block(owner, scope)
    for node in nodes:
        if isinstance(node, _Function):
            yield from _blocking_calls(node, scope)


def _own_nodes(owner: ast.Module | _Function) -> Iterator[ast.AST]:
    """Everything in `owner` in source order; nested functions themselves, not what is in them."""
    stack = [*reversed(list(ast.iter_child_nodes(owner)))]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _Function):
            stack.extend(reversed(list(ast.iter_child_nodes(node))))


def _calls_that_block(function: ast.AsyncFunctionDef, scope: _Scope) -> Iterator[BlockingCall]:
    stack: list[ast.AST] = [*reversed(function.body)]
    while stack:
        node = stack.pop()
        if isinstance(node, _Function):
            continue
        if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
            # What is awaited comes from an asynchronous twin; its arguments still count.
            stack.extend(reversed(_arguments(node.value)))
            continue
        name = scope.meaning(node.func) if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and name and (name in _BLOCKING or _is_client(name)):
            yield BlockingCall(name=name.replace("()", ""), line=node.lineno)
            stack.extend(reversed(_arguments(node)))
            continue
        stack.extend(reversed(list(ast.iter_child_nodes(node))))


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _emitted_topics(tree: ast.Module, source: bytes) -> Iterator[EmittedTopic]:
    # Only what stands on these lines is walked: walking whole files would slow down every start.
    lines = [
        number
        for number, line in enumerate(source.splitlines(), start=1)
        if any(call in line for call in _EMITTING)
    ]
    stack: list[ast.AST] = [tree] if lines else []
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Call):
            topic = _topic_of(node)
            if isinstance(topic, ast.Constant) and isinstance(topic.value, str):
                yield EmittedTopic(topic=topic.value, line=node.lineno)
        stack.extend(
            child for child in reversed(list(ast.iter_child_nodes(node))) if _covers(child, lines)
        )


def _covers(node: ast.AST, lines: Sequence[int]) -> bool:
    first: int | None = getattr(node, "lineno", None)
    if first is None:
        # A part of its parent that has no place, as a function's arguments or a `match` case.
        return True
    last: int = getattr(node, "end_lineno", None) or first
    return any(first <= line <= last for line in lines)


def _topic_of(call: ast.Call) -> ast.expr | None:
    """What a call names as its topic; None if it emits nothing that we know."""
    match call:
        case ast.Call(func=ast.Name(id=name)) if name in _EMITTERS:
            is_ours = name == "enqueue"
        case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in _EMITTERS:
            # Others emit too, as Socket.IO's servers do: `sio.emit("joined", data)`.
            is_ours = isinstance(owner, ast.Name) and owner.id in _CONTEXTS
        case _:
            return None
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    first = call.args[0] if call.args else given.get("topic")
    if isinstance(first, ast.Dict):
        return _value_of("topic", first)
    return first if is_ours else None


def _value_of(key: str, mapping: ast.Dict) -> ast.expr | None:
    for name, value in zip(mapping.keys, mapping.values, strict=True):
        if isinstance(name, ast.Constant) and name.value == key:
            return value
    return None
