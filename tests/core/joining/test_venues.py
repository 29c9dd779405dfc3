from __future__ import annotations

import pytest

from core.config.exchanges import known_exchanges
from core.errors import ConfigError
from core.joining.model import COVERAGE_NOTES, COVERAGE_WORDS
from core.joining.venues import checked_server, needs_of, redirected, venue_offers
from core.paper.site import ccxt_settings
from core.venues.protocol import Coverage


def test_every_venue_is_offered_once_and_those_with_a_confirmed_stop_come_first() -> None:
    offers = venue_offers()
    assert {offer.exchange for offer in offers} == known_exchanges()
    assert len(offers) == len(known_exchanges())
    ranks = [list(Coverage).index(offer.coverage) for offer in offers]
    assert ranks == sorted(ranks)
    kinds = {offer.exchange: offer.coverage for offer in offers}
    assert kinds["binanceusdm"] is Coverage.EXACT
    assert kinds["bitstamp"] is Coverage.GENERIC
    assert set(COVERAGE_WORDS) == set(COVERAGE_NOTES) == set(Coverage)


@pytest.mark.parametrize(
    ("exchange", "parts"),
    [
        ("binanceusdm", {"api_key": True, "secret": True}),
        ("okx", {"api_key": True, "secret": True, "password": True}),
        ("woo", {"api_key": True, "secret": True, "uid": True}),
        ("gate", {"api_key": True, "secret": True, "uid": False}),
        ("hyperliquid", {"wallet_address": True, "private_key": False}),
    ],
)
def test_what_a_venue_needs_is_asked_for_and_nothing_else(exchange: str, parts: dict[str, bool]) -> None:
    needs = needs_of(exchange)
    assert {field.part: field.needed for field in needs.fields} == parts
    assert not needs.refusal
    hidden = {field.part for field in needs.fields if field.hidden}
    assert not hidden & {"uid", "wallet_address"}
    assert hidden or exchange == "hyperliquid"


def test_each_venue_that_is_offered_can_be_joined_or_says_why_not() -> None:
    for offer in venue_offers():
        needs = needs_of(offer.exchange)
        assert bool(needs.fields) != bool(needs.refusal), offer.exchange
        assert needs.title
    assert "login" in needs_of("bitopro").refusal
    with pytest.raises(ConfigError, match="no venue called"):
        needs_of("bitmexx")


def test_another_server_keeps_the_paths_of_the_venue() -> None:
    led = redirected("binanceusdm", "http://127.0.0.1:8080/")["urls"]["api"]
    paper = ccxt_settings("http://127.0.0.1:8080")["urls"]["api"]
    assert led["fapiPrivate"] == paper["fapiPrivate"]
    assert led["ws"]["linear"] == paper["ws"]["linear"]
    assert redirected("okx", "https://gate.example/x")["urls"]["api"]["ws"] == "wss://gate.example/x/ws/v5"


@pytest.mark.parametrize(
    "server",
    ["", "127.0.0.1:8080", "ftp://x", "http://", "http://user:word@x", "http://x?key=1", "http://x:no"],
)
def test_what_is_no_address_of_a_server_is_refused(server: str) -> None:
    with pytest.raises(ConfigError):
        checked_server(server)
