"""What optimal tariffs, tariff wars and bargaining ask of a trade model, whatever its equations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from jaxtyping import Float

from kedge.core.errors import UnknownName
from kedge.core.solution import Solution


class Response(Protocol):
    """Where a world ends after a change of tariffs, and how welfare moves with tariffs there."""

    @property
    def welfare(self) -> Float[np.ndarray, " economy"]:
        """Change of real income against the baseline, percent."""
        ...

    def pull(
        self, weights: Float[np.ndarray, " economy"], importer: int
    ) -> Float[np.ndarray, "exporter ..."]:
        """Give the slope of `weights @ welfare` in each tariff of one importer, percent per unit of tariff.

        Everything adjusts: wages, revenue and prices everywhere.  The importer's own row is zero.
        """
        ...


class TradeModel(Protocol):
    """A calibrated world that answers tariffs."""

    @property
    def iso3(self) -> tuple[str, ...]:
        """Codes, in the order of every axis of economies."""
        ...

    @property
    def tariffs(self) -> Float[np.ndarray, "exporter importer ..."]:
        """Tariffs of the baseline, shares; an answer at these changes nothing."""
        ...

    @property
    def imports(self) -> Float[np.ndarray, "exporter importer ..."]:
        """Flows of the baseline before duty, current US$; the diagonal is own trade."""
        ...

    def respond(
        self, tariffs: Float[np.ndarray, "exporter importer ..."], near: Response | None = None
    ) -> Solution[Response]:
        """Solve for new tariffs (levels, not additions), from a response near by if there is one."""
        ...


def find_economy(iso3: str, known: Sequence[str]) -> int:
    """Give the position of an economy among those known.

    Raises
    ------
    UnknownName
        It is not there.

    Examples
    --------
    >>> find_economy("JPN", ("USA", "JPN"))
    1
    """
    if iso3 not in known:
        raise UnknownName("economy", iso3, known)
    return known.index(iso3)
