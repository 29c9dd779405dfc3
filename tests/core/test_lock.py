"""The hash of a PIN, and the wait after wrong ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingError
from core.lock import FREE_TRIES, LONGEST_WAIT_S, MOST, check_new, fits, hash_pin, wait_after


def test_only_the_pin_that_was_set_fits_and_it_stands_nowhere() -> None:
    kept = hash_pin("2468")
    assert kept.startswith("scrypt$")
    assert "2468" not in kept
    assert fits("2468", kept)
    assert not fits("2469", kept)
    assert not fits("", kept)


def test_two_hashes_of_one_pin_differ() -> None:
    assert hash_pin("2468") != hash_pin("2468")


@pytest.mark.parametrize(
    "kept", ["", "2468", "scrypt$1$1$1$$", "scrypt$32768$8$1$!$!", "md5$1$2$3$4$5", "scrypt$32768$8$1$YQ==$YQ=="]
)
def test_a_line_that_is_no_hash_fits_nothing(kept: str) -> None:
    assert not fits("2468", kept)


@pytest.mark.parametrize("pin", ["", "123", "x" * (MOST + 1)])
def test_a_pin_that_is_too_short_or_too_long_is_refused_with_what_is_allowed(pin: str) -> None:
    with pytest.raises(SettingError, match="4 to 32 characters"):
        check_new(pin)


@given(st.integers(0, 5_000))
def test_the_wait_never_shrinks_and_never_locks_anybody_out_for_good(wrong: int) -> None:
    assert 0.0 <= wait_after(wrong) <= wait_after(wrong + 1) <= LONGEST_WAIT_S
    assert (wait_after(wrong) > 0.0) == (wrong >= FREE_TRIES)
