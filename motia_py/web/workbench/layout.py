"""Where people have pinned the nodes of a flow: motia-workbench.json, beside the steps.

Written only when somebody asks for it, so that looking at a flow changes no file. Motia 0.17 keeps
its own form there; what is not ours stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from motia_py.errors import MotiaError
from motia_py.web.workbench.views import Position

FILE = "motia-workbench.json"
#: The key under which ours stands.
_KEY = "layout"


def read_layout(root: Path) -> dict[str, dict[str, Position]]:
    """The pinned nodes of each flow; none where the file is missing or no such file."""
    flows = _contents(root / FILE).get(_KEY)
    if not isinstance(flows, Mapping):
        return {}
    return {str(flow): _positions(nodes) for flow, nodes in flows.items()}


def write_layout(root: Path, flow: str, nodes: Mapping[str, Position]) -> None:
    """Keep where the nodes of one flow are; those of others stay.

    Raises:
        MotiaError: the file cannot be written, or is there and holds something else than ours.
    """
    file = root / FILE
    try:
        contents = json.loads(file.read_text("utf-8")) if file.exists() else {}
    except (OSError, ValueError) as error:
        raise MotiaError(f"{FILE} cannot be read: {error}") from error
    if isinstance(contents, list):
        # Motia 0.17's: one entry for each flow, which no key of ours can stand in.
        raise MotiaError(f"{FILE} is Motia's own: move it away to keep a layout here")
    flows = contents.get(_KEY)
    kept = dict(flows) if isinstance(flows, dict) else {}
    kept[flow] = {node: position.model_dump() for node, position in sorted(nodes.items())}
    text = json.dumps({**contents, _KEY: kept}, indent=2, ensure_ascii=False) + "\n"
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise MotiaError(f"{FILE} cannot be written: {error}") from error


def _contents(file: Path) -> dict[str, Any]:
    try:
        contents = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return contents if isinstance(contents, dict) else {}


def _positions(nodes: Any) -> dict[str, Position]:
    if not isinstance(nodes, Mapping):
        return {}
    return {
        str(node): Position(x=place["x"], y=place["y"])
        for node, place in nodes.items()
        if isinstance(place, Mapping)
        and all(isinstance(place.get(axis), (int, float)) for axis in ("x", "y"))
    }
