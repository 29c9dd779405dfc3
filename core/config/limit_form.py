"""A row of a limit as texts that a person reads and types, and back: what is not touched stays as it is written."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from core.config import checks, limit_checks, policies
from core.config.typed import typed_figure, typed_time, written_figure, written_time
from core.domain import Severity
from core.errors import ConfigError
from core.ladder import OnLapse

Texts = dict[str, str]
LEVELS = tuple(severity.word for severity in Severity)
TIMES = ("change_over_s", "on_delay_s", "off_delay_s")
SHARES = ("clear", "reduce_share")
WORDS = ("scope", "metric", "of", "confirm", "min_trust", "note", "profile")
LABELS: Mapping[str, str] = {
    "scope": "Scope", "metric": "Metric", "of": "Share of", "profile": "Profile", "change_over_s": "Change over",
    "clear": "Clears at", "on_delay_s": "Raised after", "off_delay_s": "Cleared after", "confirm": "Confirmed by",
    "min_trust": "Least trust", "active": "Hours", "expires": "Until", "reduce_share": "Reduce by", "note": "Note",
    "enabled": "In use", **{word: word.capitalize() for word in LEVELS},
    **{f"then_{word}": f"Then at {word}" for word in LEVELS},
}  # fmt: skip
"""What each field is called, on the screen and in sentences."""
_MOMENTS = ("%Y-%m-%d %H:%M UTC", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d")
EXPIRES = "a moment such as 2026-12-01 08:00 UTC, or a time from now such as in 8 h"
THEN = "propose, approve, auto, stop, or rungs such as approve restore, then propose stop, after 30 s"


def texts_of(values: Mapping[str, Any], unit: str, base: str) -> Texts:
    """Of every field; "" where the row says nothing. `unit` is that of its thresholds."""
    texts = {name: str(values.get(name, "")) for name in WORDS}
    texts |= {name: _figure(values.get(name), unit, base) for name in LEVELS}
    texts |= {name: "" if values.get(name) is None else written_time(float(values[name])) for name in TIMES}
    texts |= {name: _figure(values.get(name), "ratio", base) for name in SHARES}
    texts |= {f"then_{word}": _then_text(values, word) for word in LEVELS}
    texts["active"] = "; ".join(map(str, values.get("active") or ()))
    expires = values.get("expires")
    texts["expires"] = expires.astimezone(dt.UTC).strftime(_MOMENTS[0]) if isinstance(expires, dt.datetime) else ""
    texts["enabled"] = "no" if values.get("enabled") is False else "yes"
    return texts


def values_of(
    texts: Mapping[str, str], was: Mapping[str, Any], unit: str, base: str, now_s: float
) -> tuple[dict[str, Any], dict[str, str]]:
    """The row, and by field a sentence on what is no such thing. Fields that are not among `texts` stay.

    `was` is the row as it stands (empty for a new one), `unit` that of the thresholds as typed, `now_s` wall time.
    """
    before = texts_of(was, unit, base)
    values, problems = dict(was), dict[str, str]()
    for name, text in texts.items():
        if name.startswith("then_") or (text == before.get(name) and name in was):
            continue
        try:
            value = _value(name, text.strip(), unit, base, now_s)
        except (ConfigError, ValueError) as error:
            problems[name] = f"{LABELS[name]}: {error}"
            continue
        values.pop(name, None)
        if value is not None:
            values[name] = value
    _put_policy(texts, was, values, problems, before)
    return values, problems


def _figure(value: object, unit: str, base: str) -> str:
    return written_figure(float(value), unit, base) if isinstance(value, int | float) else ""


def _value(name: str, text: str, unit: str, base: str, now_s: float) -> Any:
    """None where it says nothing. Raises ConfigError or ValueError."""
    if name == "enabled":
        return None if text in ("", "yes") else False
    if not text:
        return None
    if name in LEVELS:
        return typed_figure(text, unit, base)
    if name in TIMES:
        return typed_time(text)
    if name in SHARES:
        return typed_figure(text, "ratio")
    return _word(name, text, now_s)


def _word(name: str, text: str, now_s: float) -> Any:
    try:
        if name == "scope":
            return str(checks.parse_scope(text))
        if name == "confirm":
            limit_checks.parse_confirm(text)
        elif name == "min_trust":
            limit_checks.parse_trust(text)
        elif name == "active":
            return [str(window) for window in limit_checks.parse_windows([part.strip() for part in text.split(";")])]
        elif name == "expires":
            return _moment(text, now_s)
    except ValueError as error:
        shown = "" if str(error).startswith('"') else f'"{text}" is not it; '
        raise ConfigError(f"{shown}{error}") from None
    return text


def _moment(text: str, now_s: float) -> dt.datetime:
    if text.startswith("in "):
        return dt.datetime.fromtimestamp(round(now_s + typed_time(text.removeprefix("in "))), tz=dt.UTC)
    for form in _MOMENTS:
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
    raise ConfigError(f'"{text}" is not it; {EXPIRES} is needed')


# -- policies ---------------------------------------------------------------------------------------------------------


def _then_text(values: Mapping[str, Any], word: str) -> str:
    policy = values.get("policy")
    asked = policy.get(word) if isinstance(policy, Mapping) else None
    if asked is None:
        return ""
    try:
        (response,) = policies.parse_policy({word: asked}).values()
    except ValueError:
        return str(asked)
    return str(response)


def _put_policy(
    texts: Mapping[str, str],
    was: Mapping[str, Any],
    values: dict[str, Any],
    problems: dict[str, str],
    before: Mapping[str, str],
) -> None:
    given = was.get("policy")
    policy = dict(given) if isinstance(given, Mapping) else {}
    for word in LEVELS:
        name = f"then_{word}"
        if name not in texts or texts[name].strip() == before[name]:
            continue
        try:
            asked = typed_policy(texts[name], word)
        except ConfigError as error:
            problems[name] = f"{LABELS[name]}: {error}"
            continue
        policy.pop(word, None)
        if asked is not None:
            policy[word] = asked
    if policy or given == {}:
        values["policy"] = {word: policy[word] for word in LEVELS if word in policy}
    else:
        values.pop("policy", None)


def typed_policy(text: str, word: str) -> Any:
    """As the file has it; None for nothing. Raises ConfigError that says what is allowed."""
    text = text.strip().lower()
    if not text:
        return None
    asked: Any = text
    if text not in policies.MODES and text != "stop":
        steps: list[str] = []
        asked = {"do": steps}
        for part in re.split(r"\s*,\s*(?:then\s+)?", text):
            after = re.fullmatch(r"after (.+)", part)
            if part == "unanswered it runs":
                asked["on_lapse"] = OnLapse.RUN.value
            elif after:
                asked["countdown_s"] = typed_time(after[1])
            else:
                steps.append(part)
    try:
        policies.parse_policy({word: asked})
    except ValueError as error:
        raise ConfigError(f'"{text}" is not it ({error}); {THEN} is needed') from None
    return asked
