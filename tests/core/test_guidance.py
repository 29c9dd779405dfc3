"""Every alarm that the code can raise has its guidance: what it means, what to check, what mends it."""

from __future__ import annotations

import ast
import importlib
import math
from pathlib import Path

import pytest

from core.domain import PORTFOLIO, Severity, Trust
from core.events.model import Cause, Event, EventState
from core.guidance import Guidance, button_words, guidance_of, metric_guidance, system_guidance
from core.risk.metrics import METRIC_NAMES

RAISES = {"raise_system": 1}
"""Methods that raise an event about Scram itself, and the place of the key among their arguments."""


def event(metric: str, cause: Cause = Cause.BREACH) -> Event:
    return Event(
        "e1", PORTFOLIO, metric, cause, Severity.HIGH, EventState.RAISED, math.nan, math.nan, 0.0, 0.0, Trust.TRUSTED
    )


def system_keys(repository: Path) -> dict[str, str]:
    """By key, a place in the code where an event of it is raised."""
    found: dict[str, str] = {}
    for file in sorted((repository / "core").rglob("*.py")):
        tree = ast.parse(file.read_text())
        for call in ast.walk(tree):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in RAISES):
                continue
            place = f"{file.relative_to(repository)}:{call.lineno}"
            found[_key(file, repository, call.args[RAISES[call.func.attr]], place)] = place
    return found


def _key(file: Path, repository: Path, argument: ast.expr, place: str) -> str:
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    assert isinstance(argument, ast.Name), (
        f"{place}: the key is no constant of its module: guidance cannot be looked for"
    )
    module = importlib.import_module(".".join(file.relative_to(repository).with_suffix("").parts))
    assert hasattr(module, argument.id), f"{place}: {argument.id} is no constant of its module"
    return str(getattr(module, argument.id))


def is_whole(guidance: Guidance | None) -> bool:
    return guidance is not None and bool(guidance.means.strip() and guidance.check and guidance.mends.strip())


@pytest.mark.parametrize("metric", METRIC_NAMES)
def test_every_metric_has_its_guidance(metric: str) -> None:
    assert is_whole(metric_guidance(metric)), f"resources/guidance says nothing, or not all, of {metric}"


def test_every_event_about_scram_itself_has_its_guidance(repository: Path) -> None:
    keys = system_keys(repository)
    assert len(keys) >= 9
    missing = {key: place for key, place in keys.items() if not is_whole(system_guidance(key))}
    assert not missing, "resources/guidance/system.toml says nothing, or not all, of these"


def test_shocks_of_the_configuration_have_the_words_of_their_kind() -> None:
    assert metric_guidance("stress_my_own_shock_loss") == metric_guidance("stress_btc_down_20_loss")
    assert metric_guidance("stress_x_liquidated") != metric_guidance("stress_x_loss")


@pytest.mark.parametrize("span", ["300s", "0.5s", "1e+06s"])
def test_the_change_of_a_metric_has_the_metrics_words_and_says_that_it_is_a_change(span: str) -> None:
    level, change = guidance_of(event("drawdown")), guidance_of(event(f"drawdown_in_{span}"))
    assert change.means.endswith(level.means)
    assert change.means.startswith("This limit looks at how fast")
    assert change.check == level.check


def test_what_cannot_be_evaluated_says_so_and_what_the_figure_means() -> None:
    said = guidance_of(event("leverage", Cause.UNKNOWN))
    assert "cannot be evaluated" in said.means
    assert guidance_of(event("leverage")).means in said.means


def test_a_flow_is_explained_by_its_kind() -> None:
    assert "no ledger" in guidance_of(event("flow-17", Cause.FLOW)).means


@pytest.mark.parametrize("cause", Cause)
def test_what_nobody_wrote_about_still_has_words(cause: Cause) -> None:
    assert guidance_of(event("never heard of", cause)).means


def test_every_button_of_the_events_says_what_it_does() -> None:
    wanted = {"acknowledge", "approve", "reject", "shelve", "unshelve", "resolve", "details", "scope"}
    assert wanted <= button_words().keys()


def test_guidance_is_plain_sentences(repository: Path) -> None:
    for metric in METRIC_NAMES:
        said = metric_guidance(metric)
        assert said is not None
        for sentence in (said.means, said.mends, *said.check):
            assert sentence[0].isupper(), sentence
            assert sentence.endswith((".", "?")), sentence
