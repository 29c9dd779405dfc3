"""What is told of a connection: its state, and in plain words why; said once per change."""

from __future__ import annotations

from core.clock import Clock
from core.domain import LinkState
from core.errors import ScramError, VenueDenied
from core.venues.messages import LinkUpdate
from core.venues.protocol import Sink


class Link:
    """The state is the private stream's: one reading that fails takes nothing from what the stream confirms.

    Only when readings fail for long, or the venue refuses the key (some open a stream without a signature), it is down
    whatever its stream says: a stream alone is a hint.
    """

    def __init__(self, account: str, endpoint: str, clock: Clock, blind_after_s: float) -> None:
        """`blind_after_s`: how long readings may fail before the stream alone is not believed any more."""
        self._account = account
        self._endpoint = endpoint
        self._clock = clock
        self._stream = LinkState.CONNECTING
        self._blind_after_s = blind_after_s
        self._failing_since_s: float | None = None
        self._denied = False
        self._stream_trouble = ""
        self._reading_trouble = ""
        self._told: tuple[LinkState, str] | None = None

    @property
    def state(self) -> LinkState:
        return LinkState.DOWN if self._denied or self._is_blind() else self._stream

    def _is_blind(self) -> bool:
        since_s = self._failing_since_s
        return since_s is not None and self._clock.monotonic() - since_s > self._blind_after_s

    def connecting(self, sink: Sink) -> None:
        self._stream, self._denied, self._told = LinkState.CONNECTING, False, None
        self._failing_since_s = None
        self._stream_trouble = self._reading_trouble = ""
        self._tell(sink)

    def stream(self, sink: Sink, trouble: ScramError | None = None) -> None:
        """The stream is open, or `trouble` says why not."""
        self._stream = LinkState.DOWN if trouble else LinkState.UP
        self._stream_trouble = str(trouble or "")
        self._tell(sink)

    def reading(self, sink: Sink, trouble: ScramError | None = None, flaw: str = "") -> None:
        """The last reading was had, with or without a flaw, or `trouble` says why not."""
        self._denied = isinstance(trouble, VenueDenied)
        if trouble is None:
            self._failing_since_s = None
        elif self._failing_since_s is None:
            self._failing_since_s = self._clock.monotonic()
        self._reading_trouble = str(trouble or flaw)
        self._tell(sink)

    def _tell(self, sink: Sink) -> None:
        reason = "; ".join(dict.fromkeys(text for text in (self._stream_trouble, self._reading_trouble) if text))
        if self._told != (self.state, reason):
            self._told = (self.state, reason)
            sink(LinkUpdate(self._account, self._endpoint, self.state, reason, self._clock.monotonic()))
