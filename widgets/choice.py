"""Which metrics the scope table shows: a preset, or a choice of one's own; written as one line of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.snapshot import MetricInfo

ESSENTIALS = "Essentials"
ALL = "All"
ESSENTIAL_NAMES = frozenset(
    (
        "equity",
        "unrealised_pnl",
        "gross_exposure",
        "net_exposure",
        "leverage",
        "drawdown",
        "drawdown_day",
        "daily_loss",
        "largest_position_share",
        "var_historical",
        "margin_use",
        "liquidation_distance",
        "exit_time",
        "data_age",
    )
)
_PRESET = "preset "


def families(metrics: Iterable[MetricInfo]) -> tuple[str, ...]:
    """In the order in which they first come."""
    return tuple(dict.fromkeys(info.family for info in metrics))


def family_title(family: str) -> str:
    return family.capitalize() or "Other"


def presets(metrics: Sequence[MetricInfo]) -> tuple[str, ...]:
    """What there is to choose from at once: the essentials, one per family, all."""
    return (ESSENTIALS, *(family_title(family) for family in families(metrics)), ALL)


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    preset: str = ESSENTIALS
    """"" for a choice of one's own."""
    names: tuple[str, ...] = ()
    """The own choice; names of metrics that are not there (any more) are kept and show nothing."""

    def columns(self, metrics: Sequence[MetricInfo]) -> tuple[int, ...]:
        """Columns of the matrix, family by family. A preset that there is none of is the essentials."""
        known = self.preset if not self.preset or self.preset in presets(metrics) else ESSENTIALS
        order = {family: place for place, family in enumerate(families(metrics))}
        wanted = [column for column, info in enumerate(metrics) if self._wants(known, info)]
        # The matrix has the columns of the slower beat behind all others: a family would stand in two places.
        return tuple(sorted(wanted, key=lambda column: order[metrics[column].family]))

    def _wants(self, preset: str, info: MetricInfo) -> bool:
        if not preset:
            return info.name in self.names
        if preset == ESSENTIALS:
            return info.name in ESSENTIAL_NAMES
        return preset in (ALL, family_title(info.family))

    def with_metrics(self, names: Iterable[str], metrics: Sequence[MetricInfo], *, shown: bool) -> ColumnChoice:
        """The own choice that shows these too, or no more."""
        chosen = {metrics[column].name for column in self.columns(metrics)}
        chosen = chosen | set(names) if shown else chosen - set(names)
        own = ColumnChoice("", tuple(info.name for info in metrics if info.name in chosen))
        # What happens to be a preset is called so: it then follows when a metric is added to it.
        same = (ColumnChoice(preset) for preset in presets(metrics))
        columns = own.columns(metrics)
        return next((preset for preset in same if columns and preset.columns(metrics) == columns), own)

    def __str__(self) -> str:
        return f"{_PRESET}{self.preset}" if self.preset else " ".join(self.names)

    @classmethod
    def parse(cls, text: str) -> ColumnChoice:
        """Read what `str` wrote; never fails, since names that mean nothing show nothing."""
        if not text.strip():
            return cls()
        if text.startswith(_PRESET):
            return cls(text.removeprefix(_PRESET).strip())
        return cls("", tuple(text.split()))
