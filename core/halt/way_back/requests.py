"""Acts that the command line asks of the running desk: a file beside the latches, and a file with the answer.

For what only a process can do that goes on sweeping. A request that nobody took within `HOLDS_S` is none any more: a
desk that is started later must not carry it out.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from core.domain import Scope
from core.errors import ConfigError, LatchError
from core.halt.files import write_durably
from core.halt.way_back.second import ReturnAct

HOLDS_S = 20.0
DONE_WORDS = "done"
"""How the answer begins where it was done, and does not wait for a second person."""
REQUEST, ANSWER = ".request.json", ".answer.json"


@dataclass(frozen=True, slots=True)
class Request:
    request_id: str
    act: ReturnAct
    scope: Scope
    operator: str
    reason: str
    at_s: float
    """Wall time."""
    confirms: bool = False
    """Whether it confirms what another person asked for."""


class RequestFolder:
    """Blocking file work."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, request: Request) -> None:
        """Raises LatchError."""
        text = json.dumps({**asdict(request), "scope": str(request.scope)}, indent=2, sort_keys=True) + "\n"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(self._folder / (request.request_id + REQUEST), text)
        except OSError as error:
            raise LatchError(f"the desk cannot be asked: {error.strerror}") from None

    def take(self, now_s: float) -> tuple[Request, ...]:
        """What was asked since the last look, oldest first; each is given out once."""
        found = []
        for path in sorted(self._folder.glob("*" + REQUEST)) if self._folder.is_dir() else ():
            try:
                row = json.loads(path.read_text(encoding="utf-8"))
                row["act"], row["scope"] = ReturnAct(row["act"]), Scope.parse_stop(row["scope"])
                request = replace(Request(**row), request_id=path.name.removesuffix(REQUEST))
                age_s = now_s - request.at_s
            except (OSError, ValueError, TypeError, KeyError, ConfigError):
                age_s, request = HOLDS_S, None
            with contextlib.suppress(OSError):
                path.unlink()
                # A file that cannot be taken away would be carried out again and again.
                if request is not None and age_s < HOLDS_S:
                    found.append(request)
        return tuple(sorted(found, key=lambda request: request.at_s))

    def answer(self, request_id: str, done: bool, words: str) -> None:
        """Whoever asked may have given up waiting: never raises."""
        with contextlib.suppress(OSError):
            write_durably(self._folder / (request_id + ANSWER), json.dumps({"done": done, "words": words}))

    def answered(self, request_id: str) -> tuple[bool, str] | None:
        """Once; None while there is none."""
        path = self._folder / (request_id + ANSWER)
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
            path.unlink()
            return bool(row["done"]), str(row["words"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
