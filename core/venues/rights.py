"""What a venue says that a key may do, where it has such a call; elsewhere only an act shows it.

https://developers.binance.com/docs/wallet/account/api-key-permission
https://www.okx.com/docs-v5/en/#trading-account-rest-api-get-account-configuration (`perm`, `ip`)
https://bybit-exchange.github.io/docs/v5/user/apikey-info (`readOnly`, `permissions`, `ips`)
https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/data-api/get-api-key-permissions
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.venues.plans.plan import at


@dataclass(frozen=True, slots=True)
class KeyRights:
    """None where the venue does not say."""

    may_cancel: bool | None = None
    may_withdraw: bool | None = None
    from_listed_addresses: bool | None = None
    """Whether the venue takes the key from listed addresses alone."""


@dataclass(frozen=True, slots=True)
class RightsCall:
    name: str
    """ccxt's implicit call."""
    read: Callable[[Mapping[str, Any]], KeyRights]
    weight: float = 1.0


def _flag(reply: Mapping[str, Any], name: str) -> bool | None:
    value = reply.get(name)
    return value if isinstance(value, bool) else None


def _binance(*trading: str) -> Callable[[Mapping[str, Any]], KeyRights]:
    def read(reply: Mapping[str, Any]) -> KeyRights:
        said = [flag for name in trading if (flag := _flag(reply, name)) is not None]
        return KeyRights(any(said) if said else None, _flag(reply, "enableWithdrawals"), _flag(reply, "ipRestrict"))

    return read


def _okx(reply: Mapping[str, Any]) -> KeyRights:
    rows = reply.get("data") or [None]
    row = rows[0] if isinstance(rows[0], Mapping) else {}
    perm, addresses = row.get("perm"), row.get("ip")
    if not isinstance(perm, str) or not perm:
        return KeyRights()
    allowed = {word.strip() for word in perm.split(",")}
    return KeyRights(
        "trade" in allowed, "withdraw" in allowed, bool(addresses.strip()) if isinstance(addresses, str) else None
    )


def _bybit(reply: Mapping[str, Any]) -> KeyRights:
    """Contracts and spot both: a stop that may cancel in one of them alone leaves the other resting."""
    read_only, groups = at(reply, "result.readOnly"), at(reply, "result.permissions")
    if not isinstance(groups, Mapping):
        return KeyRights()
    may_withdraw = "Withdraw" in (groups.get("Wallet") or ())
    addresses = at(reply, "result.ips")
    listed = bool(set(addresses) - {"*"}) if isinstance(addresses, list | tuple) else None
    if str(read_only) not in {"0", "1"}:
        return KeyRights(None, may_withdraw, listed)
    trades = "Order" in (groups.get("ContractTrade") or ()) and "SpotTrade" in (groups.get("Spot") or ())
    return KeyRights(str(read_only) == "0" and trades, may_withdraw, listed)


def _coinbase(reply: Mapping[str, Any]) -> KeyRights:
    return KeyRights(_flag(reply, "can_trade"), _flag(reply, "can_transfer"))


_FUTURES = RightsCall("sapiGetAccountApiRestrictions", _binance("enableFutures", "enablePortfolioMarginTrading"))
_SPOT = RightsCall(
    "sapiGetAccountApiRestrictions", _binance("enableSpotAndMarginTrading", "enablePortfolioMarginTrading")
)
_OKX = RightsCall("privateGetAccountConfig", _okx)

RIGHTS: Mapping[str, RightsCall] = {
    "binanceusdm": _FUTURES,
    "binancecoinm": _FUTURES,
    "binance": _SPOT,
    "okx": _OKX,
    "okxus": _OKX,
    "myokx": _OKX,
    "bybit": RightsCall("privateGetV5UserQueryApi", _bybit),
    "coinbase": RightsCall("v3PrivateGetBrokerageKeyPermissions", _coinbase),
}
"""By ccxt id."""

RECEIVE_WINDOW_MS: Mapping[str, float] = {"okx": 30_000.0, "okxus": 30_000.0, "myokx": 30_000.0}
"""How old a timestamp a venue takes where ccxt does not send it along (`recvWindow`)."""
USUAL_WINDOW_MS = 5_000.0


def receive_window_ms(exchange: Any) -> float:
    """How far our clock and the venue's may differ before it refuses; `exchange` is a ccxt object."""
    sent = (getattr(exchange, "options", None) or {}).get("recvWindow")
    if isinstance(sent, int | float) and sent > 0:
        return float(sent)
    return RECEIVE_WINDOW_MS.get(exchange.id, USUAL_WINDOW_MS)
