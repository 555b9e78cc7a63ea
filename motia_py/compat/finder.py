"""Makes `from motia import ...` work where no `motia` is installed; knows import, not the names."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType, TracebackType
from typing import Self

from motia_py.compat.names import PACKAGE, SUBMODULES

_PACKAGE = "motia"
#: Shows in the modules' repr.
_ORIGIN = "motia_py.compat"


class MotiaNames(MetaPathFinder, Loader):
    """Gives the modules of Motia's package while entered; leaving it takes away those it made.

    A real `motia` is left alone, wherever it is found. A mere folder of that name is not one, but
    what is in it can still be imported.
    """

    def __init__(self) -> None:
        self._made: dict[str, ModuleType] = {}

    def __enter__(self) -> Self:
        # In front: at the end such a folder would win, and a project's root may be one.
        sys.meta_path.insert(0, self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        sys.meta_path.remove(self)
        for name, module in self._made.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
        self._made.clear()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == _PACKAGE:
            return self._package_spec()
        package, _, submodule = fullname.partition(".")
        is_ours = package == _PACKAGE and sys.modules.get(package) in self._made.values()
        is_known = is_ours and submodule in SUBMODULES
        return ModuleSpec(fullname, self, origin=_ORIGIN) if is_known else None

    def exec_module(self, module: ModuleType) -> None:
        self._made[module.__name__] = module
        namespace = module.__dict__
        names = SUBMODULES.get(module.__name__.removeprefix(f"{_PACKAGE}."), PACKAGE)
        if names is PACKAGE:
            # Before the names, as in Motia: `motia.state` has to be the helper, not the module.
            for submodule in SUBMODULES:
                namespace[submodule] = importlib.import_module(f"{_PACKAGE}.{submodule}")
        namespace.update(names, __all__=list(names))

    def _package_spec(self) -> ModuleSpec | None:
        """None if another finder has a real package."""
        spec = ModuleSpec(_PACKAGE, self, origin=_ORIGIN, is_package=True)
        folders: list[str] = []
        for finder in sys.meta_path:
            found = None if isinstance(finder, MotiaNames) else finder.find_spec(_PACKAGE, None)
            if found is not None and found.loader is not None:
                return None
            folders += (found and found.submodule_search_locations) or ()
        spec.submodule_search_locations = folders
        return spec
