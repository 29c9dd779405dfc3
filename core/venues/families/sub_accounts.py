"""Which accounts exist under a master key: the one call per venue that lists them, since ccxt unifies none.

Its `fetch_accounts` means wallets at KuCoin and Coinbase, and the account itself at OKX. Sources, read November 2026:
https://developers.binance.com/docs/sub_account/account-management/Query-Sub-account-List
https://bybit-exchange.github.io/docs/v5/user/page-subuid
https://www.okx.com/docs-v5/en/#sub-account-rest-api-get-sub-account-list
https://www.kucoin.com/docs-new/rest/account-info/sub-account/get-subaccount-list-summary-info
https://www.bitget.com/api-doc/common/vsubaccount/Get-Virtual-Subaccount-List
https://www.gate.com/docs/developers/apiv4/en/#subaccount
https://docs.deribit.com/#private-get_subaccounts
https://mexcdevelop.github.io/apidocs/spot_v3_en/#query-sub-account-list-for-master-account
https://huobiapi.github.io/docs/spot/v1/en/#get-sub-user-39-s-list
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class SubAccountList:
    call: str
    """ccxt's implicit call."""
    rows: tuple[str, ...]
    """Where in the reply the rows stand."""
    name: str
    """Field of a row with the account's name."""
    params: Mapping[str, Any] = field(default_factory=dict)
    page: str = ""
    """Parameter that turns the page; "" where all come at once."""
    cursor: tuple[str, ...] = ()
    """Where in the reply stands what to give for the next page; () counts pages from 1."""
    row_cursor: str = ""
    """Field of the last row with what to give for the next page."""
    size: int = 0
    """Rows of a full page."""
    weight: float = 1.0
    master: tuple[str, str] = ("", "")
    """Field and value by which a row is known to be the master itself."""


BINANCE = SubAccountList(
    "sapiGetSubAccountList", ("subAccounts",), "email", {"limit": 200}, page="page", size=200
)  # fmt: skip
BYBIT = SubAccountList(
    "privateGetV5UserSubmembers", ("result", "subMembers"), "username", {"pageSize": 100},
    page="nextCursor", cursor=("result", "nextCursor"), size=100,
)  # fmt: skip
OKX = SubAccountList(
    "privateGetUsersSubaccountList", ("data",), "subAcct", {"limit": 100}, page="after", row_cursor="ts", size=100
)
KUCOIN = SubAccountList(
    "privateGetSubUser", ("data", "items"), "subName", {"pageSize": 100}, page="currentPage", size=100
)
BITGET = SubAccountList(
    "privateUserGetV2UserVirtualSubaccountList", ("data", "subAccountList"), "subAccountName", {"limit": 500},
    page="idLessThan", cursor=("data", "endId"), size=500,
)  # fmt: skip
MEXC = SubAccountList(
    "spotPrivateGetSubAccountList", ("subAccounts",), "subAccount", {"limit": 200}, page="page", size=200
)
HTX = SubAccountList(
    "v2PrivateGetSubUserUserList", ("data",), "subUserName", page="fromId", cursor=("nextId",), size=100
)
GATE = SubAccountList("privateSubAccountsGetSubAccounts", (), "login_name")
DERIBIT = SubAccountList("privateGetGetSubaccounts", ("result",), "username", master=("type", "main"))

LISTS: dict[str, SubAccountList] = {
    "binance": BINANCE,
    "binanceusdm": BINANCE,
    "binancecoinm": BINANCE,
    "bybit": BYBIT,
    "okx": OKX,
    "kucoin": KUCOIN,
    "kucoinfutures": KUCOIN,
    "bitget": BITGET,
    "mexc": MEXC,
    "htx": HTX,
    "gate": GATE,
    "deribit": DERIBIT,
}
"""By ccxt id."""
