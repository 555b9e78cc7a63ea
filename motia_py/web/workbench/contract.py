"""The contract with the browser as one JSON Schema: `python -m motia_py.web.workbench.contract`
prints it. `workbench/app/contract.json` is that, and a test fails when it is not.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import models_json_schema

from motia_py.web.workbench.views import CONTRACT


def contract() -> dict[str, Any]:
    """One definition for each model, by its name."""
    _, schema = models_json_schema(
        [(model, "serialization") for model in CONTRACT],
        title="The workbench's API",
        description="Made from motia_py/web/workbench/views: do not edit.",
    )
    return schema


def text() -> str:
    return json.dumps(contract(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(), end="")  # noqa: T201
