"""Where people have pinned the nodes of a flow: motia-workbench.json, beside the steps.

Written only when somebody asks for it, so that looking at a flow changes no file. Motia 0.17 keeps
its own form there; what is not ours stays as it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from motia_py import encoding
from motia_py.errors import MotiaError, NotJSON
from motia_py.web.workbench.views import Position

FILE = "motia-workbench.json"
#: The key under which ours stands.
_KEY = "layout"


def read_layout(root: Path) -> dict[str, dict[str, Position]]:
    """The pinned nodes of each flow; none where the file is missing or no such file."""
    flows = _contents(root / FILE).get(_KEY)
    if not isinstance(flows, Mapping):
        return {}
    return {flow: _positions(nodes) for flow, nodes in flows.items()}


def write_layout(root: Path, flow: str, nodes: Mapping[str, Position]) -> None:
    """Keep where the nodes of one flow are; those of others stay.

    Raises:
        MotiaError: the file cannot be written, or is there and holds something else than ours; it
            is then as it was.
    """
    # Where a link leads, so that the link stays one.
    file = Path(os.path.realpath(root / FILE))
    try:
        contents = encoding.loads(file.read_bytes()) if file.exists() else {}
    except (OSError, NotJSON) as error:
        raise MotiaError(f"{FILE} cannot be read: {error}; mend it or move it away") from error
    if not isinstance(contents, dict):
        # Motia 0.17's has one entry for each flow, which no key of ours can stand in.
        raise MotiaError(f"{FILE} is Motia's own, or nobody's: move it away to keep a layout here")
    flows = contents.get(_KEY)
    kept = dict(flows) if isinstance(flows, dict) else {}
    kept[flow] = {node: position.model_dump() for node, position in sorted(nodes.items())}
    text = json.dumps({**contents, _KEY: kept}, indent=2, ensure_ascii=False) + "\n"
    new = file.with_name(f".{file.name}.new")
    try:
        # Beside it and then in its place: a disk that is full leaves the old one whole.
        new.write_text(text, "utf-8")
        new.replace(file)
    except OSError as error:
        raise MotiaError(f"{FILE} cannot be written: {error}") from error
    finally:
        with suppress(OSError):
            new.unlink()


def _contents(file: Path) -> dict[str, Any]:
    try:
        contents = encoding.loads(file.read_bytes())
    except (OSError, NotJSON):
        return {}
    return contents if isinstance(contents, dict) else {}


def _positions(nodes: Any) -> dict[str, Position]:
    if not isinstance(nodes, Mapping):
        return {}
    positions: dict[str, Position] = {}
    for node, place in nodes.items():
        with suppress(ValidationError):
            positions[node] = Position.model_validate(place)
    return positions
