"""The code of a preview holds for a minute, once, and for what was shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain import PORTFOLIO, Leg, Side
from core.errors import FlattenError
from core.halt.flatten.model import FlattenPlan, FlattenRow, FlattenStyle, FlattenTerms
from core.halt.flatten.slip import Slips

TERMS = FlattenTerms(FlattenStyle.SLICED, 0.1, 0.02)
MADE_S = 1_000.0


@pytest.fixture
def slips(tmp_path: Path) -> Slips:
    made = Slips(tmp_path / "flatten")
    row = FlattenRow("alpha-1", "north", "okx", "BTC/USDT:USDT", Leg.SHORT, -2.0, None, MADE_S)
    made.write(FlattenPlan("p", "h-1", PORTFOLIO, 1, TERMS, MADE_S, "ABCDE", (row,), (), (), ()))
    return made


def test_it_gives_back_what_was_shown_once(slips: Slips) -> None:
    slip = slips.take("h-1", " abcde ", MADE_S + 59.0)
    assert (slip.terms, slip.seen) == (TERMS, {("alpha-1", ("BTC/USDT:USDT", Side.BUY)): 2.0})
    with pytest.raises(FlattenError, match="there is no preview of h-1"):
        slips.take("h-1", "ABCDE", MADE_S + 59.0)


@pytest.mark.parametrize("at_s", [MADE_S + 61.0, MADE_S - 1.0])
def test_it_is_of_no_use_when_it_is_old_or_of_a_clock_that_was_set_back(slips: Slips, at_s: float) -> None:
    with pytest.raises(FlattenError, match="its code holds for 60 s"):
        slips.take("h-1", "ABCDE", at_s)


def test_a_wrong_code_a_broken_file_and_a_path_are_refused(slips: Slips, tmp_path: Path) -> None:
    with pytest.raises(FlattenError, match="ABCDX is not the code"):
        slips.take("h-1", "ABCDX", MADE_S)
    (tmp_path / "flatten" / "h-1.json").write_text('{"code": 1')
    with pytest.raises(FlattenError, match="there is no preview"):
        slips.take("h-1", "ABCDE", MADE_S)
    with pytest.raises(FlattenError, match="is not the id of a stop"):
        slips.take("../h-1", "ABCDE", MADE_S)
