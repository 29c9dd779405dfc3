"""The private stream that some venues hang their dead-man's switch on: kept open, logged in, asked and answered."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from typing import Any

from core.errors import VenueRefused, VenueUnreachable
from core.venues.plans.deadman import Stream
from core.venues.plans.plan import at
from core.venues.plans.templates import filled

MS = 1000.0


class SwitchStream:
    """One per ccxt object, which has no other stream: whatever it hears is an answer to something asked here."""

    def __init__(self, exchange: Any, how: Stream) -> None:
        self._ccxt = exchange
        self._how = how
        self._client: Any = None
        self._turn = asyncio.Lock()
        self._numbers = 0
        self._waiting: dict[str, asyncio.Future[Mapping[str, Any]]] = {}
        self._said: set[str] = set()
        """What was asked and granted on the stream that is open now."""
        self._listen()

    async def hold(self, name: str, message: Mapping[str, Any]) -> float:
        """See to it that the stream is open and `message` was granted on it.

        Returns for how long nothing was heard on it, seconds. Raises what ccxt raises, and VenueRefused.
        """
        await self.ask(name, message, again=False)
        return self._silent_s()

    async def ask(self, name: str, message: Mapping[str, Any], *, again: bool = True) -> None:
        """Say it; not `again`: only where it was not said on the stream that is open now."""
        async with self._turn:
            await self._open()
            if name in self._said and not again:
                return
            await self._ask(message)
            self._said.add(name)

    async def _open(self) -> None:
        if self._client is not None and not self._client.closed():
            return
        self._said.clear()
        url = self._ccxt.implode_hostname(at(self._ccxt.urls, ".".join(self._how.address)))
        self._ccxt.clients.pop(url, None)
        self._ccxt.ws_dial_backoff = {}  # the pause between tries is the keeper's
        await self._ccxt.authenticate(*((url,) if self._how.login_takes_address else ()))
        self._client = self._ccxt.client(url)

    async def _ask(self, message: Mapping[str, Any]) -> None:
        self._numbers += 1
        # A number or a text: each venue answers with what it was sent, and has its own taste in what that may be.
        number: Any = self._numbers if self._how.numbers else str(self._numbers)
        answer: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[str(number)] = answer
        try:
            await self._client.send(filled(message, {"id": number}))
            reply = await answer
        except ConnectionError as error:
            raise VenueUnreachable(f"the stream of the dead-man's switch broke: {error}") from None
        finally:
            self._waiting.pop(str(number), None)
        if at(reply, self._how.granted) not in (True, "ok"):
            said = at(reply, "error.message") or at(reply, "ret_msg") or "no reason given"
            raise VenueRefused(f"the venue turned the request down: {said}")

    def _listen(self) -> None:
        handle = self._ccxt.handle_message

        @functools.wraps(handle)
        def heard(client: Any, message: Any) -> Any:
            number = str(message.get(self._how.id_key)) if isinstance(message, Mapping) else ""
            answer = self._waiting.get(number)
            if answer is None:
                return handle(client, message)
            if not answer.done():
                answer.set_result(message)
            return None

        self._ccxt.handle_message = heard

    def _silent_s(self) -> float:
        client = self._client
        heard_ms = max(client.lastPong or 0, client.last_message_at or 0, client.connectionEstablished or 0)
        return max(0.0, float(self._ccxt.milliseconds() - heard_ms) / MS)
