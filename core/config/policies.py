"""What a policy asks for at each severity, as the file has it: one word, or a table that says more.

`{ high = "auto" }` restores at least cost in that mode, `stop` fires the emergency stop. The longer form is
`{ high = { do = ["block", "restore", "propose stop"], mode = "auto", countdown_s = 30, on_lapse = "run" } }`: rungs of
the ladder, climbed one after the other while the breach stands, each in the mode before its name or the table's.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, TypeVar

from core.config.checks import suggestion
from core.domain import Policy, Severity
from core.ladder import RUNGS, OnLapse, Response, Rung, Step

T = TypeVar("T")

MODES = {policy.value: policy for policy in (Policy.PROPOSE, Policy.APPROVE, Policy.AUTO)}
LONGEST_COUNTDOWN_S = 86_400.0
MOST_TRIES = 10
MOST_LEFT = 0.99
"""A position that is scaled to more than this stays what it was."""
NEEDED = 'a table such as { high = "approve", critical = { do = ["restore", "stop"], mode = "auto" } } is needed'


def parse_policy(value: object) -> dict[Severity, Response]:
    """By severity, as a word or as itself; what it says is a word, a table or already read."""
    if not isinstance(value, Mapping):
        raise ValueError(NEEDED)  # noqa: TRY004 (pydantic takes up only a ValueError)
    severities = {severity.word: severity for severity in Severity}
    parsed: dict[Severity, Response] = {}
    for key, asked in value.items():
        severity = key if isinstance(key, Severity) else severities.get(key)
        if severity is None:
            raise ValueError(f'"{key}" is not a severity; {suggestion(key, severities)}')
        parsed[severity] = _response(severity.word, asked)
    return parsed


def policy_table(policy: Mapping[Severity, Response]) -> dict[str, Any]:
    """The same as a table of the file, in the short form where there is one."""
    return {severity.word: _written(response) for severity, response in sorted(policy.items())}


def _response(severity: str, asked: object) -> Response:
    if isinstance(asked, Response):
        return asked
    if isinstance(asked, Mapping):
        return _longer(severity, asked)
    words = {policy.value: policy for policy in Policy}
    if not isinstance(asked, str) or asked not in words:
        raise ValueError(f"{severity} is {_shown(asked)}; {suggestion(asked, words)}, or a table")
    return Response.of(words[asked])


def _longer(severity: str, table: Mapping[str, Any]) -> Response:
    fields = ("do", "mode", "countdown_s", "on_lapse", "factor", "tries")
    for key in table:
        if key not in fields:
            raise ValueError(f'{severity}: "{key}" is not a key here; {suggestion(key, fields)}')
    if "do" not in table:
        raise ValueError(f"{severity}: do is missing; it names rungs of the ladder: {', '.join(RUNGS)}")
    mode = _one_of(f"{severity}: mode", table.get("mode", Policy.PROPOSE.value), MODES)
    countdown_s, on_lapse = table.get("countdown_s"), table.get("on_lapse")
    lapses = {each.value: each for each in OnLapse}
    usual = Response.of(Policy.PROPOSE)
    return Response(
        _steps(f"{severity}: do", table["do"], mode),
        None if countdown_s is None else _number(f"{severity}: countdown_s", countdown_s, LONGEST_COUNTDOWN_S),
        None if on_lapse is None else _one_of(f"{severity}: on_lapse", on_lapse, lapses),
        _number(f"{severity}: factor", table.get("factor", usual.factor), MOST_LEFT),
        _tries(f"{severity}: tries", table.get("tries", usual.tries)),
    )


def _steps(place: str, value: object, mode: Policy) -> tuple[Step, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not words:
        raise ValueError(f"{place}: a rung or a list of rungs is needed: {', '.join(RUNGS)}")
    steps = []
    for word in words:
        given, _, name = word.rpartition(" ") if isinstance(word, str) else ("", "", word)
        rung = _one_of(place, name, RUNGS)
        steps.append(Step(rung, _one_of(place, given, MODES) if given else mode))
    for first, second in itertools.pairwise(steps):
        if second.rung <= first.rung:
            raise ValueError(
                f"{place}: {second.rung.word} comes after {first.rung.word}, and the ladder is only climbed: "
                f"{', '.join(RUNGS)}"
            )
    if len(steps) > 1 and steps[0].rung is Rung.NOTIFY:
        raise ValueError(f"{place}: notify stands alone: every event is told of")
    return tuple(steps)


def _one_of(place: str, value: object, words: Mapping[str, T]) -> T:
    if not isinstance(value, str) or value not in words:
        raise ValueError(f"{place} is {_shown(value)}; {suggestion(value, words)}")
    return words[value]


def _number(place: str, value: object, most: float) -> float:
    plain = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most
    if not plain:
        raise ValueError(f"{place} is {_shown(value)}; a number from 0 to {most:g} is allowed")
    return float(value)  # type: ignore[arg-type]


def _tries(place: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_TRIES:
        raise ValueError(f"{place} is {_shown(value)}; a whole number from 1 to {MOST_TRIES} is allowed")
    return value


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _written(response: Response) -> str | dict[str, Any]:
    if response.short is not None:
        return response.short.value
    usual = Response.of(Policy.PROPOSE)
    modes = {step.mode for step in response.steps}
    common = response.steps[0].mode if len(modes) == 1 else None
    do = [step.rung.word if common else f"{step.mode.value} {step.rung.word}" for step in response.steps]
    table: dict[str, Any] = {"do": do[0] if len(do) == 1 else do}
    if common:
        table["mode"] = common.value
    if response.countdown_s is not None:
        table["countdown_s"] = response.countdown_s
    if response.on_lapse is not None:
        table["on_lapse"] = response.on_lapse.value
    if response.factor != usual.factor:
        table["factor"] = response.factor
    if response.tries != usual.tries:
        table["tries"] = response.tries
    return table
