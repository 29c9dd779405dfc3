"""Whatever a venue or ccxt says, no secret of the account survives in what is shown."""

from __future__ import annotations

import json
import string
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from core.venues.scrub import HIDDEN, LONGEST, Scrubber

# What keys, secrets and passphrases are made of; shorter than 8 they cannot be told from ordinary words.
SECRET = st.text(string.ascii_letters + string.digits + "+/=_-!$%&~.:", min_size=8, max_size=90)
WORDS = st.text(st.characters(codec="utf-8"), max_size=60)


def forms_of(secret: str) -> dict[str, str]:
    """The secret as it may appear in the text of an error."""
    return {
        "plain": f"refused {secret} today",
        "query": f"GET https://venue.example/path?{urlencode({'k': secret, 'z': 1})} 403",
        "path": f"GET https://venue.example/{quote(secret, safe='')}/orders 403",
        "json": json.dumps({"code": -1, "msg": f"key {secret} unknown"}),
        "header": f"headers: {{'X-MBX-APIKEY': '{secret}'}}",
        "quoted": f"wanted {quote_plus(secret)} or {quote(secret)}",
        "twice": f"{secret}{secret}",
    }


def shows(secret: str, text: str) -> bool:
    return any(form in text for form in (secret, quote(secret, safe=""), quote_plus(secret)))


@given(secret=SECRET, before=WORDS, after=WORDS)
@example(secret="+++++++/", before="", after="")
@example(secret="********", before="", after="")
def test_no_secret_survives_in_any_form(secret: str, before: str, after: str) -> None:
    assume(HIDDEN not in secret and secret not in before + after)
    scrub = Scrubber([secret])
    for form, text in forms_of(secret).items():
        assert not shows(secret, scrub(f"{before} {text} {after}")), form


@given(secret=SECRET, cut=st.integers(1, 7), gap=st.sampled_from(["\n", "\r\n", "\n\n  ", "\t"]))
def test_a_secret_broken_over_lines_is_not_put_together(secret: str, cut: int, gap: str) -> None:
    shown = Scrubber([secret])(f"first {secret[:cut]}{gap}{secret[cut:]} last")
    assert secret not in shown
    assert secret not in shown.replace(" ", "")


def test_a_key_of_many_lines_vanishes_however_it_is_told() -> None:
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n"
    key = f"-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n"
    for told in (key, repr(key), json.dumps(key), key.replace("\n", "\r\n"), quote(key), key.replace("\n", "")):
        shown = Scrubber([key])(f"could not sign with {told} today")
        assert "MIIE" not in shown
        assert "BKcw" not in shown


@given(secrets=st.lists(SECRET, min_size=2, max_size=6, unique=True))
def test_secrets_that_hold_one_another_all_vanish(secrets: list[str]) -> None:
    nested = [*secrets, secrets[0] + secrets[1]]
    shown = Scrubber(nested)(" ".join(nested))
    assert not any(secret in shown for secret in nested)


@given(text=st.text(max_size=3000))
def test_what_is_shown_is_one_line_of_bounded_length(text: str) -> None:
    shown = Scrubber(["a-secret-of-ours"])(text)
    assert len(shown) <= LONGEST
    assert "\n" not in shown


@given(secret=SECRET, padding=st.integers(LONGEST - 100, LONGEST + 20))
def test_no_part_of_a_secret_is_left_where_the_text_is_cut(secret: str, padding: int) -> None:
    assume("x" not in secret)
    shown = Scrubber([secret])("x" * padding + " " + secret + " and more" * 50)
    assert secret[:8] not in shown


@pytest.mark.parametrize(
    "text",
    [
        "binanceusdm GET https://fapi.example/fapi/v1/order?symbol=BTCUSDT&signature=0badc0de0badc0de 400",
        "wss://fstream.example/private/ws?listenKey=0badc0de0badc0de0badc0de closed",
        "wss://fstream.example/ws/0badc0de0badc0de0badc0de0badc0de closed",
        "POST body apiKey=0badc0de0badc0de&timestamp=1",
        'the request was {"apiKey": "0badc0de0badc0de", "side": "buy"}',
        "{'X-MBX-APIKEY': '0badc0de0badc0de'}",
        "{'ACCESS-SIGN': '0badc0de0badc0de', 'ACCESS-PASSPHRASE': '0badc0de0badc0de'}",
        "{'OK-ACCESS-KEY': '0badc0de0badc0de', 'OK-ACCESS-SIGN': '0badc0de0badc0de'}",
        "{'KC-API-KEY': '0badc0de0badc0de', 'KC-API-PASSPHRASE': '0badc0de0badc0de'}",
        "{'X-BAPI-API-KEY': '0badc0de0badc0de', 'X-BAPI-SIGN': '0badc0de0badc0de'}",
        "{'API-Sign': '0badc0de0badc0de'}",
        "Authorization: Bearer 0badc0de0badc0de.0badc0de",
        "{'Authorization': 'Bearer 0badc0de0badc0de'}",
        "htx said AccessKeyId=0badc0de0badc0de&Signature=0badc0de",
        "listenKey: 0badc0de0badc0de0badc0de",
        "a token=0badc0de0badc0de was sent",
        "{'secret': '0badc0de0badc0de'}, passphrase=0badc0de0badc0de, privateKey: 0badc0de0badc0de",
        "HTTPS://VENUE.EXAMPLE/X?SIGNATURE=0badc0de0badc0de",
    ],
)
def test_signatures_and_keys_vanish_though_nobody_named_them(text: str) -> None:
    assert "0badc0de" not in Scrubber()(text)


@pytest.mark.parametrize(
    "text",
    [
        'binanceusdm {"code":-2019,"msg":"Margin is insufficient."}',
        "Cannot connect to host 127.0.0.1:9 ssl:default [Connect call failed ('127.0.0.1', 9)]",
        "the private stream has been silent for 16 s",
        "order 8389765518 in BTC/USDT:USDT is below the least order of 0.001 contracts",
    ],
)
def test_what_is_no_secret_is_told_word_for_word(text: str) -> None:
    assert Scrubber(["a-secret-of-ours"])(text) == text


def test_a_url_keeps_where_it_led() -> None:
    assert Scrubber()("GET https://fapi.example/fapi/v1/order?symbol=X 400") == (
        "GET https://fapi.example/fapi/v1/order 400"
    )
