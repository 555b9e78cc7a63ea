"""The workbench's API as a test asks it."""

from __future__ import annotations

from typing import Any

from motia_py.testing import MotiaTester

API = "/__motia/api"


async def get(motia: MotiaTester, path: str) -> Any:
    """What is answered at a path below API, which must be there."""
    answer = await motia.get(f"{API}/{path}")
    assert answer.status == 200, answer.body
    return answer.body
