from __future__ import annotations

from app.first_run.front import Front
from core.domain import PORTFOLIO
from core.events.history import HistoryWish
from core.intents import FireStop, Intent, LookBack

PRESS = FireStop(PORTFOLIO, "ada", "the stop button")


def test_a_press_before_the_engine_is_kept_for_whichever_comes_next() -> None:
    front, fired = Front(), list[Intent]()
    front.next()
    front.submit(PRESS)
    front.submit(LookBack(HistoryWish()))
    front.next()
    front.next().arm(fired.append)
    assert fired == [PRESS]
    front.submit(PRESS)
    assert fired == [PRESS, PRESS]
    front.next().arm(fired.append)
    assert fired == [PRESS, PRESS], "what was fired is not fired again"


def test_where_nothing_is_connected_a_press_is_told_and_not_kept() -> None:
    front, said, fired = Front(), list[str](), list[Intent]()
    front.nothing_to_stop = lambda: said.append("nothing")
    front.submit(PRESS)
    front.submit(LookBack(HistoryWish()))
    assert said == ["nothing"]
    front.next().arm(fired.append)
    assert fired == []
    front.shut()
    front.submit(PRESS)
    assert said == ["nothing", "nothing"]
    assert fired == []
