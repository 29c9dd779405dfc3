"""No secret that this process knows is shown of the journal, whoever has written it there."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.journal.veil import Veil

SECRETS = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=6, max_size=40)


@given(SECRETS, st.sampled_from(['{{"note":"{}"}}', "the key {} was refused", "api={}&x=1", "{}", "({}, 3)", "a:{}"]))
def test_a_known_secret_is_nowhere_in_what_is_shown(secret: str, around: str) -> None:
    assert secret not in Veil([secret]).text(around.format(secret)).replace("***", "")


def test_it_is_taken_out_at_any_depth_and_by_its_name() -> None:
    body: dict[str, Any] = {"before": {"note": ["key s3cr3t-abcdef was refused"]}, "api_key": "unknown to us", "n": 3}
    shown = Veil(["s3cr3t-abcdef"]).body(body)
    assert shown == {"before": {"note": ["key *** was refused"]}, "api_key": "(redacted)", "n": 3}


def test_a_passphrase_of_several_words_is_taken_out() -> None:
    assert Veil(["correct horse"]).text('{"said":"correct horse battery"}') == '{"said":"*** battery"}'


@pytest.mark.parametrize("text", ["stop.fired", orjson.dumps({"hash": "ab" * 32}).decode(), "account:alpha-1 at 12:30"])
def test_what_is_no_secret_stands(text: str) -> None:
    assert Veil(["k-alpha-000001", "hunter22"]).text(text) == text
