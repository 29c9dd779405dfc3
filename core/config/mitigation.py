"""How mitigations are carried out: whether any runs by itself, on how many readings, how soon again, and how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, PlainValidator

from core.config import limit_checks
from core.config.checks import Place
from core.config.fields import NotNegative, Number, Positive, Table
from core.domain import Policy, Severity
from core.ladder import OnLapse, Response, Rung

if TYPE_CHECKING:
    from core.config.model import Config

OLD_NAMES = {"approve_countdown_s": "countdown_s", "confirmations": "confirm", "cool_down_s": "cool_down_s"}
"""What stood in `[engine]` before there was a table of its own, and what it is called here."""


class MitigationConfig(Table):
    automatic: Annotated[bool, Field(strict=True)] = False
    """Whether a policy may do anything by itself; if not, what is automatic waits for an approval, and lapses without.
    An emergency stop that a policy asks for is fired either way."""
    flatten: Annotated[bool, Field(strict=True)] = False
    """Whether a policy may close every position of its scope."""
    countdown_s: Annotated[Number, Field(ge=0, le=86_400)] = 60.0
    """How long an approval is waited for."""
    on_lapse: OnLapse = OnLapse.LAPSE
    lapse_hold_s: NotNegative = 60.0
    """After a lapsed approval the same breach is not asked about again for so long."""
    cool_down_s: NotNegative = 5.0
    confirm: Annotated[tuple[int, int], PlainValidator(limit_checks.parse_confirm)] = (3, 3)
    """`"3 of 4"`: so many of the last readings have to be trusted and in breach before anything runs by itself."""
    confirm_span_s: NotNegative = 0.3
    """Least time between the first of these and the last."""
    figures_max_age_s: Positive = 10.0
    """Nothing is approved on figures older than this."""
    turnover_per_hour: Positive | None = None
    """What mitigations may close by themselves within an hour, all together, in the base currency; None: no cap."""
    turnover_per_hour_account: Positive | None = None
    """The same for each account."""
    turnover_per_hour_scope: Positive | None = None
    """The same for each scope whose limit they answer."""


def policy_problems(config: Config) -> list[tuple[Place, str]]:
    """What two tables say against each other: a value by its old name and its new, a flatten that is not allowed."""
    out: list[tuple[Place, str]] = [
        (("engine", old), f"[mitigation] {new} says the same by its new name; drop this one")
        for old, new in OLD_NAMES.items()
        if getattr(config.engine, old) is not None and new in config.mitigation.model_fields_set
    ]
    for place, policy in _policies(config):
        out += [(place, why) for severity, response in policy.items() if (why := _refused(severity, response, config))]
    return out


def mitigation_notices(config: Config) -> tuple[str, ...]:
    """Sentences for the operator: what is still given by an old name, and what is asked for by itself and not armed."""
    told = [
        f"[engine] {old} is called [mitigation] {new} now; the old name is still read"
        for old, new in OLD_NAMES.items()
        if getattr(config.engine, old) is not None
    ]
    if not config.mitigation.automatic and any(_acts(policy) for _, policy in _policies(config)):
        told.append(
            "mitigations do not run by themselves although limits ask for that: they wait for an approval, and lapse "
            "without; [mitigation] automatic = true arms them"
        )
    return tuple(told)


def _acts(policy: Mapping[Severity, Response]) -> bool:
    """Whether it asks for anything by itself, besides the emergency stop."""
    steps = [step for response in policy.values() for step in response.steps]
    return any(step.mode is Policy.AUTO and step.rung not in (Rung.NOTIFY, Rung.STOP) for step in steps)


def _policies(config: Config) -> Iterator[tuple[Place, Mapping[Severity, Response]]]:
    for index, limit in enumerate(config.limits):
        yield ("limits", index, "policy"), limit.policy
    for index, profile in enumerate(config.profiles):
        yield ("profiles", index, "policy"), profile.policy
        for number, terms in enumerate(profile.limits):
            yield ("profiles", index, "limits", number, "policy"), terms.policy


def _refused(severity: Severity, response: Response, config: Config) -> str:
    if not config.mitigation.flatten and any(step.rung is Rung.FLATTEN for step in response.steps):
        return f"{severity.word} asks for flatten, which [mitigation] flatten = true has to allow"
    return ""
