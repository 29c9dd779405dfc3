"""What a key may do, read from replies as the venues document them."""

from __future__ import annotations

from typing import Any

import pytest

from core.venues.rights import RIGHTS, KeyRights, receive_window_ms

# https://developers.binance.com/docs/wallet/account/api-key-permission
BINANCE = {
    "ipRestrict": False, "createTime": 1698645219000, "enableReading": True, "enableWithdrawals": False,
    "enableInternalTransfer": False, "enableMargin": False, "enableFutures": False, "permitsUniversalTransfer": False,
    "enableVanillaOptions": False, "enableFixApiTrade": False, "enableFixReadOnly": True,
    "enableSpotAndMarginTrading": False, "enablePortfolioMarginTrading": False,
}  # fmt: skip


def okx(perm: Any, addresses: str | None = "") -> dict[str, Any]:
    return {"code": "0", "data": [{"uid": "44705892343619584", "perm": perm, "ip": addresses}], "msg": ""}


def bybit(read_only: int, ips: list[str] | None = None, **groups: list[str]) -> dict[str, Any]:
    permissions = {"ContractTrade": ["Order", "Position"], "Spot": ["SpotTrade"], "Wallet": [], "Options": [], **groups}
    return {"retCode": 0, "result": {"readOnly": read_only, "permissions": permissions, "uta": 1, "ips": ips}}


@pytest.mark.parametrize(
    ("exchange", "reply", "rights"),
    [
        ("binanceusdm", BINANCE, KeyRights(False, False)),
        ("binanceusdm", {**BINANCE, "enableFutures": True}, KeyRights(True, False)),
        ("binanceusdm", {**BINANCE, "enablePortfolioMarginTrading": True}, KeyRights(True, False)),
        ("binanceusdm", {**BINANCE, "enableSpotAndMarginTrading": True}, KeyRights(False, False)),
        ("binancecoinm", {**BINANCE, "enableFutures": True, "enableWithdrawals": True}, KeyRights(True, True)),
        ("binance", {**BINANCE, "enableSpotAndMarginTrading": True}, KeyRights(True, False)),
        ("binance", {}, KeyRights(None, None)),
        ("okx", okx("read_only"), KeyRights(False, False)),
        ("okx", okx("read_only,trade"), KeyRights(True, False)),
        ("okx", okx("read_only,trade,withdraw"), KeyRights(True, True)),
        ("okx", okx(None), KeyRights(None, None)),
        ("okx", {"code": "0", "data": []}, KeyRights(None, None)),
        ("bybit", bybit(0), KeyRights(True, False)),
        ("bybit", bybit(1), KeyRights(False, False)),
        ("bybit", bybit(0, Spot=[]), KeyRights(False, False)),
        ("bybit", bybit(0, ContractTrade=["Position"]), KeyRights(False, False)),
        ("bybit", bybit(0, Wallet=["AccountTransfer", "Withdraw"]), KeyRights(True, True)),
        ("bybit", {"result": {}}, KeyRights(None, None)),
        ("coinbase", {"can_view": True, "can_trade": True, "can_transfer": False}, KeyRights(True, False)),
    ],
)
def test_what_the_venue_says_is_read_and_what_it_does_not_say_stays_unknown(
    exchange: str, reply: dict[str, Any], rights: KeyRights
) -> None:
    read = RIGHTS[exchange].read(reply)
    assert (read.may_cancel, read.may_withdraw) == (rights.may_cancel, rights.may_withdraw)


@pytest.mark.parametrize(
    ("exchange", "reply", "listed"),
    [
        ("binanceusdm", BINANCE, False),
        ("binance", {**BINANCE, "ipRestrict": True}, True),
        ("binance", {}, None),
        ("okx", okx("read_only"), False),
        ("okx", okx("read_only", "192.0.2.7,192.0.2.8"), True),
        ("okx", okx("read_only", None), None),
        ("bybit", bybit(0), None),
        ("bybit", bybit(0, ips=["*"]), False),
        ("bybit", bybit(1, ips=["192.0.2.7"]), True),
        ("bybit", bybit(2, ips=["192.0.2.7"]), True),
        ("coinbase", {"can_view": True}, None),
    ],
)
def test_whether_a_key_is_bound_to_listed_addresses_is_read_where_it_is_said(
    exchange: str, reply: dict[str, Any], listed: bool | None
) -> None:
    assert RIGHTS[exchange].read(reply).from_listed_addresses is listed


@pytest.mark.parametrize("exchange", sorted(RIGHTS))
def test_ccxt_has_every_call_that_is_asked(exchange: str) -> None:
    import ccxt.async_support as ccxt

    assert hasattr(getattr(ccxt, exchange), RIGHTS[exchange].name)


@pytest.mark.parametrize(("exchange", "window_ms"), [("binanceusdm", 10_000.0), ("okx", 30_000.0), ("bybit", 5_000.0)])
def test_how_far_the_clocks_may_differ_is_what_ccxt_sends_or_the_venue_takes(exchange: str, window_ms: float) -> None:
    import ccxt

    assert receive_window_ms(getattr(ccxt, exchange)()) == window_ms
