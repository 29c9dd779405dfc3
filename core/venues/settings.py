"""What one account needs to be reached, and which accounts share an endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.secrets import Credentials

PROXY_OPTIONS = frozenset(
    {
        "proxy", "proxyurl", "proxyurlcallback", "httpproxy", "httpproxycallback", "httpsproxy", "httpsproxycallback",
        "socksproxy", "socksproxycallback", "wsproxy", "wssproxy", "wssocksproxy", "aiohttpproxy", "aiohttptrustenv",
    }
)  # fmt: skip
"""ccxt's own names for a proxy, without case and underscores."""


@dataclass(frozen=True, slots=True)
class Egress:
    """By which way requests leave this machine; neither address nor proxy: as the system chooses."""

    name: str = ""
    address: str = ""
    """Of this machine, to send from."""
    proxy: str = ""
    """To send through."""


@dataclass(frozen=True, slots=True)
class AccountSettings:
    account: str
    venue: str
    """What its scope is called; the exchange id unless the configuration names it."""
    exchange: str
    """ccxt id."""
    credentials: Credentials
    ccxt: Mapping[str, Any] = field(default_factory=dict)
    """Handed to ccxt as it stands: urls, options, sandbox, timeout, ..."""
    egress: Egress = Egress()

    @property
    def redirected(self) -> bool:
        """Whether it points at a test network or another server instead of the venue itself."""
        urls = self.ccxt.get("urls")
        return bool(self.ccxt.get("sandbox")) or bool(isinstance(urls, Mapping) and urls.get("api"))


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """Times of the watching side, in seconds."""

    reconcile_s: float = 30.0
    least_gap_s: float = 1.0
    """Between two readings, however often one is asked for."""
    call_timeout_s: float = 10.0
    acting_timeout_s: float = 4.0
    alive_s: float = 1.0
    """How often the streams are looked after."""
    silent_after_s: float = 15.0
    """A private stream that carried nothing at all, not even a pong, for this long is dead."""
    marks_silent_s: float = 10.0
    """Marks that did not move at all for so long are read."""
    keep_alive_s: float = 600.0
    """Between two renewals of a listen key."""
    flows_s: float = 60.0
    retry_s: float = 0.5
    retry_max_s: float = 15.0
    denied_retry_s: float = 60.0
    volume_every_s: float = 60.0
    depth_every_s: float = 10.0
    candles_every_s: float = 300.0
    candles_period_s: float = 3600.0
    candles_count: int = 720
    """How many closed candles are asked for at first."""
    greeks_every_s: float = 10.0
    sub_accounts_every_s: float = 300.0
    weight_per_minute: int | None = None
    """Overrides what the venue family says of its request budget."""
    minute_s: float = 60.0
    """The minute of these budgets: a paper exchange may have a shorter one."""


def proxy_options(ccxt: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys by which a table for ccxt names a proxy of its own."""
    return tuple(key for key in ccxt if key.replace("_", "").lower() in PROXY_OPTIONS)


class Endpoints:
    """Accounts with the same exchange and the same ccxt settings share markets and marks."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}

    def name(self, exchange: str, ccxt: Mapping[str, Any]) -> str:
        """`binanceusdm`, and `binanceusdm#2` for the next different settings of the same exchange."""
        key = (exchange, json.dumps(ccxt, sort_keys=True, default=str))
        if key not in self._names:
            number = 1 + sum(known == exchange for known, _ in self._names)
            self._names[key] = exchange if number == 1 else f"{exchange}#{number}"
        return self._names[key]


def counted_together(settings: AccountSettings) -> str:
    """The same text for accounts that a venue counts together: those that reach the same server by the same way out."""
    where = {name: settings.ccxt[name] for name in ("urls", "hostname", "sandbox") if name in settings.ccxt}
    way = [settings.egress.address, settings.egress.proxy]
    return json.dumps([settings.exchange, where, way], sort_keys=True, default=str)
