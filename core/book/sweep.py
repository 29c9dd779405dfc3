"""One sweep over everything held: all sums per account, strategy and venue, revalued at this moment's marks.

Nothing is carried from one sweep to the next, so that there is nothing to drift; the scratch memory is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.book.cells import ONE, SEVERAL, Cells
from core.book.columns import NAN, Floats, Ints
from core.book.jagged import BLOCK, Block
from core.book.nets import Nets, nets_of, together
from core.book.pairs import Pairs
from core.book.worth import Prices

_ROWS = 11
_BY_STRATEGY = ("gross", "unrealised", "initial", "maintenance")
"""What is not the same for every unit of a pair, so that quantities do not tell it."""
_SUMS = ("value", "net", "gross", "unrealised", "initial", "maintenance", "beta_net")


@dataclass(frozen=True, slots=True)
class PairPrices:
    """What one unit of each pair is worth at this moment; shape (pairs,). The void pair is worth nothing."""

    worth: Floats
    """Base currency of exposure per unit."""
    level: Floats
    """Base currency of value per unit, before cost."""
    settle: Floats
    """Base currency per unit of cost."""
    mark: Floats
    marked_s: Floats
    beta: Floats
    betas: Floats
    """Shape (coins + 1,): the last is for what is no known coin."""


@dataclass(frozen=True, slots=True)
class AccountSums:
    """Shape (accounts,); base currency, NaN where something held has no price."""

    value: Floats
    """Quantity at market less what equity takes off it."""
    net: Floats
    gross: Floats
    unrealised: Floats
    initial: Floats
    """Initial margin."""
    maintenance: Floats
    beta_net: Floats
    """Notional x beta of its underlying."""
    nets: Nets
    liquidation: Floats
    """Smallest |liquidation price / mark - 1|; NaN where the venue names none."""
    marked_s: Floats
    """When the oldest mark of what is held was told, monotonic; inf with nothing to price."""


@dataclass(frozen=True, slots=True)
class StrategySums:
    """Shape (strategies,); as `AccountSums`."""

    market: Floats
    """Quantity at market, before cost."""
    net: Floats
    gross: Floats
    unrealised: Floats
    initial: Floats
    maintenance: Floats
    beta_net: Floats


@dataclass(frozen=True, slots=True)
class Sums:
    accounts: AccountSums
    strategies: StrategySums
    """Of what is wholly one strategy's: the rows of `Holders.rows` are not in it."""
    net: Floats
    """Shape (pairs, strategies + 1): net notional; the last column is what is not wholly one strategy's."""
    betas: Floats
    """Shape (coins + 1,): as the sweep took them, NaN unknown; the last is for what is no coin that anybody knows."""

    def beta_of(self, underlying: Ints) -> Floats:
        found: Floats = self.betas[underlying]
        return found


class Sweep:
    def __init__(self, cells: Cells, pairs: Pairs, accounts: int) -> None:
        self._cells = cells
        self._pairs = pairs
        self._accounts = accounts
        self._scratch = np.empty((_ROWS, BLOCK))
        self._totals = {name: np.zeros(accounts) for name in _SUMS}
        self._run, self._largest, self._squared, self._absolute = (np.zeros(accounts) for _ in range(4))
        self._distance, self._marked = np.empty(accounts), np.empty(accounts)

    def prices(self, prices: Prices, betas: Floats) -> PairPrices:
        """`betas`: shape (coins,) or shorter, NaN unknown; missing ones at its end are unknown too."""
        instrument = self._pairs.instrument
        underlying = self._pairs.underlying()
        known = np.full(len(prices.rates) + 1, NAN)
        known[: len(betas)] = betas
        worth = _priced(prices.worth, instrument, 0.0)
        return PairPrices(
            worth=worth,
            level=_priced(prices.level * prices.settle, instrument, 0.0),
            settle=_priced(prices.settle, instrument, 0.0),
            mark=_priced(prices.mark, instrument, 1.0),
            marked_s=_priced(prices.marked_s, instrument, np.inf),
            # Cash moves with nothing, and needs no beta.
            beta=np.where(worth == 0.0, 0.0, known[underlying]),
            betas=known,
        )

    def run(self, prices: PairPrices) -> Sums:
        cells = self._cells
        for column in (*self._totals.values(), self._run, self._largest, self._squared, self._absolute):
            column.fill(0.0)
        self._distance.fill(np.inf)
        self._marked.fill(np.inf)
        quantity = np.zeros(len(self._pairs) * (cells.nobody + 1))
        mine = np.zeros((len(_BY_STRATEGY), cells.nobody + 1))
        with np.errstate(invalid="ignore", divide="ignore"):
            for block in cells.jagged.blocks:
                self._block(block, prices, quantity, mine)
            for at in range(cells.laid, len(cells.pair), BLOCK):
                self._loose(at, min(len(cells.pair), at + BLOCK), prices, quantity, mine)
            self._end(slice(0, self._accounts), self._run)
            self._add_soles(mine)
            return self._told(prices, quantity.reshape(len(self._pairs), cells.nobody + 1), mine)

    # -- a block --------------------------------------------------------------------------------------------------

    def _values(
        self, low: int, high: int, prices: PairPrices, quantities: Floats, mine: Floats | None
    ) -> tuple[dict[str, Floats], Floats, Floats]:
        """Per cell of [low, high): each summand, the distance to liquidation and the stamp of the mark.

        `mine` None: the accounts are of one strategy each, and what is theirs is added up by account.
        """
        cells, size = self._cells, high - low
        net, gross, value, unrealised, initial, maintenance, beta_net, distance, marked, spare, _ = self._scratch[
            :, :size
        ]
        pair, quantity = cells.pair[low:high], cells.quantity[low:high]
        _take(prices.worth, pair, net)
        np.multiply(net, quantity, out=net)
        np.abs(net, out=gross)
        _take(prices.level, pair, value)
        np.multiply(value, quantity, out=value)
        _take(prices.settle, pair, spare)
        np.multiply(spare, cells.cost[low:high], out=unrealised)
        np.subtract(value, unrealised, out=unrealised)
        np.multiply(spare, cells.base_cost[low:high], out=spare)
        np.subtract(value, spare, out=value)
        np.multiply(gross, cells.initial_rate[low:high], out=initial)
        np.multiply(gross, cells.maintenance_rate[low:high], out=maintenance)
        _take(prices.beta, pair, beta_net)
        np.multiply(beta_net, net, out=beta_net)
        _take(prices.mark, pair, distance)
        np.divide(cells.liquidation[low:high], distance, out=distance)
        np.subtract(distance, 1.0, out=distance)
        np.abs(distance, out=distance)
        _take(prices.marked_s, pair, marked)
        quantities += np.bincount(cells.key[low:high], weights=quantity, minlength=len(quantities))
        if mine is not None:
            strategy = cells.strategy[low:high]
            for row, amount in zip(mine, (gross, unrealised, initial, maintenance), strict=True):
                row += np.bincount(strategy, weights=amount, minlength=len(row))
        named = (value, net, gross, unrealised, initial, maintenance, beta_net)
        return dict(zip(_SUMS, named, strict=True)), distance, marked

    def _block(self, block: Block, prices: PairPrices, quantities: Floats, mine: Floats) -> None:
        summed = mine if block.shelf == SEVERAL else None
        summands, distance, marked = self._values(block.low, block.high, prices, quantities, summed)
        again = self._cells.again[block.low : block.high]
        kept, ended = self._scratch[-2], self._scratch[-1]
        for segment in block.segments:
            low, high, rank = segment.low, segment.high, segment.rank
            width = high - low
            to = slice(rank, rank + width)
            for name, amount in summands.items():
                total = self._totals[name][to]
                np.add(total, amount[low:high], out=total)
            np.fmin(self._distance[to], distance[low:high], out=self._distance[to])
            np.minimum(self._marked[to], marked[low:high], out=self._marked[to])
            # Cells of one underlying lie one behind the other: a run ends where the next one is of another.
            run = self._run[to]
            np.multiply(run, again[low:high], out=kept[:width])
            np.subtract(run, kept[:width], out=ended[low:high])
            np.add(kept[:width], summands["net"][low:high], out=run)
            self._end(to, ended[low:high])

    def _end(self, to: slice, net: Floats) -> None:
        """Take the net of one underlying into the figures by underlying; `net` is overwritten."""
        np.abs(net, out=net)
        np.maximum(self._largest[to], net, out=self._largest[to])
        np.add(self._absolute[to], net, out=self._absolute[to])
        np.multiply(net, net, out=net)
        np.add(self._squared[to], net, out=self._squared[to])

    def _loose(self, low: int, high: int, prices: PairPrices, quantities: Floats, mine: Floats) -> None:
        cells = self._cells
        summands, distance, marked = self._values(low, high, prices, quantities, mine)
        rank = cells.jagged.rank[cells.loose_accounts[low - cells.laid : high - cells.laid]]
        for name, amount in summands.items():
            self._totals[name] += np.bincount(rank, weights=amount, minlength=self._accounts)
        np.fmin.at(self._distance, rank, distance)
        np.minimum.at(self._marked, rank, marked)

    # -- what it came to ------------------------------------------------------------------------------------------

    def _add_soles(self, mine: Floats) -> None:
        """Accounts of one strategy: all of theirs is its."""
        cells = self._cells
        on_shelf = np.flatnonzero(cells.jagged.shelf == ONE)
        # What lies beside the layout was added by strategy, and its account's cells in it are empty; its sums are not.
        on_shelf = on_shelf[~np.isin(on_shelf, np.fromiter(cells.beside, dtype=np.int64))]
        rank, sole = cells.jagged.rank[on_shelf], cells.sole[on_shelf]
        for row, name in zip(mine, _BY_STRATEGY, strict=True):
            row += np.bincount(sole, weights=self._totals[name][rank], minlength=len(row))

    def _told(self, prices: PairPrices, quantity: Floats, mine: Floats) -> Sums:
        rank = self._cells.jagged.rank
        gross, unrealised, initial, maintenance = mine[:, :-1]
        own = quantity[:, :-1]
        net = _worth(quantity, prices.worth)
        nets = Nets(self._largest[rank], self._squared[rank], self._absolute[rank])
        if len(self._cells.pair) > self._cells.laid:
            nets = together(nets, self._loose_nets(prices))
        distance = self._distance[rank]
        distance[np.isinf(distance)] = NAN
        totals = {name: total[rank] for name, total in self._totals.items()}
        return Sums(
            accounts=AccountSums(**totals, nets=nets, liquidation=distance, marked_s=self._marked[rank]),
            strategies=StrategySums(
                market=_worth(own, prices.level).sum(axis=0),
                net=net[:, :-1].sum(axis=0),
                gross=gross,
                unrealised=unrealised,
                initial=initial,
                maintenance=maintenance,
                beta_net=_worth(own, prices.worth * prices.beta).sum(axis=0),
            ),
            net=net,
            betas=prices.betas,
        )

    def _loose_nets(self, prices: PairPrices) -> Nets:
        cells = self._cells
        pair = cells.pair[cells.laid :]
        underlying = self._pairs.underlying()
        notional = prices.worth[pair] * cells.quantity[cells.laid :]
        return nets_of(cells.loose_accounts, underlying[pair], notional, self._accounts, int(underlying.max()) + 1)


def _worth(quantity: Floats, price: Floats) -> Floats:
    """Shape (pairs, strategies): nothing of what has no price is worth nothing."""
    return np.where(quantity == 0.0, 0.0, quantity * price[:, None])


def _priced(column: Floats, instrument: Ints, void: float) -> Floats:
    """Per pair, shape (pairs,)."""
    found = np.full(len(instrument), void)
    found[1:] = column[instrument[1:]]
    return found


def _take(table: Floats, index: Ints, out: Floats) -> None:
    # mode="clip" alone writes into `out` without a buffer of its own; every index is in range.
    np.take(table, index, out=out, mode="clip")
