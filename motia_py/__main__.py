"""`python -m motia_py`, the same as `motia-py`."""

from __future__ import annotations

from motia_py.cli.main import main

main()
