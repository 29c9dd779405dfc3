"""What an operator is told of an alarm beside its figures: what it means, what to look at, what can mend it.

The words lie in `resources/guidance`: a TOML file per family of metrics, one for events about Scram itself, and one for
what all events of a kind have in common.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from core.events.model import Cause, Event

_CHANGE = re.compile(r"_in_[\d.e+]+s$")
_STRESS = re.compile(r"stress_.+(_loss|_margin_calls|_liquidated)$")
_COMMON, _SYSTEM = "common", "system"
_BUTTONS = "buttons"


@dataclass(frozen=True, slots=True)
class Guidance:
    means: str
    check: tuple[str, ...] = ()
    """What to look at, in this order."""
    mends: str = ""
    """What a plan, or anything else, can do about it."""


def guidance_of(event: Event) -> Guidance:
    """Never without words: what nobody wrote about is said to have none."""
    if event.cause is Cause.FLOW:
        return _common("flow")
    if event.cause is Cause.SYSTEM:
        return system_guidance(event.metric) or _common("other")
    about = metric_guidance(event.metric) or _common("other")
    if event.cause is Cause.UNKNOWN:
        kind = _common("unknown")
        return Guidance(f"{kind.means}\n{about.means}", kind.check, kind.mends)
    if _CHANGE.search(event.metric):
        return Guidance(f"{_common('change').means} {about.means}", about.check, about.mends)
    return about


def metric_guidance(subject: str) -> Guidance | None:
    """`subject` is a metric or its change (`drawdown_in_300s`); every named shock has the words of its kind."""
    return _metrics().get(guided_name(subject))


def guided_name(subject: str) -> str:
    """By what name `all_guidance` has the words for this metric, its change, or this event about Scram itself."""
    metric = _CHANGE.sub("", subject)
    stress = _STRESS.fullmatch(metric)
    return f"stress{stress[1]}" if stress else metric


def system_guidance(key: str) -> Guidance | None:
    return _read(_SYSTEM).get(key)


def all_guidance() -> Mapping[str, Guidance]:
    """Of every metric and of every kind of event about Scram itself, by the name that such an event has."""
    return {**_metrics(), **_read(_SYSTEM)}


def button_words() -> Mapping[str, str]:
    """What each button of the events does, by the button's name."""
    words: Mapping[str, str] = _table(_COMMON).get(_BUTTONS, {})
    return words


def _common(kind: str) -> Guidance:
    return _read(_COMMON).get(kind, Guidance("No guidance came along with this installation."))


@cache
def _metrics() -> Mapping[str, Guidance]:
    found: dict[str, Guidance] = {}
    for name in _files():
        if name not in (_COMMON, _SYSTEM):
            found.update(_read(name))
    return found


@cache
def _read(name: str) -> Mapping[str, Guidance]:
    rows = {key: row for key, row in _table(name).items() if key != _BUTTONS}
    return {key: Guidance(row["means"], tuple(row["check"]), row["mends"]) for key, row in rows.items()}


@cache
def _table(name: str) -> Mapping[str, Any]:
    text = _files().get(name)
    return {} if text is None else tomllib.loads(text.read_text(encoding="utf-8"))


@cache
def _files() -> Mapping[str, resources.abc.Traversable]:
    """A missing folder costs its words and nothing else."""
    try:
        folder = resources.files("resources").joinpath("guidance")
        return {file.name[: -len(".toml")]: file for file in folder.iterdir() if file.name.endswith(".toml")}
    except (ModuleNotFoundError, OSError):
        return {}
