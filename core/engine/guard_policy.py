"""What the configuration wants of the guardian, as the guardian takes it."""

from __future__ import annotations

from core.config.model import GuardianConfig
from core.halt.guardian.watch import GuardPolicy


def policy_of(config: GuardianConfig) -> GuardPolicy:
    return GuardPolicy(config.on_crash, config.on_missed_heartbeats, config.missed_after_s, config.takeover_s)
