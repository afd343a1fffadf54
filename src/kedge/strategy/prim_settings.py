"""How PRIM peels, pastes and chooses, and what its box must or must not limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from kedge.core.errors import DomainError

Objective = Literal["lenient1", "lenient2", "original"]
Rule = Literal["f1", "coverage", "density"]


@dataclass(frozen=True)
class PrimSettings:
    """How PRIM peels, pastes and chooses.

    Parameters
    ----------
    peel_alpha, paste_alpha : share
        Of the box's futures taken off, or of the neighbouring slab's added, at a time.
    least_mass : share
        Of all futures that a box must hold.
    objective
        `lenient1`: gain in density by futures taken off (EMA workbench's default);
        `lenient2`: the same times the futures left (Friedman & Fisher, eq. 14.6), for
        categories of uneven size; `original`: density alone.
    rule
        `f1`: the box with the highest harmonic mean of coverage and density;
        `coverage`, `density`: the one with the highest of that; all among boxes that meet
        `density_floor`, `least_coverage` and `must_limit`.
    density_floor, least_coverage : share
        If no box meets all that is asked, the densest is chosen and the result says so.
    significance : share
        Limits of the chosen box with a higher quasi-p value are dropped, the weakest first.
    integer, categorical
        Columns with whole numbers, or with category codes 0, 1, 2, …
    stay_open
        Columns that are never limited, such as what no one can watch.
    must_limit
        Columns that the chosen box has to limit.
    most_limited
        Number of columns limited at most; None for any number.  Once reached, only the
        columns limited so far are peeled further.
    refine
        Whether the chosen box's limits are refined on the likelihood: see `refine_box`.

    Raises
    ------
    DomainError
        A share outside its range, an unknown objective or rule, or demands that clash.
    """

    peel_alpha: float = 0.05
    paste_alpha: float = 0.05
    least_mass: float = 0.05
    objective: Objective = "lenient1"
    rule: Rule = "f1"
    density_floor: float = 0.0
    significance: float = 0.05
    integer: tuple[int, ...] = ()
    categorical: tuple[int, ...] = ()
    least_coverage: float = 0.0
    stay_open: tuple[int, ...] = ()
    must_limit: tuple[int, ...] = ()
    most_limited: int | None = None
    refine: bool = False

    def __post_init__(self) -> None:
        for name in ("peel_alpha", "paste_alpha", "least_mass"):
            if not 0 < getattr(self, name) < 1:
                raise DomainError(f"{name} is a share between 0 and 1, got {getattr(self, name)}")
        for name in ("density_floor", "significance", "least_coverage"):
            if not 0 <= getattr(self, name) <= 1:
                raise DomainError(f"{name} is a share from 0 to 1, got {getattr(self, name)}")
        for name, kinds in (("objective", Objective), ("rule", Rule)):
            if getattr(self, name) not in get_args(kinds):
                raise DomainError(
                    f"{name} must be one of {', '.join(get_args(kinds))}; got {getattr(self, name)!r}"
                )
        self._check_demands()

    def _check_demands(self) -> None:
        both = set(self.stay_open) & set(self.must_limit)
        if both:
            raise DomainError(f"columns {sorted(both)} cannot both stay open and be limited; choose one")
        fewest = max(len(set(self.must_limit)), 1)
        if self.most_limited is not None and self.most_limited < fewest:
            raise DomainError(
                f"most_limited must be at least {fewest}, the columns that must be limited; "
                f"got {self.most_limited}"
            )
