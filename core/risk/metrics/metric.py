"""What a metric is: a pure function from the frame of one moment to a column, and what its docstring says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.risk.costly.frame import CostlyFrame
from core.risk.frame import Frame
from core.risk.model import Beat, Floats, MetricInfo
from core.risk.ratio import over, share

__all__ = ["Metric", "costly_metric", "cycle_metric", "over", "share"]

F = TypeVar("F", Frame, CostlyFrame)


@dataclass(frozen=True, slots=True)
class Metric(Generic[F]):
    info: MetricInfo
    compute: Callable[[F], Floats]


def cycle_metric(
    compute: Callable[[Frame], Floats],
    title: str,
    unit: str,
    family: str,
    worse_is: int = 1,
    *,
    by_magnitude: bool = False,
    own_trust: bool = True,
) -> Metric[Frame]:
    """A column of every cycle; the name is the function's, formula and source are its docstring's."""
    return Metric(
        _info(compute, title, unit, family, worse_is, Beat.CYCLE, by_magnitude=by_magnitude, own_trust=own_trust),
        compute,
    )


def costly_metric(
    compute: Callable[[CostlyFrame], Floats],
    title: str,
    unit: str,
    family: str,
    worse_is: int = 1,
    *,
    by_magnitude: bool = False,
) -> Metric[CostlyFrame]:
    """A column of the slower beat."""
    return Metric(
        _info(compute, title, unit, family, worse_is, Beat.COSTLY, by_magnitude=by_magnitude, own_trust=True), compute
    )


def _info(
    compute: Callable[[F], Floats],
    title: str,
    unit: str,
    family: str,
    worse_is: int,
    beat: Beat,
    *,
    by_magnitude: bool,
    own_trust: bool,
) -> MetricInfo:
    text = (compute.__doc__ or "").replace("\n", " ")
    formula, _, source = " ".join(text.split()).partition("Source: ")
    return MetricInfo(
        name=compute.__name__,
        title=title,
        unit=unit,
        formula=formula.strip(),
        source=source.strip(),
        worse_is=worse_is,
        family=family,
        beat=beat,
        by_magnitude=by_magnitude,
        own_trust=own_trust,
    )
