from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import run
from app.first_run.front import Front
from core.domain import PORTFOLIO
from core.errors import ConfigError
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


def test_without_a_screen_the_wizard_says_what_to_do_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_has_screen", lambda: False)
    with pytest.raises(ConfigError, match=r"no screen here; copy .*scram\.toml"):
        run.first_run(None, tmp_path)
    with pytest.raises(ConfigError, match="there is no configuration at"):
        run.run_configured(None, tmp_path, headless=False)
