"""The paper exchange that the application itself brings, as a new user's first venue."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.frozen.driver import Frozen, until


class Paper:
    def __init__(self, description: dict[str, Any]) -> None:
        self.description = description

    @property
    def venue(self) -> dict[str, Any]:
        """Its `exchange` by ccxt's id, its `url`, its `accounts` with `api_key` and `secret`."""
        (venue,) = self.description["venues"]
        return dict(venue)

    def end_bots(self) -> None:
        """Whoever trades there is asked to pause: a stop sweeps as long as new orders come."""
        self._post("bots", {"running": False})

    def resting(self) -> int:
        """Orders that the exchange itself holds, both books, all accounts."""
        return len(self._get("orders"))

    def _post(self, name: str, body: dict[str, Any]) -> None:
        request = urllib.request.Request(
            self._url(name), json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        urllib.request.urlopen(request, timeout=20).close()

    def _get(self, name: str) -> Any:
        with urllib.request.urlopen(self._url(name), timeout=20) as answer:
            return json.load(answer)

    def _url(self, name: str) -> str:
        return f"{self.description['control']}/__paper/{name}"


@contextmanager
def paper(user: Frozen, accounts: int = 2) -> Iterator[Paper]:
    with user.started("paper", "--accounts", str(accounts), "--venues", "1") as process:
        line = until(lambda: next((one for one in process.said().splitlines() if one.startswith("{")), ""))
        yield Paper(json.loads(line))
