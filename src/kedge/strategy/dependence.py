"""From even points of the unit cube to futures: correlations first, then shapes, then conditions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kedge.core.errors import StudyError, UnknownName
from kedge.strategy.axes import Futures, OfInterest
from kedge.strategy.copula import Correlation, correlate
from kedge.strategy.distributions import from_unit
from kedge.strategy.problem import Uncertainty


def to_futures(
    unit: Futures, uncertainties: Sequence[Uncertainty], correlation: Correlation | None = None
) -> Futures:
    """Carry points of the unit cube to futures, row by row.

    Parameters
    ----------
    unit : shares, from 0 to 1
        Independent columns.
    uncertainties
        In column order.
    correlation : Spearman rank correlation, optional
        From `correlation_matrix`; left out, all are independent.

    Returns
    -------
    Futures
        Physical units; an uncertainty whose condition fails takes its value `otherwise`.

    Raises
    ------
    StudyError
        The matrix does not fit, or a condition is on itself, on an amount, or on an unknown category.
    UnknownName
        A condition on an uncertainty that is not there.

    Examples
    --------
    >>> from kedge.strategy.problem import choice
    >>> regime = choice("regime", ["rules", "deals"])
    >>> price = Uncertainty("price", 1, 3, only_when=(("regime", ("deals",)),), otherwise=0.0)
    >>> to_futures(np.array([[0.2, 0.5], [0.8, 0.5]]), [regime, price])
    array([[0., 0.],
           [1., 2.]])
    """
    check_conditions(uncertainties)
    if correlation is not None:
        unit = correlate(unit, correlation)
    futures = np.empty(unit.shape, order="F")
    for column, uncertainty in enumerate(uncertainties):
        futures[:, column] = from_unit(unit[:, column], uncertainty)
    return keep_conditions(futures, uncertainties)


def keep_conditions(futures: Futures, uncertainties: Sequence[Uncertainty]) -> Futures:
    """Set what does not matter under its condition to its value `otherwise`, in place."""
    for column, uncertainty in enumerate(uncertainties):
        if uncertainty.only_when:
            futures[~_holds(futures, uncertainty, uncertainties), column] = uncertainty.otherwise
    return futures


def check_conditions(uncertainties: Sequence[Uncertainty]) -> None:
    """Refuse conditions that cannot be told; see `to_futures`."""
    known = {uncertainty.name: uncertainty for uncertainty in uncertainties}
    for uncertainty in uncertainties:
        for name, categories in uncertainty.only_when:
            where = f"uncertainty {uncertainty.name!r}: only_when"
            if name not in known:
                raise UnknownName(f"uncertainty (in only_when of {uncertainty.name!r})", name, known)
            if not known[name].is_categorical:
                raise StudyError(f"{where} names {name!r}, which is an amount; name a choice")
            unknown = [each for each in categories if each not in known[name].categories]
            if unknown or not categories:
                raise StudyError(
                    f"{where} asks for {', '.join(map(repr, unknown)) or 'nothing'}; the categories of "
                    f"{name!r} are {', '.join(known[name].categories)}"
                )


def _holds(futures: Futures, uncertainty: Uncertainty, among: Sequence[Uncertainty]) -> OfInterest:
    place = {each.name: column for column, each in enumerate(among)}
    holds = np.ones(len(futures), dtype=bool)
    for name, categories in uncertainty.only_when:
        codes = [among[place[name]].categories.index(each) for each in categories]
        holds &= np.isin(futures[:, place[name]], codes)
    return holds
