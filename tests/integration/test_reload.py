"""Hot reload from end to end: real files, the real watcher, the answers over HTTP."""

from __future__ import annotations

import asyncio
import os
import py_compile
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from motia_py.messages import JSON
from motia_py.project.registry import ReloadReport
from motia_py.reload import RestartNeeded, look, watch
from motia_py.testing import Answer, MotiaTester
from tests.projects import api_step, write_project

#: What a save may take until it is served.
ONE_SECOND = 1.0
#: How long a test waits for what has no promised time.
PATIENCE_SECONDS = 10.0


class Watched:
    """A project that is served and watched, and all that the watcher told."""

    def __init__(self, root: Path, motia: MotiaTester) -> None:
        self.root = root
        self.motia = motia
        self.news: asyncio.Queue[ReloadReport | RestartNeeded] = asyncio.Queue()

    async def until(
        self, path: str, expected: JSON, *, status: int = 200, seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Ask until the answer is this one."""

        def fits(answer: Answer) -> bool:
            return answer.status == status and (expected is ... or answer.body == expected)

        await eventually(lambda: self.motia.get(path), fits, seconds=seconds)

    async def report(self, fits: Callable[[ReloadReport], bool]) -> ReloadReport:
        """The next report that fits."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                news = await self.news.get()
                if isinstance(news, ReloadReport) and fits(news):
                    return news

    async def restart_notice(self) -> RestartNeeded:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                news = await self.news.get()
                if isinstance(news, RestartNeeded):
                    return news


async def eventually(
    ask: Callable[[], Awaitable[Any]], fits: Callable[[Any], bool], *, seconds: float
) -> None:
    last = None
    try:
        async with asyncio.timeout(seconds):
            while not fits(last := await ask()):
                pass
    except TimeoutError:
        pytest.fail(f"not within {seconds:g} s; the last answer was {last}")


@asynccontextmanager
async def watched(root: Path, files: dict[str, str]) -> AsyncIterator[Watched]:
    write_project(root, files)
    before = look(root)
    async with MotiaTester(root) as motia, asyncio.TaskGroup() as tasks:
        project = Watched(root, motia)
        task = tasks.create_task(watch(root, motia.app, project.news.put_nowait, since=before))
        yield project
        task.cancel()


def replying(name: str, word: str, *, path: str | None = None) -> str:
    return api_step(name, f'return {{"status": 200, "body": {{"said": "{word}"}}}}\n', path=path)


HELLO = {"steps/hello_step.py": replying("hello", "one")}


async def test_a_new_file_is_served_within_a_second(tmp_path: Path) -> None:
    async with watched(tmp_path, HELLO) as project:
        write_project(tmp_path, {"steps/new_step.py": replying("new", "hi")})

        await project.until("/new", {"said": "hi"}, seconds=ONE_SECOND)


async def test_an_edit_of_the_same_size_is_served_although_a_pyc_is_fresh(tmp_path: Path) -> None:
    """The `.pyc` still fits by size and by time of writing, and a plain import would take it."""
    async with watched(tmp_path, HELLO) as project:
        file = tmp_path / "steps/hello_step.py"
        py_compile.compile(str(file))
        times = file.stat()

        file.write_text(replying("hello", "two"))
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))

        await project.until("/hello", {"said": "two"}, seconds=ONE_SECOND)


async def test_a_broken_step_keeps_serving_and_its_file_and_line_are_told(tmp_path: Path) -> None:
    """SX.5"""
    async with watched(tmp_path, HELLO) as project:
        (tmp_path / "steps/hello_step.py").write_text(replying("hello", "two") + "\nx = (\n")

        report = await project.report(lambda report: bool(report.failures))

        assert [(each.file, each.line) for each in report.failures] == [("steps/hello_step.py", 8)]
        await project.until("/hello", {"said": "one"})


async def test_a_broken_step_is_served_anew_once_it_is_mended(tmp_path: Path) -> None:
    async with watched(tmp_path, HELLO) as project:
        (tmp_path / "steps/hello_step.py").write_text("config = {\n")
        await project.report(lambda report: bool(report.failures))

        write_project(tmp_path, {"steps/hello_step.py": replying("hello", "mended")})

        await project.until("/hello", {"said": "mended"})


async def test_a_renamed_file_is_served_under_its_new_name_only_once(tmp_path: Path) -> None:
    async with watched(tmp_path, HELLO) as project:
        (tmp_path / "steps/hello_step.py").rename(tmp_path / "steps/renamed_step.py")

        report = await project.report(lambda report: True)

        assert report.failures == ()
        await project.until("/hello", {"said": "one"})
        assert project.motia.app.registry.steps["hello"].file == "steps/renamed_step.py"


async def test_a_deleted_file_is_no_longer_served(tmp_path: Path) -> None:
    files = {**HELLO, "steps/bye_step.py": replying("bye", "bye")}
    async with watched(tmp_path, files) as project:
        (tmp_path / "steps/bye_step.py").unlink()

        await project.until("/bye", ..., status=404)

        await project.until("/hello", {"said": "one"})


async def test_a_moved_folder_takes_its_steps_along(tmp_path: Path) -> None:
    """The system only tells of the folder, not of what is in it."""
    files = {
        "steps/old/said.py": 'WORD = "one"\n',
        "steps/old/hello_step.py": "from .said import WORD\n"
        + api_step("hello", 'return {"status": 200, "body": WORD}'),
    }
    async with watched(tmp_path, files) as project:
        (tmp_path / "steps/old").rename(tmp_path / "steps/new")
        await project.report(lambda report: True)

        write_project(tmp_path, {"steps/new/said.py": 'WORD = "two"\n'})

        await project.until("/hello", "two")


async def test_a_changed_helper_reloads_the_steps_that_import_it(tmp_path: Path) -> None:
    files = {
        "prices.py": "PRICE = 1\n",
        "steps/price_step.py": "import prices\n"
        + api_step("price", 'return {"status": 200, "body": {"price": prices.PRICE}}'),
        **HELLO,
    }
    async with watched(tmp_path, files) as project:
        write_project(tmp_path, {"prices.py": "PRICE = 2\n"})

        report = await project.report(lambda report: True)

        assert report.changed == ("price",)
        await project.until("/price", {"price": 2})


async def test_an_edit_is_served_in_a_folder_named_like_an_environment(tmp_path: Path) -> None:
    async with watched(tmp_path, {"steps/env/hello_step.py": replying("hello", "one")}) as project:
        write_project(tmp_path, {"steps/env/hello_step.py": replying("hello", "two")})

        await project.until("/hello", {"said": "two"})


async def test_a_new_stream_file_can_be_used_at_once(tmp_path: Path) -> None:
    body = """
        await context.streams.todo.set("all", "1", {"text": "tea"})
        return {"status": 200, "body": await context.streams.todo.get_group("all")}
    """
    files = {"steps/add_step.py": api_step("add", body)}
    async with watched(tmp_path, files) as project:
        write_project(tmp_path, {"steps/todo_stream.py": 'config = {"name": "todo"}\n'})

        report = await project.report(lambda report: True)

        assert report.added == ("todo",)
        answer = await project.motia.get("/add")
        assert [item["text"] for item in answer.body] == ["tea"]


@pytest.mark.parametrize("folder", ["steps", "src"])
async def test_a_folder_that_is_created_later_is_watched(tmp_path: Path, folder: str) -> None:
    async with watched(tmp_path, {}) as project:
        write_project(tmp_path, {f"{folder}/deep/er/hello_step.py": replying("hello", "one")})
        await project.until("/hello", {"said": "one"})

        write_project(tmp_path, {f"{folder}/deep/er/hello_step.py": replying("hello", "two")})

        await project.until("/hello", {"said": "two"})


async def test_a_folder_that_is_deleted_and_made_again_is_watched_again(tmp_path: Path) -> None:
    async with watched(tmp_path, HELLO) as project:
        for word in ("two", "three", "four"):
            shutil.rmtree(tmp_path / "steps")
            write_project(tmp_path, {"steps/hello_step.py": replying("hello", word)})
            await project.until("/hello", {"said": word})

        write_project(tmp_path, {"steps/hello_step.py": replying("hello", "edited")})

        await project.until("/hello", {"said": "edited"})


async def test_an_edit_from_before_the_watch_counts(tmp_path: Path) -> None:
    """Between the load of the project and the first look nobody listens."""
    write_project(tmp_path, HELLO)
    before = look(tmp_path)
    async with MotiaTester(tmp_path) as motia, asyncio.TaskGroup() as tasks:
        project = Watched(tmp_path, motia)
        write_project(tmp_path, {"steps/hello_step.py": replying("hello", "early")})

        task = tasks.create_task(watch(tmp_path, motia.app, project.news.put_nowait, since=before))

        await project.until("/hello", {"said": "early"})
        task.cancel()


@pytest.mark.parametrize("file", [".env", "requirements.txt", "pyproject.toml", "uv.lock"])
async def test_what_only_a_new_process_reads_asks_for_a_restart(tmp_path: Path, file: str) -> None:
    async with watched(tmp_path, HELLO) as project:
        (tmp_path / file).write_text("# new\n")

        notice = await project.restart_notice()

        assert notice == RestartNeeded(files=(file,))
        assert project.news.empty()


async def test_changed_settings_of_the_project_ask_for_a_restart_once(tmp_path: Path) -> None:
    hooks = "settings = {'shutdown_seconds': %d}\nWORD = '%s'\n"
    async with watched(tmp_path, {**HELLO, "motia_config.py": hooks % (1, "one")}) as project:
        write_project(tmp_path, {"motia_config.py": hooks % (1, "two")})
        await project.report(lambda report: True)
        write_project(tmp_path, {"motia_config.py": hooks % (2, "two")})

        notice = await project.restart_notice()

        assert notice == RestartNeeded(files=("motia_config.py",))
        assert project.news.empty()


async def test_when_the_watching_fails_the_app_serves_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Here a folder appears whose name is no text, which the system's notifications cannot take."""
    async with watched(tmp_path, HELLO) as project:
        os.mkdir(os.fsencode(tmp_path) + b"/caf\xe9")  # noqa: PTH102 - a Path takes no bytes
        await eventually(
            lambda: project.motia.get("/hello"),
            lambda _: "no longer watched" in caplog.text,
            seconds=PATIENCE_SECONDS,
        )

        answer = await project.motia.get("/hello")

    assert answer.body == {"said": "one"}


async def test_what_failed_to_reload_is_tried_again_with_the_next_change(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Here the teller breaks at the first notice, before the reload of the same look."""
    write_project(tmp_path, HELLO)
    before = look(tmp_path)

    def tell(news: ReloadReport | RestartNeeded) -> None:
        if not caplog.records:
            raise RuntimeError("the terminal is gone")

    async with MotiaTester(tmp_path) as motia, asyncio.TaskGroup() as tasks:
        project = Watched(tmp_path, motia)
        changes = {".env": "A=1\n", "steps/hello_step.py": replying("hello", "two")}
        write_project(tmp_path, changes)
        task = tasks.create_task(watch(tmp_path, motia.app, tell, since=before))
        await eventually(
            lambda: motia.get("/hello"),
            lambda _: "the terminal is gone" in caplog.text,
            seconds=PATIENCE_SECONDS,
        )

        write_project(tmp_path, {"steps/other_step.py": replying("other", "new")})

        await project.until("/hello", {"said": "two"})
        task.cancel()


async def test_watching_ends_when_the_project_is_deleted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = tmp_path / "project"
    write_project(root, HELLO)
    async with MotiaTester(root) as motia, asyncio.TaskGroup() as tasks:
        task = tasks.create_task(watch(root, motia.app, lambda _: None, since=look(root)))
        shutil.rmtree(root)

        async with asyncio.timeout(PATIENCE_SECONDS):
            await task

    assert "is gone" in caplog.text
