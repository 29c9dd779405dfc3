"""A bot that tests ask over either seam: a small program with a state in a file, and a receiver of signed requests."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from core.clock import Clock
from core.errors import SourceError
from core.halt.source.command import CommandSpec
from core.halt.source.model import ASKED_FOR, SourceAct, SourceRequest, SourceState

SECRET = "between the two of us"
OLDEST_MS = 30_000

_SCRIPT = """
cd "$(dirname "$0")"
echo "$1 ${SCRAM_HALT_ID:--} ${HIDDEN:-scrubbed} ${SHOWN:-none}" >> asked
case "$1" in
  status) cat state; [ ! -e hang_status ] || sleep 30 ;;
  *) [ ! -e refuse ] || { echo "the exchange is on fire"; exit 3; }
     [ ! -e hang ] || { sleep 30 & echo $! > child; wait; }
     [ -e deaf ] || case "$1" in pause) echo paused;; resume) echo running;; *) echo "$1";; esac > state ;;
esac
"""


class CommandBot:
    """Flags are files in its folder: `hang`, `hang_status`, `refuse`, `deaf`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.script = folder / "ctl"
        self.script.write_text(_SCRIPT)
        self.say("running")

    def say(self, state: str) -> None:
        (self.folder / "state").write_text(state + "\n")

    def flag(self, name: str, *, on: bool = True) -> None:
        if on:
            (self.folder / name).touch()
        else:
            (self.folder / name).unlink(missing_ok=True)

    @property
    def state(self) -> str:
        return (self.folder / "state").read_text().strip()

    @property
    def asked(self) -> list[str]:
        path = self.folder / "asked"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def acts(self) -> list[str]:
        """Without the readings."""
        return [act for line in self.asked if (act := line.split()[0]) != "status"]

    def words(self, act: str) -> tuple[str, ...]:
        return ("/bin/sh", str(self.script), act)

    def table(self, *, reduce_only: bool = False, timeout_s: float = 5.0) -> dict[str, object]:
        """As a configuration has it."""
        acts = ("pause", "resume", "status", *(("reduce_only",) if reduce_only else ()))
        rows = {act: list(self.words(act.replace("_", "-"))) for act in acts}
        return {"kind": "command", **rows, "timeout_s": timeout_s}

    def spec(self, *, reduce_only: bool = False, timeout_s: float = 5.0) -> CommandSpec:
        return CommandSpec(
            self.words("pause"), self.words("resume"), self.words("status"),
            self.words("reduce-only") if reduce_only else None, ("SHOWN",), timeout_s,
        )  # fmt: skip


@dataclass
class WebhookBot:
    """Checks what README tells a receiver to check; refuses with 403."""

    clock: Clock
    state: str = "running"
    secret: str = SECRET
    acts: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    requests: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    change: Callable[[str], str] = lambda reply: reply
    """What is done to a reply before it goes out."""
    _nonces: set[str] = field(default_factory=set)
    _newest_ms: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.requests.append((body, dict(request.headers)))
        why = self._wrong(
            body, request.headers.get("X-Scram-Timestamp", ""), request.headers.get("X-Scram-Signature", "")
        )
        if why:
            self.refused.append(why)
            return web.Response(status=403, text=why)
        asked = json.loads(body)
        if asked["act"] != "status":
            self.acts.append(asked["act"])
            self.state = {"pause": "paused", "resume": "running"}.get(asked["act"], asked["act"])
        return web.Response(text=self.change(json.dumps({"state": self.state, "nonce": asked["nonce"]})))

    def _wrong(self, body: bytes, stamp: str, signature: str) -> str:
        right = hmac.new(self.secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature, f"sha256={right}"):
            return "signature"
        if abs(self.clock.now() * 1000.0 - int(stamp)) > OLDEST_MS:
            return "too old"
        asked = json.loads(body)
        if asked["nonce"] in self._nonces:
            return "seen before"
        self._nonces.add(asked["nonce"])
        if asked["act"] != "status":
            if int(stamp) < self._newest_ms:
                return "overtaken"
            self._newest_ms = int(stamp)
        return ""


@dataclass
class ScriptedSource:
    """In memory, and answered at once; a test breaks it by hand."""

    kind: str = "command"
    knows_reduce_only: bool = True
    state: SourceState = SourceState.RUNNING
    acts: list[SourceAct] = field(default_factory=list)
    requests: list[SourceRequest] = field(default_factory=list)
    deaf: bool = False
    """It takes every act and obeys none."""
    trouble: SourceError | None = None
    unreadable: SourceError | None = None
    hangs: bool = False
    """Whether asking it never ends."""
    reads_hang: bool = False

    async def ask(self, request: SourceRequest) -> None:
        self.acts.append(request.act)
        self.requests.append(request)
        if self.hangs:
            await asyncio.Event().wait()
        if self.trouble is not None:
            raise self.trouble
        if not self.deaf:
            self.state = ASKED_FOR[request.act]

    async def read(self) -> SourceState:
        if self.reads_hang:
            await asyncio.Event().wait()
        if self.unreadable is not None:
            raise self.unreadable
        return self.state

    async def close(self) -> None:
        pass


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline_s = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline_s, "it did not come about in time"
        await asyncio.sleep(0.02)
