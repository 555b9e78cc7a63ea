"""Motia's own names (`from motia import ...`), for as long as a project is loaded and served."""

from motia_py.compat.finder import MotiaNames

__all__ = ["MotiaNames"]
