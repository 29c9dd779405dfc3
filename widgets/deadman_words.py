"""A dead-man's switch in words, as every page says it."""

from __future__ import annotations

from core.halt.deadman.switch import DeadManView, SwitchState
from widgets import figures
from widgets.theme import Tone

TROUBLE_FIRST = (
    SwitchState.LAPSED, SwitchState.FAILED, SwitchState.NONE, SwitchState.ARMING, SwitchState.ARMED, SwitchState.IDLE,
    SwitchState.OFF,
)  # fmt: skip
SWITCH_TONES = {
    SwitchState.LAPSED: Tone.HIGH,
    SwitchState.FAILED: Tone.MEDIUM,
    SwitchState.NONE: Tone.MEDIUM,
    SwitchState.OFF: Tone.FAINT,
    SwitchState.IDLE: Tone.FAINT,
}


def switch_words(switch: DeadManView) -> str:
    """`ARMED 38 s`, `FAILED 12 s`, `LAPSED`, `off`."""
    word = switch.state.value
    if switch.state in {SwitchState.OFF, SwitchState.IDLE}:
        return word
    return word.upper() if switch.left_s is None else f"{word.upper()} {figures.number(round(switch.left_s))} s"


def switch_tip(switch: DeadManView) -> str:
    """What it is doing, why, and what goes when it fires; one sentence a line."""
    if switch.state is SwitchState.OFF:
        return "No dead-man's switch is asked for (deadman_s)"
    running = figures.count(switch.countdowns, "countdown")
    lines = [f"{figures.number(switch.seconds)} s from the last renewal, {running} running"]
    lines += [part for part in (switch.reason, switch.warning) if part]
    return "\n".join(lines)


def switch_key(switch: DeadManView) -> float:
    """By state, the worst first, and within it by the time that is left."""
    left_s = 0.0 if switch.left_s is None else min(switch.left_s, 99_999.0)
    return TROUBLE_FIRST.index(switch.state) + left_s / 100_000.0
