"""The same sums and limits as one would write them with data frames: the usual way, for comparison."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import polars as pl

from tests.bench.made_book import MadeBook

SCOPES = ("portfolio", "venue", "account", "strategy")
SUMS = ("net", "gross", "unrealised", "value", "initial", "maintenance")
Limited = Sequence[tuple[str, Sequence[float]]]


def table_of(book: MadeBook) -> dict[str, np.ndarray]:
    """One row per position; `mark` by instrument is looked up in every pass."""
    slots, rows = book.positions.slots, book.positions.rows
    live = slots.live()
    live = live[slots.rest[live] >= 0]
    account = slots.account[live]
    return {
        "portfolio": np.zeros(len(live), dtype=np.int64),
        "venue": book.layout.account_venue[account],
        "account": account,
        "strategy": rows.strategy[slots.rest[live]],
        "instrument": slots.instrument[live],
        "underlying": book.marks.table.base[slots.instrument[live]],
        "quantity": slots.quantity[live],
        "cost": slots.cost[live],
        "initial_rate": slots.initial_rate[live],
        "maintenance_rate": slots.maintenance_rate[live],
        "marks": book.marks.table.mark[: book.marks.table.size],
    }


def by_pandas(table: dict[str, np.ndarray], limits: Limited) -> list[pd.DataFrame]:
    frame = pd.DataFrame({name: column for name, column in table.items() if name != "marks"}, copy=False)
    value = frame["quantity"] * table["marks"][frame["instrument"]]
    frame["net"], frame["gross"] = value, value.abs()
    frame["unrealised"] = frame["value"] = value - frame["cost"]
    frame["initial"] = frame["gross"] * frame["initial_rate"]
    frame["maintenance"] = frame["gross"] * frame["maintenance_rate"]
    out = []
    for scope in SCOPES:
        sums = frame.groupby(scope, sort=False)[list(SUMS)].sum()
        nets = frame.groupby([scope, "underlying"], sort=False)["net"].sum().abs().reset_index(level=1, drop=True)
        grouped = nets.groupby(level=0, sort=False)
        sums["largest"] = grouped.max() / sums["gross"]
        sums["herfindahl"] = (nets**2).groupby(level=0, sort=False).sum() / grouped.sum() ** 2
        sums["leverage"] = sums["gross"] / sums["value"]
        sums["margin_use"] = sums["initial"] / sums["value"]
        for name, (_, levels) in zip(("value", "leverage", "largest", "margin_use", "net"), limits, strict=True):
            sums[f"{name}_severity"] = sum((sums[name] >= level).astype(np.int8) for level in levels)
        out.append(sums)
    return out


def by_polars(table: dict[str, np.ndarray], limits: Limited) -> list[pl.DataFrame]:
    frame = pl.DataFrame({name: column for name, column in table.items() if name != "marks"})
    marks = pl.Series("marks", table["marks"])
    value = pl.col("quantity") * pl.Series(marks[frame["instrument"]])
    frame = frame.with_columns(net=value, gross=value.abs(), value=value - pl.col("cost"))
    frame = frame.with_columns(
        unrealised=pl.col("value"),
        initial=pl.col("gross") * pl.col("initial_rate"),
        maintenance=pl.col("gross") * pl.col("maintenance_rate"),
    )
    out = []
    for scope in SCOPES:
        sums = frame.group_by(scope).agg(pl.col(*SUMS).sum())
        nets = frame.group_by(scope, "underlying").agg(pl.col("net").sum().abs())
        spread = nets.group_by(scope).agg(
            biggest=pl.col("net").max(), squares=(pl.col("net") ** 2).sum(), sizes=pl.col("net").sum()
        )
        sums = sums.join(spread, on=scope).with_columns(
            largest=pl.col("biggest") / pl.col("gross"),
            herfindahl=pl.col("squares") / pl.col("sizes") ** 2,
            leverage=pl.col("gross") / pl.col("value"),
            margin_use=pl.col("initial") / pl.col("value"),
        )
        checked = zip(("value", "leverage", "largest", "margin_use", "net"), limits, strict=True)
        out.append(
            sums.with_columns(
                **{
                    f"{name}_severity": pl.sum_horizontal(*((pl.col(name) >= level).cast(pl.Int8) for level in levels))
                    for name, (_, levels) in checked
                }
            )
        )
    return out
