"""A source that is asked and read over HTTP, by requests that it can tell from anybody else's.

Signed is `TIMESTAMP.BODY` (the header's milliseconds since the epoch, a full stop, the body's bytes), by HMAC-SHA256
with the shared secret. README says what a receiver has to check. A reply to a reading repeats the request's nonce, so
that no cache can answer for the source.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from core.clock import Clock
from core.errors import SourceError
from core.halt.source.model import SourceRequest, SourceState

TIMESTAMP = "X-Scram-Timestamp"
SIGNATURE = "X-Scram-Signature"
LONGEST_REPLY = 4_096
"""Bytes."""
STATUS = "status"


@dataclass(frozen=True, slots=True)
class WebhookSpec:
    url: str
    secret: str = field(repr=False)
    knows_reduce_only: bool = False
    timeout_s: float = 5.0


class WebhookSource:
    kind = "webhook"

    def __init__(self, strategy: str, spec: WebhookSpec, clock: Clock, new_nonce: Callable[[], str]) -> None:
        self._strategy = strategy
        self._spec = spec
        self._clock = clock
        self._new_nonce = new_nonce

    @property
    def knows_reduce_only(self) -> bool:
        return self._spec.knows_reduce_only

    async def ask(self, request: SourceRequest) -> None:
        await self._post(request.act.value, request.halt_id)

    async def read(self) -> SourceState:
        nonce, reply = await self._post(STATUS, "")
        try:
            answer = json.loads(reply)
            state, repeated = answer["state"], answer["nonce"]
        except (ValueError, TypeError, KeyError):
            raise SourceError('its reply is not {"state": ..., "nonce": ...}') from None
        if repeated != nonce:
            raise SourceError("its reply is not to this request: the nonce is another")
        try:
            return SourceState(state)
        except (ValueError, TypeError):
            allowed = ", ".join(known.value for known in SourceState)
            raise SourceError(f"its reply names no state; allowed are {allowed}") from None

    async def close(self) -> None:
        pass

    async def _post(self, act: str, halt_id: str) -> tuple[str, bytes]:
        nonce = self._new_nonce()
        sent_at_ms = int(self._clock.now() * 1000.0)
        body = json.dumps(
            {"act": act, "strategy": self._strategy, "halt_id": halt_id, "nonce": nonce, "at_ms": sent_at_ms}
        ).encode()
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP: str(sent_at_ms),
            SIGNATURE: f"sha256={sign(self._spec.secret, str(sent_at_ms), body)}",
        }
        try:
            return nonce, await self._send(body, headers)
        except TimeoutError:
            raise SourceError(f"it gave no answer within {self._spec.timeout_s:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            # The text of such an error holds the address, and an address may hold what is nobody's business.
            raise SourceError(f"it cannot be reached ({type(error).__name__})") from None

    async def _send(self, body: bytes, headers: dict[str, str]) -> bytes:
        # A connection of its own for every request: rare as they are, one kept open would be dead when it is needed.
        whole: Any = aiohttp.ClientTimeout(total=self._spec.timeout_s)
        async with (
            aiohttp.ClientSession(timeout=whole, trust_env=False) as session,
            session.post(self._spec.url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            reply = b""
            async for chunk in response.content.iter_any():
                reply += chunk
                if len(reply) > LONGEST_REPLY:
                    raise SourceError(f"its reply is longer than {LONGEST_REPLY:,} bytes")
            if not 200 <= response.status < 300:
                raise SourceError(f"it answered with HTTP {response.status}")
            return reply


def sign(secret: str, timestamp_ms: str, body: bytes) -> str:
    """HMAC-SHA256 of `TIMESTAMP.BODY`, as hexadecimal digits."""
    return hmac.new(secret.encode(), timestamp_ms.encode() + b"." + body, hashlib.sha256).hexdigest()
