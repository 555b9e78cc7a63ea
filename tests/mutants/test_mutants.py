"""Builds that are broken on purpose: the tests that guard each place must notice.

Run by `pytest -m mutants`; each mutant is a copy of the package with one text replaced.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.mutants, pytest.mark.timeout(180)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """`old` stands once in `file`; with `new` in its place, one of `tests` must fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTANTS = (
    Mutant(
        name="pages of any origin may connect",
        file="web/guard.py",
        old="        if origin is None:\n            return True\n        read",
        new="        return True\n        read",
        tests=("tests/unit/test_guard.py", "tests/integration/test_websocket_upgrade.py"),
    ),
    Mutant(
        name="a page that makes its own name point here is let in",
        file="web/guard.py",
        old="        if not self._is_loopback or host in self._known_hosts:\n",
        new="        if True:\n",
        tests=("tests/unit/test_guard.py", "tests/integration/test_http_guard.py"),
    ),
    Mutant(
        name="the server's own pages need no token off loopback",
        file="web/guard.py",
        old="        if self._token is None:\n            return True\n",
        new="        return True\n",
        tests=("tests/unit/test_guard.py",),
    ),
    Mutant(
        name="links may lead out of a folder of files",
        file="runtime/files.py",
        old="not found.is_relative_to(home) or _is_hidden(found.relative_to(home).parts)",
        new="_is_hidden(found.parts)",
        tests=("tests/unit/test_files.py", "tests/integration/test_http_files.py"),
    ),
    Mutant(
        name="the path of a file may go upwards and into hidden folders",
        file="runtime/files.py",
        old='    return None if _is_hidden(path.split("/")) else path\n',
        new="    return path\n",
        tests=("tests/unit/test_files.py",),
    ),
    Mutant(
        name="a compressed sibling is sent for a file",
        file="web/files.py",
        old="    headers.popall(hdrs.ACCEPT_ENCODING, None)\n",
        new="",
        tests=("tests/integration/test_http_files.py",),
    ),
    Mutant(
        name="an item that was just written ends as an old one",
        file="runtime/retention.py",
        old='kind="delete", unless_written_after=at)',
        new='kind="delete")',
        tests=("tests/integration/test_retention.py",),
    ),
    Mutant(
        name="an update does not begin the time of an item anew",
        file="backends/sqlite/items.py",
        old=", written_at = excluded.written_at",
        new="",
        tests=("tests/integration/test_retention.py", "tests/contracts/test_state.py"),
    ),
    Mutant(
        name="canAccess lets in whoever it answers something for",
        file="runtime/access.py",
        old="            if said is not True:\n",
        new="            if not said:\n",
        tests=("tests/unit/test_access.py",),
    ),
    Mutant(
        name="a hook that fails lets in",
        file="runtime/access.py",
        old='                _tell(hook, "it failed", error)\n                return DENIED\n            if said',
        new="                said = True\n            if said",
        tests=("tests/unit/test_access.py",),
    ),
    Mutant(
        name="update paths reach dunder names",
        file="updates.py",
        old='    if segment.startswith("__") or segment in FORBIDDEN_SEGMENTS:\n',
        new="    if False:\n",
        tests=("tests/unit/test_updates.py",),
    ),
    Mutant(
        name="two frames of one millisecond have one timestamp",
        file="runtime/frames.py",
        old="max(now_ms, self.last_ms + 1)",
        new="max(now_ms, self.last_ms)",
        tests=("tests/unit/test_hub.py",),
    ),
    Mutant(
        name="a delivery is acked before it ran",
        file="runtime/bus.py",
        old="            error = await self._deliver(target, delivery)\n",
        new=(
            "            await self._queue.ack(delivery)\n"
            "            error = await self._deliver(target, delivery)\n"
        ),
        tests=("tests/integration/test_events.py",),
    ),
    Mutant(
        name="a killed process loses what it ran: acked before it ran",
        file="runtime/bus.py",
        old="            error = await self._deliver(target, delivery)\n",
        new=(
            "            await self._queue.ack(delivery)\n"
            "            error = await self._deliver(target, delivery)\n"
        ),
        tests=("tests/acceptance/test_shutdown.py",),
    ),
    Mutant(
        name="an emit returns before it is committed",
        file="backends/sqlite/queue.py",
        old=(
            "        stored: Sequence[Delivery] = await self._writer.submit(\n"
            "            self._bulks.push, pushes, keep=self.stored, abandon=self.give_back\n"
            "        )\n"
            "        return stored\n"
        ),
        new=(
            "        self._writer.submit(self._bulks.push, pushes, keep=self.stored)\n"
            "        return deliveries\n"
        ),
        tests=("tests/acceptance/test_commits.py",),
    ),
    Mutant(
        name="a commit is not synced",
        file="backends/sqlite/file.py",
        old="PRAGMA synchronous = {durability}",
        new="PRAGMA synchronous = normal",
        tests=("tests/acceptance/test_commits.py",),
    ),
    Mutant(
        name="whoever comes back late may still ack",
        file="backends/sqlite/flight.py",
        old="claim is None or claim.attempt != delivery.attempt or",
        new="claim is None or",
        tests=("tests/contracts/test_leases.py", "tests/contracts/test_queue.py"),
    ),
    Mutant(
        name="an ack deletes all deliveries",
        file="backends/sqlite/deliveries.py",
        old='"DELETE FROM deliveries WHERE seq", seqs)',
        new='"DELETE FROM deliveries WHERE 1 OR seq", seqs)',
        tests=("tests/contracts/test_queue.py", "tests/contracts/test_engine.py"),
    ),
    Mutant(
        name="a retry puts back all deliveries",
        file="backends/sqlite/deliveries.py",
        old='" attempt = attempt - ? WHERE seq = ?",',
        new='" attempt = attempt - ? WHERE ? IS NOT NULL",',
        tests=("tests/contracts/test_queue.py", "tests/contracts/test_queue_groups.py"),
    ),
    Mutant(
        name="an attempt is counted, but not in the file",
        file="backends/sqlite/deliveries.py",
        old="attempt = attempt + 1 WHERE seq",
        new="attempt = attempt + 0 WHERE seq",
        tests=("tests/contracts/test_engine.py", "tests/contracts/test_queue.py"),
    ),
    Mutant(
        name="the first attempt is not in the file while it runs",
        file="backends/sqlite/deliveries.py",
        old="        delivery.attempt,\n        delivery.spent,\n",
        new="        0,\n        delivery.spent,\n",
        tests=("tests/contracts/test_engine.py", "tests/contracts/test_queue.py"),
    ),
    Mutant(
        name="what a retried run emits again is not known again",
        file="backends/sqlite/deliveries.py",
        old="            return done.rowcount == 0\n",
        new="            return False\n",
        tests=("tests/contracts/test_emitted.py",),
    ),
    Mutant(
        name="what was in flight at a crash is forgotten",
        file="backends/sqlite/deliveries.py",
        old="FROM deliveries WHERE state = {IN_FLIGHT} ORDER BY seq",
        new="FROM deliveries WHERE state = 9 ORDER BY seq",
        tests=("tests/contracts/test_engine.py", "tests/acceptance/test_shutdown.py"),
    ),
    Mutant(
        name="nothing is kept on the disk",
        file="backends/choosing.py",
        old='if scheme == "memory" or (',
        new='if scheme == "sqlite" or (',
        tests=("tests/acceptance/test_crash.py",),
    ),
    Mutant(
        name="two processes share one file",
        file="backends/sqlite/file.py",
        old="            self._acquire()\n",
        new="            pass\n",
        tests=("tests/acceptance/test_second_process.py",),
    ),
    Mutant(
        name="a claim does not count the attempt",
        file="backends/memory_queue.py",
        old="            held.attempt += 1\n",
        new="            held.attempt += 0\n",
        tests=("tests/contracts/test_queue.py",),
    ),
    Mutant(
        name="secrets are recorded",
        file="runtime/recording.py",
        old="MASK if is_secret(whole) else ",
        new="",
        tests=("tests/unit/test_recording.py",),
    ),
    Mutant(
        name="all that ran beside a killer run beside it again",
        file="runtime/quarantine.py",
        old="SUSPECT_ATTEMPTS = 2\n",
        new="SUSPECT_ATTEMPTS = 100\n",
        tests=("tests/acceptance/test_poison.py",),
    ),
    Mutant(
        name="a delivery without an attempt left runs again",
        file="runtime/delivery.py",
        old="    if runs <= policy.max_retries:\n        return None\n",
        new="    return None\n",
        tests=("tests/acceptance/test_poison.py",),
    ),
    Mutant(
        name="old keys are never deleted",
        file="backends/sqlite/deliveries.py",
        old='    connection.execute(f"DELETE FROM {table} WHERE {column} <= ?", (ends[0],))\n',
        new="",
        tests=("tests/unit/test_sqlite_failures.py",),
    ),
    Mutant(
        name="a write forgets what was written behind before it",
        file="backends/sqlite/state.py",
        old="        unsaved = [each for group in groups for each in self._overlay.take_group(*group)]\n",
        new="        unsaved = []\n",
        tests=("tests/contracts/test_write_behind.py", "tests/contracts/test_state_model.py"),
    ),
    Mutant(
        name="a group lets two go at once",
        file="backends/sqlite/deliveries.py",
        old="                        state = HELD\n",
        new="                        state = READY\n",
        tests=("tests/contracts/test_queue_groups.py",),
    ),
    Mutant(
        name="who streams runs on when the client is gone",
        file="web/streaming.py",
        old="            connection.on_lost = lost\n",
        new="            pass\n",
        tests=("tests/integration/test_http_writing.py",),
    ),
    Mutant(
        name="pages of any origin may read a stream's events",
        file="web/dispatch.py",
        old="            if wants_events(request):\n",
        new="            if False:\n",
        tests=("tests/integration/test_stream_events.py",),
    ),
    Mutant(
        name="what waits for a socket has no bound",
        file="web/socket.py",
        old="        if self._outbox.size_bytes > self._max_backlog_bytes:\n",
        new="        if False:\n",
        tests=("tests/integration/test_websocket_lifetime.py",),
    ),
    Mutant(
        name="what waits for a reader of events has no bound",
        file="web/events.py",
        old="        if self._outbox.size_bytes > self._max_backlog_bytes:\n",
        new="        if False:\n",
        tests=("tests/integration/test_stream_events.py",),
    ),
    Mutant(
        name="a client that comes back misses the first change",
        file="runtime/journal.py",
        old="        missed = self._offset - cursor.offset\n",
        new="        missed = max(0, self._offset - cursor.offset - 1)\n",
        tests=("tests/integration/test_resume.py", "tests/unit/test_socket_model.py"),
    ),
    Mutant(
        name="a cursor of another time is taken for one of this",
        file="runtime/journal.py",
        old="        if cursor.epoch != self.epoch or not",
        new="        if not",
        tests=("tests/unit/test_journal.py", "tests/integration/test_resume.py"),
    ),
    Mutant(
        name="who asks and does not read is read on",
        file="web/conversation.py",
        old="            await socket.answers_on_their_way()\n",
        new="",
        tests=("tests/integration/test_websocket_lifetime.py",),
    ),
    Mutant(
        name="a snapshot stands for its change in other subscriptions, too",
        file="runtime/joining.py",
        old="index - is_shared",
        new="index",
        tests=("tests/unit/test_hub.py",),
    ),
    Mutant(
        name="who joins again keeps the texts that it knew",
        file="web/conversation.py",
        old="        socket.forget_refs()\n",
        new="",
        tests=("tests/integration/test_resume.py",),
    ),
    Mutant(
        name="merged changes keep the place of the first",
        file="runtime/outbox.py",
        old="        earlier = self._latest.get(item) if self.size_bytes > self._merges_above else None\n",
        new="        earlier = self._latest.get(item) if self._waiting else None\n",
        tests=("tests/unit/test_outbox.py", "tests/integration/test_stream_events.py"),
    ),
    Mutant(
        name="pages of any origin may poll over Socket.IO",
        file="web/dispatch.py",
        old="        self._refuse_origin(request.headers.get(hdrs.ORIGIN), request.headers.get(hdrs.HOST))\n"
        "        view",
        new="        view",
        tests=("tests/integration/test_socket_door.py",),
    ),
    Mutant(
        name="script elements may read what Socket.IO says",
        file="web/socketio/door.py",
        old='        if "j" in query:\n',
        new="        if False:\n",
        tests=("tests/integration/test_socket_door.py",),
    ),
    Mutant(
        name="Socket.IO asks nobody who connects",
        file="web/socketio/door.py",
        old="        if visitor is None:\n",
        new="        visitor = visitor or Visitor()\n        if visitor is None:\n",
        tests=("tests/integration/test_sockets.py",),
    ),
    Mutant(
        name="a connection may promise any number of attachments",
        file="web/socketio/packets.py",
        old="        if sum(map(len, self.attachments), len(attachment)) > MAX_ATTACHED_BYTES:\n",
        new="        if False:\n",
        tests=("tests/integration/test_socket_nonsense.py",),
    ),
    Mutant(
        name="the library stumbles over what is no packet",
        file="web/socketio/engine.py",
        old="        if isinstance(message, str) and not is_text_packet(message):\n",
        new="        if False:\n",
        tests=("tests/integration/test_socket_nonsense.py",),
    ),
    Mutant(
        name="who speaks nonsense stays",
        file="web/socketio/server.py",
        old="            self.eio.cut(eio_sid)\n\n    async def _handle_eio_disconnect",
        new="\n    async def _handle_eio_disconnect",
        tests=("tests/integration/test_socket_nonsense.py",),
    ),
    Mutant(
        name="handlers run on for clients that are gone",
        file="web/socketio/inbox.py",
        old="            task.cancel()\n",
        new="            pass\n",
        tests=("tests/integration/test_socket_lifetime.py",),
    ),
    Mutant(
        name="pings outlive their clients",
        file="web/socketio/engine.py",
        old="            ping.cancel()\n",
        new="            pass\n",
        tests=("tests/integration/test_socket_lifetime.py",),
    ),
    Mutant(
        name="a step of connect runs on for a client that is gone",
        file="web/socketio/server.py",
        old="            asking.cancel()\n",
        new="            pass\n",
        tests=("tests/integration/test_socket_door.py",),
    ),
    Mutant(
        name="what waits for a client of Socket.IO has no bound",
        file="web/socketio/backlog.py",
        old="        if self._size_bytes > self.max_bytes:\n",
        new="        if False:\n",
        tests=("tests/integration/test_socket_lifetime.py", "tests/unit/test_socket_parts.py"),
    ),
    Mutant(
        name="a message overtakes those that the engine still writes",
        file="web/socketio/backlog.py",
        old="self._socket.upgraded and self._getters and not self._queue",
        new="self._socket.upgraded and not self._queue",
        tests=("tests/unit/test_socket_parts.py",),
    ),
    Mutant(
        name="events that are not answered pile up",
        file="web/socketio/inbox.py",
        old="        return self._count >= MAX_UNANSWERED\n",
        new="        return False\n",
        tests=("tests/integration/test_sockets.py",),
    ),
    Mutant(
        name="whoever is refused a stream over Socket.IO hears it",
        file="web/socketio/streams.py",
        old="        if refusal is not None:\n",
        new="        if False:\n",
        tests=("tests/integration/test_socket_streams.py",),
    ),
    Mutant(
        name="pages of any origin may ask the workbench's API",
        file="web/admin.py",
        old='        self.admit(request, query_string)\n        if path == "/emit":\n',
        new='        if path == "/emit":\n',
        tests=("tests/integration/test_workbench_api.py", "tests/integration/test_http_guard.py"),
    ),
    Mutant(
        name="pages of any origin may listen to the workbench",
        file="web/admin.py",
        old="        self.admit(request, query_string)\n        if self._workbench is None",
        new="        if self._workbench is None",
        tests=("tests/integration/test_workbench_live.py",),
    ),
    Mutant(
        name="a form of another site may write to the workbench's API",
        file="web/guard.py",
        old='_WRITES = ("POST", "PUT", "PATCH", "DELETE")',
        new='_WRITES = ("PATCH",)',
        tests=("tests/integration/test_workbench_api.py",),
    ),
    Mutant(
        name="a rehearsal writes to the store",
        file="app.py",
        old="lambda store: OverlayState(store, self.clock)",
        new="lambda store: store",
        tests=("tests/integration/test_workbench_queued.py",),
    ),
    Mutant(
        name="what a run was given is shown with its secrets",
        file="web/workbench/masking.py",
        old="MASK if is_secret(str(name)) else ",
        new="",
        tests=("tests/integration/test_workbench_replay.py",),
    ),
    Mutant(
        name="a mask is sent where its secret is not known",
        file="web/workbench/masking.py",
        old="        if original is _NOTHING or not",
        new="        if False and not",
        tests=("tests/unit/test_workbench_masking.py",),
    ),
    Mutant(
        name="the workbench keeps quiet about what it drops",
        file="web/workbench/feed.py",
        old="            dropped = after - cursor.offset\n",
        new="            dropped = 0\n",
        tests=("tests/unit/test_workbench_feed.py",),
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_broken_build_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    package = tmp_path / "motia_py"
    shutil.copytree(ROOT / "motia_py", package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    text = (package / mutant.file).read_text()
    assert text.count(mutant.old) == 1, f"{mutant.file} has changed: write the mutant anew"
    (package / mutant.file).write_text(text.replace(mutant.old, mutant.new))

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutant.tests],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, f"nobody noticed:\n{done.stdout[-2000:]}"
    assert "failed" in done.stdout
