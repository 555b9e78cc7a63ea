"""Files as answers, over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from motia_py.runtime.files import FileResponse
from motia_py.runtime.requests import ApiResponse
from motia_py.testing import MotiaTester
from tests.projects import api_step, write_project
from tests.serving import Serving, api, raw_exchange

PAGE = "<h1>héllo</h1>"
STEPS = {
    "steps/site/page_step.py": "from motia_py import FileResponse\n"
    + api_step("page", 'return FileResponse("page.html")'),
    "steps/site/thread_step.py": """
        from motia_py import FileResponse

        config = {"type": "api", "name": "thread", "method": "GET", "path": "/thread", "emits": []}


        def handler(req, context):
            return FileResponse("page.html")
        """,
    "steps/site/own_loop_step.py": "from motia_py import FileResponse\n"
    + api_step("own", 'return FileResponse("page.html")', more='"isolation": "thread"'),
    "steps/site/missing_step.py": "from motia_py import FileResponse\n"
    + api_step(
        "missing",
        'return {"status": 404, "body": FileResponse("page.html"),'
        ' "headers": {"Cache-Control": "no-store", "content-type": "text/plain", "ETag": "mine"}}',
    ),
    "steps/site/save_step.py": "from motia_py import FileResponse\n"
    + api_step("save", 'return FileResponse("page.html", filename=req.query_params["as"])'),
    "steps/site/typed_step.py": "from motia_py import FileResponse\n"
    + api_step("typed", 'return FileResponse("page.html", media_type="text/x-own")'),
    "steps/site/checked_step.py": "from motia_py import FileResponse\n"
    + api_step(
        "checked",
        'return FileResponse("page.html")',
        more='"validate": "strict", "responseSchema": {200: {"type": "object"}}',
    ),
    "steps/files_step.py": "from motia_py import FileResponse\n"
    + api_step(
        "files",
        'return FileResponse(req.path_params["0"], root="public")',
        path="/files/*",
    ),
    "steps/site/page.html": PAGE,
    "steps/public/data.txt": "0123456789",
    "steps/public/empty.txt": "",
    "steps/public/deep/x.js": "x",
    "steps/public/.env": "SECRET=1",
    "steps/secret.txt": "secret",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_project(tmp_path, STEPS)
    (tmp_path / "steps/public/out.txt").symlink_to("../secret.txt")
    return tmp_path


@pytest.fixture
async def motia(root: Path) -> AsyncIterator[MotiaTester]:
    async with MotiaTester(root) as motia:
        yield motia


@pytest.mark.parametrize("name", ["page", "thread", "own", "checked"])
async def test_a_file_beside_the_step_is_the_answer(motia: MotiaTester, name: str) -> None:
    got = await motia.get(f"/{name}")

    assert (got.status, got.body) == (200, PAGE)
    assert got.headers["Content-Type"] == "text/html; charset=utf-8"
    assert (got.headers["Server"], len(got.headers["x-trace-id"])) == ("motia_py", 32)
    assert got.headers["Content-Length"] == str(len(PAGE.encode()))


async def test_status_and_headers_around_a_file_are_the_steps(motia: MotiaTester) -> None:
    """A page that says what is missing is not asked whether it has changed."""
    page = await motia.get("/page")
    conditions = {"If-None-Match": page.headers["ETag"], "Range": "bytes=0-1"}

    got = await motia.get("/missing", headers=conditions)

    assert (got.status, got.body) == (404, PAGE)
    assert got.headers["Content-Type"] == "text/plain"
    assert got.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("report.html", 'attachment; filename="report.html"'),
        ('a"b\\c.html', "attachment; filename=\"a_b_c.html\"; filename*=UTF-8''a%22b%5Cc.html"),
        ("é\r\nX: 1", "attachment; filename=\"___X: 1\"; filename*=UTF-8''%C3%A9%0D%0AX%3A%201"),
    ],
)
async def test_a_filename_makes_it_a_download(
    motia: MotiaTester, name: str, disposition: str
) -> None:
    got = await motia.get("/save", params={"as": name})

    assert (got.status, got.headers["Content-Disposition"]) == (200, disposition)
    assert "X" not in got.headers


async def test_a_type_of_the_steps_own_wins(motia: MotiaTester) -> None:
    got = await motia.get("/typed")

    assert got.headers["Content-Type"] == "text/x-own; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/files/data.txt", "0123456789"),
        ("/files/deep/x.js", "x"),
        ("/files/d%61ta.txt", "0123456789"),
    ],
)
async def test_a_path_of_a_request_finds_files_inside(
    motia: MotiaTester, path: str, found: str
) -> None:
    assert (await motia.get(path)).body == found


@pytest.mark.parametrize(
    "path",
    [
        b"/files/../secret.txt",
        b"/files/..%2fsecret.txt",
        b"/files/%2e%2e/secret.txt",
        b"/files/%2e%2e%2fsecret.txt",
        b"/files/%252e%252e/secret.txt",
        b"/files/..%5csecret.txt",
        b"/files/..\\secret.txt",
        b"/files//etc/passwd",
        b"/files/%2fetc%2fpasswd",
        b"/files/data.txt%00",
        b"/files/data.txt%00.png",
        b"/files/.env",
        b"/files/%2eenv",
        b"/files/out.txt",
        b"/files/deep",
        b"/files/deep/",
        b"/files/",
        b"/files",
        b"/files/nothing.txt",
        b"/files/%ff",
        b"/files/" + b"x" * 1000,
    ],
)
async def test_whatever_may_not_be_sent_is_one_and_the_same_404(
    motia: MotiaTester, path: bytes
) -> None:
    """S7: never a 403, never a 500, and nothing that tells what there is."""
    port = int(motia.url.rpartition(":")[2])
    received = await raw_exchange(port, b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")

    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert b"application/json" in head
    assert body == b'{"error":"File not found"}'


async def test_parts_of_a_file_can_be_asked_for(motia: MotiaTester) -> None:
    some = await motia.get("/files/data.txt", headers={"Range": "bytes=2-4"})
    last = await motia.get("/files/data.txt", headers={"Range": "bytes=-2"})
    none = await motia.get("/files/data.txt", headers={"Range": "bytes=50-"})

    assert (some.status, some.body, some.headers["Content-Range"]) == (206, "234", "bytes 2-4/10")
    assert (last.status, last.body) == (206, "89")
    assert (none.status, none.headers["Content-Range"]) == (416, "bytes */10")


async def test_a_part_is_sent_only_of_the_file_that_the_client_has(motia: MotiaTester) -> None:
    first = await motia.get("/files/data.txt")
    same = [first.headers["ETag"], first.headers["Last-Modified"]]
    other = ['"other"', f"W/{same[0]}", "nonsense", "Fri, 01 Jan 2100 00:00:00 GMT"]

    got = [
        await motia.get("/files/data.txt", headers={"Range": "bytes=2-4", "If-Range": value})
        for value in (*same, *other)
    ]

    assert [each.status for each in got] == [206, 206, 200, 200, 200, 200]
    assert got[-1].body == "0123456789"


async def test_a_file_that_has_not_changed_is_not_sent_again(motia: MotiaTester) -> None:
    first = await motia.get("/files/data.txt")

    again = await motia.get("/files/data.txt", headers={"If-None-Match": first.headers["ETag"]})
    since = await motia.get(
        "/files/data.txt", headers={"If-Modified-Since": first.headers["Last-Modified"]}
    )

    assert [(each.status, each.raw) for each in (again, since)] == [(304, b"")] * 2
    assert len(again.headers["x-trace-id"]) == 32


@pytest.mark.parametrize("name", ["data.txt", "empty.txt"])
async def test_head_tells_of_a_file_and_the_connection_stays_usable(
    motia: MotiaTester, root: Path, name: str
) -> None:
    size = (root / "steps/public" / name).stat().st_size
    port = int(motia.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heads = []
    for _ in range(2):
        writer.write(f"HEAD /files/{name} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        heads.append(await reader.readuntil(b"\r\n\r\n"))
    writer.close()

    for head in heads:
        assert head.startswith(b"HTTP/1.1 200 ")
        assert f"Content-Length: {size}\r\n".encode() in head


@pytest.mark.parametrize("kind", ["file", "link"])
@pytest.mark.parametrize("suffix", ["gz", "br"])
async def test_a_compressed_sibling_is_never_sent_for_a_file(
    motia: MotiaTester, root: Path, kind: str, suffix: str
) -> None:
    """aiohttp would look for it; it may hold something else, or lead out."""
    sibling = root / f"steps/public/data.txt.{suffix}"
    if kind == "file":
        sibling.write_bytes(gzip.compress(b"other"))
    else:
        sibling.symlink_to("../secret.txt")

    got = await motia.get("/files/data.txt", headers={"Accept-Encoding": "gzip, br"})

    assert got.body == "0123456789"
    assert "Content-Encoding" not in got.headers


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("x.js", "text/javascript; charset=utf-8"),
        ("x.mjs", "text/javascript; charset=utf-8"),
        ("x.css", "text/css; charset=utf-8"),
        ("x.html", "text/html; charset=utf-8"),
        ("x.HTML", "text/html; charset=utf-8"),
        ("x.txt", "text/plain; charset=utf-8"),
        ("x.md", "text/markdown; charset=utf-8"),
        ("x.svg", "image/svg+xml"),
        ("x.json", "application/json"),
        ("x.wasm", "application/wasm"),
        ("x.woff2", "font/woff2"),
        ("x.png", "image/png"),
        ("x.unheard", "application/octet-stream"),
    ],
)
async def test_the_type_of_a_file_is_told_by_its_name(
    tmp_path: Path, name: str, content_type: str
) -> None:
    (tmp_path / name).write_bytes(b"x")
    step = api("GET", "/x", lambda request: FileResponse(name, root=tmp_path))
    async with (
        Serving(step) as serving,
        aiohttp.ClientSession(serving.url) as client,
        client.get("/x") as got,
    ):
        assert (await got.read(), got.headers["Content-Type"]) == (b"x", content_type)


async def test_other_origins_get_their_headers_with_a_file_and_without_one(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("x")
    origin = {"Origin": "https://app.test"}
    steps = [
        api("GET", f"/{name}", lambda request, name=name: FileResponse(name, root=tmp_path))  # type: ignore[misc]  # mypy reads the default as a second argument
        for name in ("x.txt", "gone.txt")
    ]
    async with (
        Serving(*steps, cors_origins=("https://app.test",)) as serving,
        aiohttp.ClientSession(serving.url, headers=origin) as client,
    ):
        for name, status in (("x.txt", 200), ("gone.txt", 404)):
            async with client.get(f"/{name}") as got:
                assert got.status == status
                assert got.headers["Access-Control-Allow-Origin"] == "https://app.test"

    assert [line.status for line in serving.lines] == [200, 404]


@pytest.mark.parametrize("status", [204, 304])
async def test_a_status_without_a_body_sends_no_file(tmp_path: Path, status: int) -> None:
    (tmp_path / "x.txt").write_text("x")
    response = ApiResponse(status, FileResponse("x.txt", root=tmp_path))
    async with (
        Serving(api("GET", "/x", lambda request: response)) as serving,
        aiohttp.ClientSession(serving.url) as client,
    ):
        for _ in range(2):
            async with client.get("/x") as got:
                assert (got.status, await got.read()) == (status, b"")


async def test_a_header_that_cannot_be_sent_is_a_500_also_beside_a_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "x.txt").write_text("x")
    response = ApiResponse(200, FileResponse("x.txt", root=tmp_path), {"X": "a\nb"})
    async with (
        Serving(api("GET", "/x", lambda request: response)) as serving,
        aiohttp.ClientSession(serving.url) as client,
        client.get("/x") as got,
    ):
        assert got.status == 500

    assert "cannot be sent" in caplog.text


async def test_a_client_that_goes_away_in_the_middle_harms_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "x.bin").write_bytes(bytes(32 * 1024 * 1024))
    step = api("GET", "/x", lambda request: FileResponse("x.bin", root=tmp_path))
    async with Serving(step) as serving:
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        writer.write(b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

        received = await _head(serving.port)

    assert received.startswith(b"HTTP/1.1 200 ")
    assert caplog.text == ""


async def test_no_answer_follows_a_file_that_became_shorter_while_it_was_sent(
    tmp_path: Path,
) -> None:
    """The client counts bytes: it would take the next answer for the rest of the file."""
    file = tmp_path / "x.bin"
    file.write_bytes(bytes(32 * 1024 * 1024))
    step = api("GET", "/x", lambda request: FileResponse("x.bin", root=tmp_path))
    async with Serving(step) as serving:
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port, limit=1024)
        writer.write(b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2)
        await reader.readuntil(b"\r\n\r\n")
        os.truncate(file, 0)
        async with asyncio.timeout(10):
            received = await reader.read()
        writer.close()

    assert len(received) < 32 * 1024 * 1024
    assert b"HTTP/1.1" not in received


async def _head(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return head
