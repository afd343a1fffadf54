"""One table of what drives each outcome, by four indices, from the futures at hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import polars as pl

from kedge.core.errors import DomainError
from kedge.strategy.axes import Futures, Rows
from kedge.strategy.coalitions import Groups
from kedge.strategy.delta import DeltaIndices, DeltaSettings, borgonovo_delta
from kedge.strategy.drivers import Drivers, DriverSettings, find_drivers
from kedge.strategy.problem import Uncertainty
from kedge.strategy.shapley_data import ShapleyEffects, ShapleySettings, shapley_effects

IndexName = Literal["first_order", "shapley", "delta", "pawn"]


@dataclass(frozen=True)
class SensitivitySettings:
    """How the indices of a table are estimated.

    Parameters
    ----------
    drivers, delta, shapley
        Of the indices.
    most_players
        Uncertainties among which Shapley effects divide the variance, when no groups are given;
        if there are more, those whose delta stands out most over noise, on any outcome.

    Raises
    ------
    DomainError
        No player.
    """

    drivers: DriverSettings = field(default_factory=DriverSettings)
    delta: DeltaSettings = field(default_factory=DeltaSettings)
    shapley: ShapleySettings = field(default_factory=ShapleySettings)
    most_players: int = 8

    def __post_init__(self) -> None:
        if self.most_players < 1:
            raise DomainError(f"most_players must be one or more, got {self.most_players}")


@dataclass(frozen=True)
class Sensitivities:
    """What drives each outcome, by four indices.

    Parameters
    ----------
    drivers
        First-order share and PAWN of every uncertainty.
    delta
        Of every uncertainty.
    shapley
        Of the players: all uncertainties, those that stand out, or the groups asked for.
    """

    drivers: Drivers
    delta: DeltaIndices
    shapley: ShapleyEffects

    def ranked(self, outcome: int, by: IndexName = "shapley") -> tuple[str, ...]:
        """Names by one index on one outcome, largest first; of players for `shapley`.

        Raises
        ------
        DomainError
            No such index.
        """
        names, value, *_ = self._index(by)
        return tuple(names[column] for column in np.argsort(-value[outcome], kind="stable"))

    def table(self, outcomes: Sequence[str]) -> pl.DataFrame:
        """Lay out all indices as a table, a row an outcome, name and index.

        Parameters
        ----------
        outcomes
            Names, in the order of the rows that were analysed.

        Returns
        -------
        pl.DataFrame
            `outcome`, `name` (of the uncertainty or player), `index`, `value`, `low`, `high`,
            `noise`, and whether the value is above it: `stands_out`.

        Raises
        ------
        DomainError
            Not one name an outcome.
        """
        if len(outcomes) != len(self.delta.delta):
            raise DomainError(f"expected {len(self.delta.delta)} names of outcomes, got {len(outcomes)}")
        columns = ("outcome", "name", "index", "value", "low", "high", "noise", "stands_out")
        return pl.DataFrame(list(self._rows(outcomes)), schema=columns, orient="row")

    def _rows(self, outcomes: Sequence[str]) -> Iterator[tuple[object, ...]]:
        for row, outcome in enumerate(outcomes):
            for index in get_args(IndexName):
                names, value, low, high, noise = self._index(index)
                for column, name in enumerate(names):
                    found = [float(each[row, column]) for each in (value, low, high)]
                    yield (outcome, name, index, *found, float(noise[row]), found[0] > float(noise[row]))

    def _index(self, name: str) -> tuple[tuple[str, ...], Rows, Rows, Rows, np.ndarray]:
        drivers, delta, shapley = self.drivers, self.delta, self.shapley
        if name == "first_order":
            found = (drivers.first_order, drivers.first_order_low, drivers.first_order_high)
            return drivers.uncertainties, *found, drivers.first_order_noise
        if name == "pawn":
            return (
                drivers.uncertainties,
                drivers.pawn,
                drivers.pawn_low,
                drivers.pawn_high,
                drivers.pawn_noise,
            )
        if name == "delta":
            return delta.uncertainties, delta.delta, delta.low, delta.high, delta.noise
        if name == "shapley":
            return shapley.players, shapley.effect, shapley.low, shapley.high, shapley.noise
        raise DomainError(f"the index must be one of {', '.join(get_args(IndexName))}, got {name!r}")


def find_sensitivities(
    outcomes: Rows,
    futures: Futures,
    uncertainties: Sequence[Uncertainty],
    players: Groups | None = None,
    settings: SensitivitySettings | None = None,
) -> Sensitivities:
    """Estimate first-order shares, Shapley effects, delta and PAWN of every outcome, from given data.

    Parameters
    ----------
    outcomes
        `[outcome, future]`, for instance the regret of each plan.
    futures
        Physical units; drawn independently or not.
    uncertainties
        In column order.
    players
        Groups of uncertainties by name, to share in Shapley effects as one.
    settings
        Of each index.

    Returns
    -------
    Sensitivities
        With `ranked` and `table`.

    Raises
    ------
    DomainError
        Shapes do not fit, numbers are not finite, or futures are too few.
    StudyError
        Groups do not fit the uncertainties.

    References
    ----------
    As `find_drivers`, `borgonovo_delta` and `shapley_effects`.

    Examples
    --------
    >>> x = np.random.default_rng(0).random((1000, 2))
    >>> found = find_sensitivities(x[:, :1].T, x, [Uncertainty("a", 0, 1), Uncertainty("b", 0, 1)])
    >>> found.ranked(0), found.table(["plain"]).filter(index="shapley")["stands_out"].to_list()
    (('a', 'b'), [True, False])
    """
    settings, uncertainties = settings or SensitivitySettings(), tuple(uncertainties)
    drivers = find_drivers(outcomes, futures, uncertainties, settings.drivers)
    delta = borgonovo_delta(outcomes, futures, uncertainties, settings.delta)
    if players is None and len(uncertainties) > settings.most_players:
        players = {name: (name,) for name in _outstanding(delta, settings.most_players)}
    shapley = shapley_effects(outcomes, futures, uncertainties, players, settings.shapley)
    return Sensitivities(drivers, delta, shapley)


def _outstanding(delta: DeltaIndices, most: int) -> tuple[str, ...]:
    """Names whose delta stands out most over noise on any outcome, in column order."""
    # An outcome that never varies has neither delta nor noise.
    excess = (delta.delta - delta.noise[:, None]).max(axis=0)
    chosen = np.sort(np.argsort(-excess, kind="stable")[:most])
    passing = [column for column in chosen if excess[column] > 0] or chosen[:1]
    return tuple(delta.uncertainties[column] for column in passing)
