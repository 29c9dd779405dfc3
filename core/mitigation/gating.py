"""Whether a policy may do by itself what it asks for: armed, no stop standing, within the turnover of an hour."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from core.domain import Policy, Scope
from core.ladder import OnLapse, Response
from core.mitigation.model import Reduction
from core.mitigation.restraint import Stops
from core.mitigation.turnover import Caps, Turnover

STOPPED = "a stop stands here: only a person may start it"
UNARMED = "policies are not armed to act by themselves: an approval is needed"


class GateSettings(Protocol):
    @property
    def automatic(self) -> bool: ...
    @property
    def countdown_s(self) -> float: ...
    @property
    def on_lapse(self) -> OnLapse: ...
    @property
    def caps(self) -> Caps: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """How something is set going."""

    mode: Policy
    on_lapse: OnLapse = OnLapse.LAPSE
    countdown_s: float | None = None
    """None where it waits for nobody, or without an end."""
    held_back: str = ""
    """Why it may not do by itself what the policy asks for."""


class Gate:
    def __init__(self, settings: GateSettings, stops: Stops, turnover: Turnover) -> None:
        self._settings = settings
        self._stops = stops
        self._turnover = turnover

    def take_settings(self, settings: GateSettings) -> None:
        self._settings = settings

    def terms(
        self, mode: Policy, response: Response, scope: Scope, reductions: Collection[Reduction], currency: str = ""
    ) -> Terms:
        """`mode` as the policy asks for it."""
        countdown_s = self._settings.countdown_s if response.countdown_s is None else response.countdown_s
        on_lapse = response.on_lapse or self._settings.on_lapse
        if mode is Policy.PROPOSE:
            return Terms(mode)
        by_itself = mode is Policy.AUTO or on_lapse is OnLapse.RUN
        why = self.why_not(scope, reductions, currency) if by_itself else ""
        if why == STOPPED and mode is Policy.AUTO:
            return Terms(Policy.PROPOSE, held_back=why)
        if why:
            return Terms(Policy.APPROVE, OnLapse.LAPSE, countdown_s, why)
        if mode is Policy.AUTO:
            return Terms(mode)
        return Terms(mode, on_lapse, countdown_s)

    def why_not(self, scope: Scope, reductions: Collection[Reduction], currency: str = "") -> str:
        """Why nothing may be done here without a person now; "" where it may."""
        if self._stops.touch(scope, reductions):
            return STOPPED
        if not self._settings.automatic:
            return UNARMED
        return self._turnover.exceeded_by(scope, reductions, self._settings.caps, currency)
