"""A study's plans as arrays."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from kedge.world.ground import Levers
from kedge.world.study import PlanLevers, Study


def path_to(
    start: float, target: float, year: int, years: Float[np.ndarray, " year"]
) -> Float[np.ndarray, " year"]:
    """Move in a straight line from `start` the year before the first to `target` in `year`, then stay.

    Examples
    --------
    >>> path_to(0.0, 1.0, 2026, np.array([2025.0, 2026.0, 2027.0]))
    array([0.5, 1. , 1. ])
    """
    before = years[0] - 1.0
    span = max(year - before, 1.0)
    return start + (target - start) * np.clip((years - before) / span, 0.0, 1.0)


def retaliation_levels(study: Study) -> tuple[float, ...]:
    """List the shares of the patron's tariff that plans answer in kind, each once, ascending."""
    return tuple(sorted({plan.retaliation for plan in study.plans.values()}))


def build_levers(
    study: Study,
    defence_share: float,
    tie: Float[np.ndarray, " partner"],
    levels: tuple[float, ...] | None = None,
) -> Levers:
    """Turn a study's plans into arrays over years and partners.

    Parameters
    ----------
    study
        As read.
    defence_share : percent of GDP
        The focal state's last observed military spending, from which paths start.
    tie : 0 to 1
        Present depth with each partner, which unnamed ties keep.
    levels : share of the patron's tariff
        Levels of retaliation for which equilibria are solved; left out, those of these plans.
    """
    years = np.array(study.years, dtype=float)
    plans = tuple(study.plans.values())
    levels = levels or retaliation_levels(study)

    def scalar(read: str) -> np.ndarray:
        return np.array([getattr(plan, read) for plan in plans], dtype=float)

    def mix(read: str) -> np.ndarray:
        return np.array([getattr(plan.extra_mix, read) for plan in plans], dtype=float)

    def defence(plan: PlanLevers) -> np.ndarray:
        path = plan.defence_share
        return (
            path_to(defence_share, path.target, path.year, years)
            if path
            else np.full(years.size, defence_share)
        )

    return Levers(
        defence_share=np.array([defence(plan) for plan in plans]),
        alliance=np.array([path_to(1.0, p.alliance.target, p.alliance.year, years) for p in plans]),
        accommodation=np.array(
            [path_to(0.0, p.accommodation.target, p.accommodation.year, years) for p in plans]
        ),
        tie=np.array(
            [
                [plan.ties.get(partner.state, tie[n]) for n, partner in enumerate(study.partners)]
                for plan in plans
            ],
            dtype=float,
        ).reshape(len(plans), tie.size),
        mature_year=np.array([float(plan.ties_year) for plan in plans]),
        strike=mix("strike"),
        cyber_space=mix("cyber_space"),
        research=mix("research"),
        interchange=scalar("interchange"),
        linkage=scalar("linkage"),
        retaliation=scalar("retaliation"),
        concession=scalar("concession"),
        diversification=scalar("diversification"),
        stance=np.array([levels.index(plan.retaliation) for plan in plans]),
    )
