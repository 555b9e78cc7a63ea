"""Which file a path stands for: what lies inside the root and hides nowhere, and nothing else."""

from __future__ import annotations

import os
import random
import socket
import threading
from pathlib import Path

import pytest

from motia_py.runtime.files import FileResponse, locate, open_inside

PUBLIC = {"page.html", "app.js", "a b.txt", "é.txt", "sub/deep.css", "sub/sub/x.svg", "%41.txt"}
HIDDEN = {".env", "sub/.git/config", ".well/known.txt", "..x", "sub/..."}
OUTSIDE = {"secret.txt", "public-too/secret.txt"}
LINKS = {
    "inside.html": "page.html",
    "out.txt": "../secret.txt",
    "out": "..",
    "absolute.txt": "/etc/passwd",
    "env.txt": ".env",
    "loop.txt": "loop.txt",
    "gone.txt": "nowhere.txt",
    "alias": "sub",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `public` with files, links and worse, and secrets around it."""
    base = tmp_path_factory.mktemp("files")
    root = base / "public"
    for name in (*PUBLIC, *HIDDEN):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    for name in OUTSIDE:
        (base / name).parent.mkdir(exist_ok=True)
        (base / name).write_text("secret")
    for name, target in LINKS.items():
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listener:
        # By a short name: the path of a socket may have 108 characters.
        before = Path.cwd()
        os.chdir(root)
        listener.bind("socket.txt")
        os.chdir(before)
    (root / "back\\slash.txt").write_text("x")
    (root / "a:b.txt").write_text("x")
    (root / "%2e%2e.txt").write_text("x")
    return root


NAMES = [
    "",
    ".",
    "./",
    "sub",
    "sub/",
    "page.html/",
    "page.html/x",
    "/page.html",
    "/etc/passwd",
    "//etc/passwd",
    "///page.html",
    "../secret.txt",
    "sub/../page.html",
    "sub/../../secret.txt",
    "../public/page.html",
    "../public-too/secret.txt",
    "..",
    "...",
    "..\\secret.txt",
    "back\\slash.txt",
    "a:b.txt",
    "page.html:stream",
    "page.html::$DATA",
    "C:/page.html",
    "//server/share/page.html",
    "%2e%2e/secret.txt",
    "%2e%2e.txt",
    "%2E%2E%2Fsecret.txt",
    "sub%2fdeep.css",
    "%252e%252e/secret.txt",
    "%c0%ae%c0%ae/secret.txt",
    "page.html%00.png",
    "page.html\x00",
    "\x00",
    "page.html\n",
    "page.html ",
    " page.html",
    "PAGE.HTML",
    "page.html.",
    ".env",
    "sub/.git/config",
    ".well/known.txt",
    "..x",
    "out.txt",
    "out/secret.txt",
    "absolute.txt",
    "env.txt",
    "loop.txt",
    "gone.txt",
    "pipe.txt",
    "socket.txt",
    "nothing.txt",
    "~/page.html",
    "file:///etc/passwd",
    "x" * 300,
    "x/" * 3000 + "x",
    "\ud800.txt",
    "\udcff.txt",
    "\u2024\u2024/secret.txt",
    "\uff0e\uff0e/secret.txt",
]


@pytest.mark.parametrize("path", NAMES, ids=ascii)
def test_what_may_not_be_sent_is_nothing(root: Path, path: str) -> None:
    assert locate(path, root) is None


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("page.html", "page.html"),
        ("./page.html", "page.html"),
        ("sub//deep.css", "sub/deep.css"),
        ("sub/./deep.css", "sub/deep.css"),
        ("a b.txt", "a b.txt"),
        ("é.txt", "é.txt"),
        ("%41.txt", "%41.txt"),
        ("inside.html", "page.html"),
        ("alias/deep.css", "sub/deep.css"),
        ("out/public/page.html", "page.html"),
    ],
)
def test_a_file_inside_is_found_also_by_a_link(root: Path, path: str, found: str) -> None:
    assert locate(path, root) == root / found


def test_an_absolute_path_must_lie_inside(root: Path) -> None:
    assert locate(root / "page.html", root) == root / "page.html"
    assert locate(str(root / "sub/deep.css"), root) == root / "sub/deep.css"
    assert locate(root / ".env", root) is None
    assert locate(root.parent / "secret.txt", root) is None
    assert locate(f"{root}-too/secret.txt", root) is None
    assert locate(f"{root}//etc/passwd", root) is None


def test_a_root_may_be_a_link_and_lie_in_a_hidden_folder(root: Path, tmp_path: Path) -> None:
    (tmp_path / ".cache").mkdir()
    link = tmp_path / ".cache" / "site"
    link.symlink_to(root)

    assert locate("page.html", link) == root / "page.html"
    assert locate(link / "page.html", link) == root / "page.html"
    assert locate("out.txt", link) is None


def test_a_root_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert locate("page.html", tmp_path / "nowhere") is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_nothing(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("x")
    file.chmod(0)

    assert locate("page.html", tmp_path) is None


PIECES = (
    *("page.html", "app.js", "sub", "deep.css", "x.svg", "a b.txt", "é.txt", "%41.txt"),
    *("..", ".", "", "...", ".env", ".git", "config", "secret.txt", "public", "public-too"),
    *("out", "out.txt", "alias", "inside.html", "env.txt", "loop.txt", "pipe.txt"),
    *("%2e%2e", "%2E.", "%2f", "%5c", "%00", "%252e", "..%2f", "..\\", "\\..\\", "\x00", "\n"),
    *(":", "C:", "::$DATA", "etc/passwd", "/etc/passwd", "~", "$HOME", "x" * 256, "\ud800"),
)
TAME = ("page.html", "app.js", "sub", "sub", "deep.css", "x.svg", ".", "", "alias", "inside.html")
SEPARATORS = ("/", "/", "/", "//", "\\", "%2f", "/./", "/../", "")


def hostile_paths(count: int) -> list[str]:
    chance = random.Random(7)
    paths = []
    for number in range(count):
        pieces, separators = (TAME, ("/",)) if number % 4 == 0 else (PIECES, SEPARATORS)
        parts = [chance.choice(pieces) for _ in range(chance.randint(1, 5))]
        path = "".join(part + chance.choice(separators) for part in parts[:-1]) + parts[-1]
        paths.append(chance.choice(("", "", "", "/", "./", "../")) + path)
    return paths


def model(path: str) -> str | None:
    """What is served under `path`: a plain way down to a public file, by the links that stay."""
    steps = [step for step in path.split("/") if step not in ("", ".")]
    if path.startswith("/") or path.endswith("/"):
        return None
    while steps[:2] == ["out", "public"]:
        del steps[:2]
    if steps[:1] == ["alias"]:
        steps[0] = "sub"
    name = "page.html" if steps == ["inside.html"] else "/".join(steps)
    return name if name in PUBLIC else None


def test_five_thousand_hostile_paths_find_what_the_model_says(root: Path) -> None:
    """S7."""
    paths = [*hostile_paths(5000), *PUBLIC]

    found = {path: locate(path, root) for path in paths}

    expected = {path: model(path) for path in paths}
    assert {
        path: None if at is None else at.relative_to(root).as_posix() for path, at in found.items()
    } == expected
    assert sum(at is not None for at in expected.values()) > 25


def test_a_root_begins_at_the_steps_folder(tmp_path: Path) -> None:
    folder = tmp_path / "steps"

    assert FileResponse("x").beside(folder).root == folder
    assert FileResponse("x", root="site").beside(folder).root == folder / "site"
    assert FileResponse("x", root=tmp_path).beside(folder).root == tmp_path


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_what_is_swapped_in_while_a_file_is_opened_is_not_sent(tmp_path: Path, kind: str) -> None:
    """Whoever may write into the root still gets nothing out of the rest of the machine."""
    root, aside = tmp_path / "root", tmp_path / "aside"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "x.txt").write_text("fine")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.txt").write_text("secret")
    bad = root / "bad"
    if kind == "pipe":
        os.mkfifo(bad)
    else:
        bad.symlink_to("../other" if kind == "folder" else "../../other/x.txt")
    good = root / "sub" if kind == "folder" else root / "sub" / "x.txt"
    if kind == "link":
        bad.rename(root / "sub" / "bad")
        bad = root / "sub" / "bad"
    is_over = threading.Event()

    def swap() -> None:
        while not is_over.is_set():
            good.rename(aside)
            bad.rename(good)
            good.rename(bad)
            aside.rename(good)

    swapping = threading.Thread(target=swap)
    swapping.start()
    seen = set()
    try:
        for _ in range(1500):
            opened = open_inside("sub/x.txt", root)
            if opened is not None:
                with opened[1] as content:
                    seen.add(content.read())
    finally:
        is_over.set()
        swapping.join()

    assert seen <= {b"fine"}
