"""What the workbench costs a browser, and what a browser that looks costs the server.

The server is `motia-py dev`, the browser the system's Chromium. Variants: `graph/STEPS`,
`trace/RUNS`, `logs/LINES`, `heap/RUNS_PER_SECOND` and `noop/CONNECTIONS`, which needs `wrk`.
Nothing else may use the machine meanwhile: a browser needs both cores.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
import statistics
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import aiohttp
from playwright.async_api import CDPSession, Locator, Page, async_playwright

from bench.measuring import Figures, run
from bench.process import Process, served

_MIB = 1024 * 1024
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE_MS = 60_000
_WHEEL_PIXELS = 900
_OPENINGS = 7

#: One request sets off any number of runs of one trace, or writes any number of lines.
_STEPS = {
    "noop_step.py": """
        config = {"type": "api", "name": "Noop", "method": "GET", "path": "/noop", "emits": []}

        async def handler(req, context):
            return {"body": {"ok": True}}
    """,
    "begin_step.py": """
        config = {"type": "api", "name": "Begin", "method": "POST", "path": "/begin",
                  "emits": ["part"]}

        async def handler(req, context):
            for number in range(req.body["runs"]):
                await context.emit("part", {"number": number})
            for number in range(req.body["lines"]):
                context.logger.info(f"line {number}", {"number": number})
            return {"body": context.trace_id}
    """,
    "part_step.py": """
        config = {"type": "event", "name": "Part", "subscribes": ["part"], "emits": []}

        async def handler(part, context):
            await context.streams.parts.set("all", str(part["number"] % 50), part)
    """,
    "parts_stream.py": 'config = {"name": "parts", "schema": None}',
}


async def workbench(variant: str, seconds: float, folder: Path) -> Figures:
    kind, amount = variant.split("/")
    return await _CASES[kind](int(amount), seconds, folder)


async def _graph(steps: int, seconds: float, folder: Path) -> Figures:
    """From the address to nodes that answer a click: chains of ten steps, five flows."""
    files = {f"s{number}_step.py": _link_of_chain(number) for number in range(steps)}
    usable, longest = [], []
    async with served(_project(folder, files), "dev", folder) as server, _browser() as page:
        for _ in range(_OPENINGS):
            await page.goto("about:blank")
            await page.goto(f"{server.url}/__motia/flows", wait_until="commit")
            await page.locator("[data-step]").first.click()
            await page.get_by_role("region", name="Step ").wait_for()
            # What can be clicked has been drawn; the click itself is a few ms of it.
            usable.append(await page.evaluate("performance.now()"))
            longest.append(await page.evaluate("Math.max(0, ...window.tasks)"))
        drawn = await page.locator("[data-step]").count()
    return {
        "steps": steps,
        "drawn": drawn,
        "usable_ms": round(statistics.median(usable)),
        "usable_best_ms": round(min(usable)),
        "longest_task_ms": round(statistics.median(longest)),
    }


async def _trace(runs: int, seconds: float, folder: Path) -> Figures:
    """Through the waterfall of one trace and back."""
    async with served(_project(folder, _STEPS), "dev", folder) as server, _browser() as page:
        trace = await _begin(server, runs=runs)
        await _settled(server, trace, runs)
        await page.goto(f"{server.url}/__motia/traces/{trace}")
        await page.get_by_role("treeitem").nth(3).wait_for()
        opening = await page.evaluate("Math.max(0, ...window.tasks)")
        scrolled = await _scroll(page, page.get_by_role("treeitem").nth(3), seconds)
    return {"runs": runs, "opening_longest_task_ms": round(opening), **scrolled}


async def _logs(lines: int, seconds: float, folder: Path) -> Figures:
    """Through the log and back, while a line comes now and then."""
    async with served(_project(folder, _STEPS), "dev", folder) as server, _browser() as page:
        await _begin(server, lines=lines)
        await page.goto(f"{server.url}/__motia/logs")
        last = page.get_by_role("option").filter(has_text=f"line {lines - 1}")
        await last.wait_for()
        opening = await page.evaluate("Math.max(0, ...window.tasks)")
        scrolled = await _scroll(page, last, seconds)
    return {"lines": lines, "opening_longest_task_ms": round(opening), **scrolled}


async def _heap(runs_per_second: int, seconds: float, folder: Path) -> Figures:
    """The heap of a page that is open for long, at the graph, while runs go on."""
    async with served(_project(folder, _STEPS), "dev", folder) as server, _browser() as page:
        browser = await page.context.new_cdp_session(page)
        await page.goto(f"{server.url}/__motia/flows")
        await page.locator("[data-step]").first.wait_for()
        heaps = [await _heap_mib(browser)]
        parts = max(5, round(seconds / 60))
        for _ in range(parts):
            await _load(server, runs_per_second, seconds / parts)
            heaps.append(await _heap_mib(browser))
        longest = await page.evaluate("Math.max(0, ...window.tasks)")
        dropped = await page.get_by_role("button", name="dropped").count()
        rss = server.rss_mib
    return {
        "runs_per_second": runs_per_second,
        "heap_mib": heaps,
        "longest_task_ms": round(longest),
        "told_dropped": bool(dropped),
        "server_rss_mib": round(rss, 1),
    }


async def _noop(connections: int, seconds: float, folder: Path) -> Figures:
    """Requests/s of a step that does nothing: alone, and with somebody at the live socket."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("wrk is not installed")
    rates: dict[str, list[float]] = {"start": [], "dev": [], "watched": []}
    project = _project(folder, _STEPS)
    async with (
        served(project, "start", folder) as start,
        served(project, "dev", folder) as dev,
    ):
        for server in (start, dev):
            await _requests_per_s(wrk, server, connections, 1.0)
        for _ in range(_OPENINGS):
            rates["start"].append(await _requests_per_s(wrk, start, connections, seconds))
            rates["dev"].append(await _requests_per_s(wrk, dev, connections, seconds))
            async with _watching(dev):
                rates["watched"].append(await _requests_per_s(wrk, dev, connections, seconds))
    return {
        **{f"{name}_requests_per_s": round(statistics.median(rates[name])) for name in rates},
        "watched_of_dev": _ratio(rates["watched"], rates["dev"]),
        "watched_of_start": _ratio(rates["watched"], rates["start"]),
    }


_CASES: dict[str, Callable[[int, float, Path], Coroutine[Any, Any, Figures]]] = {
    "graph": _graph,
    "trace": _trace,
    "logs": _logs,
    "heap": _heap,
    "noop": _noop,
}


def _ratio(some: list[float], others: list[float]) -> float:
    ratios = [one / other for one, other in zip(some, others, strict=True)]
    return round(statistics.median(ratios), 3)


def _project(folder: Path, files: dict[str, str]) -> Path:
    steps = folder / "project/steps"
    steps.mkdir(parents=True)
    for name, text in files.items():
        (steps / name).write_text(dedent(text))
    return steps.parent


def _link_of_chain(number: int) -> str:
    return f"""
        config = {{
            "type": "event", "name": "Step{number}", "flows": ["flow {number % 5}"],
            "subscribes": ["t{number}"], "emits": ["t{number + 1}"] if {number} % 10 < 9 else [],
        }}

        async def handler(data, context):
            pass
    """


@asynccontextmanager
async def _browser() -> AsyncIterator[Page]:
    """A page that keeps how long its tasks of over 50 ms took, in `window.tasks`."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("chromium is not installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(_PATIENCE_MS)
        await page.add_init_script(
            """window.tasks = [];
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries()) window.tasks.push(entry.duration);
            }).observe({ type: "longtask", buffered: true });"""
        )
        yield page
        await browser.close()


async def _scroll(page: Page, over: Locator, seconds: float) -> Figures:
    """Turn the wheel, down for one half of the time and up for the other."""
    box = await over.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 20, box["y"] + 5)
    await page.evaluate("window.tasks.length = 0")
    frames = "new Promise(next => requestAnimationFrame(() => next(performance.now())))"
    begun = last = await page.evaluate(frames)
    gaps: list[float] = []
    while last - begun < seconds * 1000:
        way = _WHEEL_PIXELS if last - begun < seconds * 500 else -_WHEEL_PIXELS
        await page.mouse.wheel(0, way)
        now = await page.evaluate(frames)
        gaps.append(now - last)
        last = now
    tasks = await page.evaluate("window.tasks")
    return {
        "longest_task_ms": round(max(tasks, default=0)),
        "tasks_over_50_ms": len(tasks),
        "turn_p50_ms": round(statistics.median(gaps), 1),
        "turn_max_ms": round(max(gaps), 1),
    }


async def _heap_mib(browser: CDPSession) -> float:
    await browser.send("HeapProfiler.collectGarbage")
    used = await browser.send("Runtime.getHeapUsage")
    used_bytes: int = used["usedSize"]
    return round(used_bytes / _MIB, 1)


async def _begin(server: Process, *, runs: int = 0, lines: int = 0) -> str:
    """The id of the trace."""
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{server.url}/begin", json={"runs": runs, "lines": lines}) as answer,
    ):
        return re.sub(r'"', "", await answer.text())


async def _settled(server: Process, trace: str, runs: int) -> None:
    """Return once all of its runs have ended, as far as the server keeps them."""
    async with aiohttp.ClientSession() as client:
        while True:
            async with client.get(f"{server.url}/__motia/api/traces/{trace}") as answer:
                spans = (await answer.json())["spans"]
            is_over = all(span["run"]["status"] != "running" for span in spans)
            if is_over and len(spans) >= min(runs, 5000):
                return
            await asyncio.sleep(0.5)


async def _load(server: Process, runs_per_second: int, seconds: float) -> None:
    """Messages at a steady rate, each a request with its run of an event step."""
    async with aiohttp.ClientSession() as client:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for tick in range(round(seconds * 10)):
            body = {"runs": runs_per_second // 10, "lines": 1}
            async with client.post(f"{server.url}/begin", json=body) as answer:
                await answer.read()
            await asyncio.sleep(max(0.0, begun + (tick + 1) / 10 - loop.time()))


@asynccontextmanager
async def _watching(server: Process) -> AsyncIterator[None]:
    """Somebody who listens to every topic of the live socket."""
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"{server.url}/__motia/api/live", max_msg_size=0) as socket,
    ):
        topics = dict.fromkeys(("runs", "project", "logs", "changes"))
        await socket.send_str(json.dumps({"type": "subscribe", "topics": topics}))

        async def listen() -> None:
            async for _ in socket:
                pass

        listening = asyncio.create_task(listen())
        yield
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


async def _requests_per_s(wrk: str, server: Process, connections: int, seconds: float) -> float:
    process = await asyncio.create_subprocess_exec(
        *(wrk, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", f"{server.url}/noop"),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    found = re.search(rb"Requests/sec:\s+([\d.]+)", output)
    if found is None:
        raise RuntimeError(output.decode())
    return float(found[1])


if __name__ == "__main__":
    run(workbench)
