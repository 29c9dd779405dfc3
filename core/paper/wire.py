"""The seam between the server and a dialect: requests in, replies and frames out. A dialect knows one venue's JSON,
paths, signatures, weights and error codes; the server knows sockets, faults, budgets and the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.paper.engine.events import EngineEvent

Json = Any
"""Whatever orjson can write: dicts, lists, strings, numbers, booleans, None."""


@dataclass(frozen=True, slots=True)
class WireRequest:
    method: str
    path: str
    params: Mapping[str, str]
    """Query and body (a form, or a JSON object whose members are written as text) together."""
    payload: str
    """Query and body as they came, for the signature."""
    headers: Mapping[str, str]
    """Names in lower case."""
    at_s: float
    """The venue's own idea of now, which a fault may have skewed."""
    address: str = ""
    """Where it comes from."""


@dataclass(frozen=True, slots=True)
class WireReply:
    status: int
    body: Json
    """Bytes are sent as they are, as a page."""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class StreamSession:
    """What one websocket connection listens to."""

    account: str = ""
    """Whose user stream it carries, "" for none."""
    key: str = ""
    """The stream key it was opened with."""
    topics: set[str] = field(default_factory=set)
    combined: bool = False
    """Whether frames are wrapped with the name of their stream."""
    path: str = ""
    """The address it was opened at, where that says what may be subscribed to."""


class Dialect(Protocol):
    exchange_id: str
    """ccxt's id of the venue that is spoken."""

    def ccxt_settings(self, url: str) -> dict[str, Json]:
        """What to merge into ccxt's configuration to make it talk to a server at `url`."""

    def account_of(self, request: WireRequest) -> str:
        """The account whose key the request carries, "" if none; proves nothing."""

    def weigh(self, request: WireRequest) -> int:
        """What the request costs of the address's budget."""

    def answer(self, request: WireRequest) -> WireReply:
        """Carry the request out; every refusal becomes a reply in the venue's own words."""

    def busy(self, used: int, limit: int, banned: bool, at_s: float, retry_after_s: int) -> WireReply:
        """The reply to a request that came over budget."""

    def budget_headers(self, used: int) -> dict[str, str]: ...

    def cut(self, body: Json, keep: int) -> Json:
        """A reply's body with its listing ended after `keep` rows; the body as it is where it lists nothing."""

    def unavailable(self, status: int) -> WireReply:
        """The reply of a venue in trouble (5xx)."""

    def denied(self) -> WireReply:
        """The reply to a key that was revoked."""

    def open_stream(self, path: str, query: Mapping[str, str], at_s: float) -> StreamSession | None:
        """Read a websocket address; None refuses the connection."""

    def stream_message(self, session: StreamSession, text: str, at_s: float) -> list[bytes]:
        """A message that came in on a connection; returns the frames to send back."""

    def user_frames(self, event: EngineEvent, at_s: float) -> list[bytes]:
        """What the owner's user stream says about an engine event."""

    def hears(self, session: StreamSession, frame: bytes) -> bool:
        """Whether a connection of the owner's asked for this frame of the user stream."""

    def stream_closed(self, session: StreamSession, at_s: float) -> None:
        """A connection ended, however it did."""

    def market_frames(self, topic: str, at_s: float) -> list[bytes]:
        """What a market topic says at the present step; nothing when it is not due."""

    def wrap(self, topic: str, frame: bytes) -> bytes:
        """A frame as a combined stream carries it."""

    def expire_stream_keys(self, at_s: float, account: str | None) -> list[tuple[str, str, bytes]]:
        """Keys that ended (or, with an account or "*", that are to end now): account, key, farewell frame."""
