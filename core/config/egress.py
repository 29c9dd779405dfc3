"""The ways out of this machine that a venue may see, and which of them an account takes."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, model_validator

from core.config.checks import ADDRESS_WITH_PASSWORD, Place
from core.config.fields import Name, Table
from core.venues.settings import proxy_options

if TYPE_CHECKING:
    from core.config.model import AccountConfig

PROXY = re.compile(r"https?://[^\s/:@]+(:\d{1,5})?/?")


def check_local_address(value: str) -> str:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        raise ValueError("an IP address of this machine is needed, such as 192.0.2.7") from None
    if address.is_unspecified or address.is_multicast:
        raise ValueError("an address that this machine sends from is needed, and this is none")
    return value


def check_proxy(value: str) -> str:
    if ADDRESS_WITH_PASSWORD.match(value):
        raise ValueError("a password does not belong in this file; let the proxy admit this machine by its address")
    if value.lower().startswith("socks"):
        raise ValueError("SOCKS is not supported; a proxy such as http://192.0.2.1:3128 is needed")
    if not PROXY.fullmatch(value):
        raise ValueError("the address of a proxy such as http://192.0.2.1:3128 is needed")
    return value


class EgressConfig(Table):
    """A local address to send from, or a proxy to send through: one of the two."""

    name: Name
    address: Annotated[str, AfterValidator(check_local_address)] | None = None
    proxy: Annotated[str, AfterValidator(check_proxy)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.address is None and self.proxy is None:
            raise ValueError("one of address and proxy is needed")
        if self.address is not None and self.proxy is not None:
            raise ValueError("it has an address and a proxy; one of the two is needed")
        return self


def two_ways_out(accounts: Iterable[AccountConfig]) -> list[tuple[Place, str]]:
    """Accounts with an egress whose table for ccxt names a proxy too."""
    return [
        (("accounts", index, "ccxt"), f"{key} is a second way out beside its egress; leave one of them out")
        for index, account in enumerate(accounts)
        if account.egress is not None
        for key in proxy_options(account.ccxt)
    ]
