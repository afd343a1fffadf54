"""Who carries how much of a common defence: joint products, best responses, and their equilibrium."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError

Members = Float[np.ndarray, " member"]


@dataclass(frozen=True)
class AllianceEffort:
    """Efforts from which no member gains by moving alone.

    Parameters
    ----------
    effort : money, any common unit
        Of each member.
    total : same unit
        Their sum and what is given from outside.
    """

    effort: Members
    total: float


def reaction_slope(other_goods: float, private_share: float) -> float:
    """Work out how much a state's effort changes for a unit more of its allies' effort.

    A state with income I enjoys other goods c and a defence service
    `D = q + (1 - theta) Q`, where q is its own effort, Q its allies', and theta the share of an
    effort whose fruits stay with the state that makes it (joint products).  With utility
    `s log c + (1 - s) log(D - T)`, T being the service that the threat calls for, the best
    response is `q = (1 - s) I + s T - s (1 - theta) Q`: a line with slope `-s (1 - theta)`.

    Parameters
    ----------
    other_goods : share, 0 to 1
        s: share that everything but defence would have of income were there neither allies nor
        threat; near one for most states.
    private_share : share, 0 to 1
        theta: 0 a pure public good (Olson & Zeckhauser), 1 none of it helps allies.

    Returns
    -------
    float
        Between -1 (a unit given is a unit saved) and 0.

    Raises
    ------
    DomainError
        A share outside 0 to 1.

    References
    ----------
    Olson & Zeckhauser (1966), Review of Economics and Statistics 48; joint products: Cornes &
    Sandler (1984), Economic Journal 94; reaction paths: Sandler & Murdoch (1990), Quarterly
    Journal of Economics 105.

    Examples
    --------
    >>> round(reaction_slope(0.98, 0.25), 3)
    -0.735
    """
    for name, share in (("other_goods", other_goods), ("private_share", private_share)):
        if not 0.0 <= share <= 1.0:
            raise DomainError(f"{name} should be a share between 0 and 1, is {share}; 25 % is 0.25")
    return -other_goods * (1.0 - private_share)


def implied_private_share(slope: float, other_goods: float) -> float:
    """Work out which private share gives a slope, in money for money.

    Outside 0 to 1 the joint-product model cannot give that slope: above one, allies' efforts
    draw one another up (complements), which a fixed threat and a fixed technology exclude.

    Parameters
    ----------
    slope : money for money
    other_goods : share, above 0 to 1
        As `reaction_slope` takes it.

    Raises
    ------
    DomainError
        A share outside its range.

    Examples
    --------
    >>> round(implied_private_share(-0.49, 0.98), 3)
    0.5
    """
    if not 0.0 < other_goods <= 1.0:
        raise DomainError(f"other_goods should be above 0 and at most 1, is {other_goods}")
    return 1.0 + slope / other_goods


def autonomous_effort(income: Members, need: Members, other_goods: Members) -> Members:
    """Work out what each state would spend without allies: `(1 - s) I + s T`.

    Parameters
    ----------
    income, need : money, any common unit
        Income, and the defence that the threat calls for.
    other_goods : share
        s, as `reaction_slope` takes it.

    Examples
    --------
    >>> autonomous_effort(np.array([100.0]), np.array([1.0]), np.array([0.98]))
    array([2.98])
    """
    return (1.0 - other_goods) * income + other_goods * need


def alliance_effort(autonomous: Members, slope: Members, outside: float = 0.0) -> AllianceEffort:
    """Find the Nash equilibrium of an alliance: every member at its best response to the others.

    Solves `q_i = max(0, a_i + b_i (Q - q_i))` with Q the sum of all efforts.  Where nobody is at
    zero this is a linear system; members at zero are found exactly, because each member's best
    response falls in Q, so that the sum of best responses meets Q once.

    Parameters
    ----------
    autonomous : money, any common unit
        a: what each member would spend alone, from `autonomous_effort`.
    slope : money for money, above -1 to 0
        b, from `reaction_slope`.
    outside : money, at least 0
        Effort that counts for all but answers nobody, such as a patron's that is fixed.

    Returns
    -------
    AllianceEffort
        Never below zero.

    Raises
    ------
    DomainError
        A slope at or below -1 or above 0, or a negative effort.

    References
    ----------
    Uniqueness by falling replacement functions: Cornes & Hartley (2007), Journal of Public
    Economic Theory 9.

    Examples
    --------
    >>> alliance_effort(np.array([3.0, 3.0]), np.array([-0.5, -0.5])).effort
    array([2., 2.])
    """
    if np.any(slope <= -1.0) or np.any(slope > 0.0):
        raise DomainError("slopes should lie above -1 and at most at 0; -1 leaves who pays undecided")
    if outside < 0.0 or np.any(autonomous < 0.0):
        raise DomainError("efforts should not be negative; what a state spends alone starts at zero")
    # So flat a reaction is none: dividing by it would overflow.
    flat = slope > -1e-12
    # A member pays while Q is below a / -b; whoever does not react at all always pays.
    gives_up = np.where(flat, np.inf, autonomous / np.where(flat, 1.0, -slope))
    order = np.argsort(-gives_up, kind="stable")
    given = np.cumsum(autonomous[order] / (1.0 + slope[order]))
    answer = np.cumsum(-slope[order] / (1.0 + slope[order]))
    total = (outside + given) / (1.0 + answer)
    paying = np.flatnonzero(gives_up[order] > total)
    level = float(total[paying[-1]]) if paying.size else outside
    effort = np.maximum(0.0, (autonomous + slope * level) / (1.0 + slope))
    return AllianceEffort(effort, level)


def withdrawal_effort(autonomous: Members, slope: Members, patron: int, kept: float) -> AllianceEffort:
    """Find what allies do when the patron keeps only a part of its equilibrium effort.

    Parameters
    ----------
    autonomous, slope
        As `alliance_effort` takes them.
    patron
        Index of the member that withdraws.
    kept : share, 0 to 1
        Of its effort before; 1 changes nothing, 0 is a full withdrawal.

    Returns
    -------
    AllianceEffort
        With the patron's remaining effort in its place.

    Raises
    ------
    DomainError
        `kept` outside 0 to 1, or as `alliance_effort`.

    Examples
    --------
    >>> withdrawal_effort(np.array([3.0, 3.0]), np.array([-0.5, -0.5]), 0, 0.0).effort
    array([0., 3.])
    """
    if not 0.0 <= kept <= 1.0:
        raise DomainError(f"the kept share should lie between 0 and 1, is {kept}")
    before = alliance_effort(autonomous, slope).effort[patron]
    others = np.arange(autonomous.size) != patron
    after = alliance_effort(autonomous[others], slope[others], kept * float(before))
    effort = np.empty_like(autonomous)
    effort[others], effort[patron] = after.effort, kept * before
    return AllianceEffort(effort, after.total)
