"""What to tell about an exception that kept a file of the project from being loaded.

The line is one of that file; where the fault lies deeper, in a module that it imports, the message
begins with the place.
"""

from __future__ import annotations

import difflib
import traceback
from pathlib import Path

from motia_py.errors import ConfigError, FailureKind, LoadFailure
from motia_py.project.importing import ProjectImports

#: What installs a module that many know. A package is named for no other: a slip of the pen may
#: well be the name of one that somebody published in wait for it.
_DISTRIBUTIONS = {
    "aiohttp": "aiohttp",
    "anthropic": "anthropic",
    "boto3": "boto3",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dotenv": "python-dotenv",
    "httpx": "httpx",
    "jinja2": "jinja2",
    "jwt": "pyjwt",
    "livekit": "livekit-api",
    "numpy": "numpy",
    "openai": "openai",
    "pandas": "pandas",
    "PIL": "pillow",
    "psycopg": "psycopg",
    "psycopg2": "psycopg2-binary",
    "redis": "redis",
    "requests": "requests",
    "sklearn": "scikit-learn",
    "socketio": "python-socketio",
    "sqlalchemy": "sqlalchemy",
    "yaml": "pyyaml",
}


def failure_of(error: BaseException, file: Path, imports: ProjectImports) -> LoadFailure:
    """What `error`, which came out of running `file`, means for its author."""
    places = imports.places(error)
    own = [place.line for place in places if place.file == file]
    deepest = places[-1] if places else None
    kind, message, advice = _told(error, deepest.file if deepest else file, imports.root)
    if deepest is not None and deepest.file != file:
        inner = deepest.file.relative_to(imports.root).as_posix()
        message = f"{inner}:{deepest.line}: {message}"
    return LoadFailure(
        file=file.relative_to(imports.root).as_posix(),
        line=own[-1] if own else None,
        kind=kind,
        message=message,
        advice=advice,
    )


def _told(error: BaseException, importer: Path, root: Path) -> tuple[FailureKind, str, str]:
    match error:
        case ConfigError():
            return "config", str(error), error.advice
        case SyntaxError():
            shown = f": {error.text.strip()}" if error.text else ""
            return "syntax", f"{error.msg}{shown}", "mend this line or the one above it"
        case ModuleNotFoundError(name=str() as name):
            return "import", f"there is no module {name!r}", _missing(name, importer, root)
        case ImportError():
            return "import", str(error), _unimportable(str(error))
        case SystemExit():
            return (
                "error",
                f"it ended itself while it was imported: SystemExit({error.code!r})",
                'put what is to run as a program under `if __name__ == "__main__":`',
            )
    return (
        "error",
        "".join(traceback.format_exception_only(error)).strip(),
        "this runs whenever the file is loaded: set what it needs before the start,"
        " or move it into the handler",
    )


def _missing(name: str, importer: Path, root: Path) -> str:
    top = name.partition(".")[0]
    beside = importer.parent / top
    if importer.parent != root and (beside.is_dir() or beside.with_suffix(".py").is_file()):
        return f"it lies beside {importer.name}: write `from .{name} import ...`"
    if (root / top).is_dir() or (root / f"{top}.py").is_file():
        return f"{top!r} is in the project, but nothing in it is called {name!r}: check the name"
    if top in _DISTRIBUTIONS:
        return f"install it: python -m pip install {_DISTRIBUTIONS[top]}"
    for known in difflib.get_close_matches(top, _DISTRIBUTIONS, n=1):
        return f"check the spelling first: did you mean {known!r}?"
    return "check the spelling first, then install the package that has it"


def _unimportable(message: str) -> str:
    if "beyond top-level package" in message or "no known parent package" in message:
        return "use fewer dots: relative imports reach up to the project's folder, not above it"
    if "partially initialized" in message:
        return "the two modules import each other: import one of them inside a function"
    return "check the name, and whether the installed version has it"
