from __future__ import annotations

import datetime as dt
import math
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import to_toml
from core.config.load import read_config

# tomllib reads "\r\n" within the file as "\n", but never an escape; surrogates are no text.
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | TEXT
    | st.datetimes(min_value=dt.datetime(1000, 1, 1))  # noqa: DTZ001 (TOML's local date-time has no zone)
    | st.dates(min_value=dt.date(1000, 1, 1))
    | st.times()
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


@given(st.dictionaries(TEXT, VALUES, max_size=6))
def test_whatever_is_written_is_read_back_the_same(table: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(table)) == table


def test_a_configuration_written_from_a_dictionary_is_valid() -> None:
    text = to_toml(
        {
            "accounts": [
                {
                    "name": "a",
                    "exchange": "okx",
                    "mode": None,
                    "ccxt": {"urls": {"api": {"public": "http://127.0.0.1:1"}}},
                }
            ],
            "base_currency": "USDT",
            "stop": {"sweep_s": 2},
        }
    )
    config = read_config(text, "demo")
    assert config.accounts[0].ccxt == {"urls": {"api": {"public": "http://127.0.0.1:1"}}}
    assert (config.base_currency, config.stop.sweep_s) == ("USDT", 2.0)


def test_what_toml_has_no_word_for_is_refused() -> None:
    for value in (object(), b"bytes", {1: 2}, "\ud800"):
        with pytest.raises(TypeError, match="TOML"):
            to_toml({"x": value})


def test_numbers_beyond_all_bounds_have_their_own_words() -> None:
    read = tomllib.loads(to_toml({"a": math.inf, "b": -math.inf, "c": math.nan}))
    assert (read["a"], read["b"]) == (math.inf, -math.inf)
    assert math.isnan(read["c"])
