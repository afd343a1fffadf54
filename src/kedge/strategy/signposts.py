"""Score signposts: how well, and how early, a number seen on the way tells what is to come.

Level and side of every signpost are chosen on a random half of the futures; what is reported
as held out comes from the other half, which the choice never saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

from kedge.core.errors import DomainError
from kedge.strategy.binning import Auc, auc_of
from kedge.strategy.halves import random_halves
from kedge.strategy.triggers import Side, Signposts, Timeline, running_mean

Event = Bool[np.ndarray, " future"]
Rule = Literal["youden", "cost", "value"]


@dataclass(frozen=True)
class SignpostSettings:
    """How signposts are judged.

    Parameters
    ----------
    rule
        What the level is chosen for: `youden`, hit rate less false-alarm rate; `cost`, least
        cost of misses and false alarms; `value`, highest mean gain of acting on the alarm.
    miss_cost, false_alarm_cost
        Of one future each, for `cost`; in one unit.
    windows : years
        Of the running means tried; one is the raw number.
    last : year or None
        Last year of reading, after which an alarm is of no use; None for the one before the last.
    watch
        Whether each series is also watched in all years, with one level, beside single readings.
    seed
        Of the halves.

    Raises
    ------
    DomainError
        Another rule, a negative cost, or no window.
    """

    rule: Rule = "youden"
    miss_cost: float = 1.0
    false_alarm_cost: float = 1.0
    windows: tuple[int, ...] = (1, 3)
    last: int | None = None
    watch: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if self.rule not in ("youden", "cost", "value"):
            raise DomainError(f"the rule must be youden, cost or value, got {self.rule!r}")
        if min(self.miss_cost, self.false_alarm_cost) < 0 or not self.miss_cost + self.false_alarm_cost > 0:
            raise DomainError(
                "costs of misses and false alarms must be zero or more and not both zero, got "
                f"{self.miss_cost} and {self.false_alarm_cost}"
            )
        if not self.windows or min(self.windows) < 1:
            raise DomainError(f"windows must be one year or more, got {self.windows}")


@dataclass(frozen=True)
class Target:
    """What a signpost is to tell.

    Parameters
    ----------
    event
        Futures in which it comes about.
    year : year or None, [future]
        In which it does; used where `event` holds.  None where it has no year of its own: lead
        times then run to the last year of the timeline.
    gain : unit of the value or None, [future]
        What acting brings against not acting, costs included; None: one unit where the event
        holds and a loss of one where it does not.

    Raises
    ------
    DomainError
        Lengths differ or a gain is not finite.
    """

    event: Event
    year: Int[np.ndarray, " future"] | None = None
    gain: Float[np.ndarray, " future"] | None = None

    def __post_init__(self) -> None:
        for name, column in (("year", self.year), ("gain", self.gain)):
            if column is not None and (len(column) != len(self.event) or not np.isfinite(column).all()):
                raise DomainError(
                    f"{name} must be one finite number for each of {len(self.event)} futures, "
                    f"got {len(column)}"
                )


@dataclass(frozen=True)
class Rate:
    """A share of futures with its 95 % interval (Wilson 1927); of none, one half in [0, 1]."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ActingValue:
    """What acting on a signpost's alarm is worth, a mean over held-out futures.

    Parameters
    ----------
    on_alarm, low, high : unit of the gain
        Mean gain if one acts where the alarm sounds, and its 95 % interval (normal).
    always, perfect : unit of the gain
        If one always acts, and if one knew; never acting is zero.
    missed, false_alarms : unit of the gain
        Gain forgone where the alarm keeps silent, and loss where it is false; none negative.
    training : unit of the gain
        `on_alarm` on the half on which the level was chosen.
    """

    on_alarm: float
    low: float
    high: float
    always: float
    perfect: float
    missed: float
    false_alarms: float
    training: float


@dataclass(frozen=True)
class SignpostScore:
    """One signpost read in one way, its level chosen on the training half.

    Parameters
    ----------
    signpost
        Name.
    year : year or None
        Of the reading; None if it is watched from the first year to the last useful one.
    window : years
        Of the running mean.
    side, level : unit of the signpost
        When the alarm sounds.
    auc, auc_training
        Held out, with DeLong's interval, and on the training half; oriented, so that above one
        half means that the side is right.
    hits, false_alarms : Rate
        Held out; shares of futures with and without the event.
    hits_training, false_alarms_training : share
    lead : years
        10th, 50th and 90th percentile of the years from the first alarm to the event, over
        held-out hits; NaN without hits.
    worth
        Held out.
    criterion : of the rule
        Reached on the training half, by which scores are ranked.
    """

    signpost: str
    year: int | None
    window: int
    side: Side
    level: float
    auc: Auc
    auc_training: float
    hits: Rate
    false_alarms: Rate
    hits_training: float
    false_alarms_training: float
    lead: tuple[float, float, float]
    worth: ActingValue
    criterion: float

    @property
    def optimism(self) -> float:
        """By how much the training half flatters: its area under the curve less the held-out one."""
        return self.auc_training - self.auc.value


@dataclass(frozen=True)
class SignpostReport:
    """Signposts ranked by what they reached on the training half.

    Parameters
    ----------
    scores
        The best first.
    share : share of futures
        In which the event holds.
    tried
        Readings among which the ranking chose.
    rank_agreement : Spearman's correlation
        Of training and held-out areas over all readings: how far the ranking can be trusted.
    """

    scores: tuple[SignpostScore, ...]
    share: float
    tried: int
    rank_agreement: float


@dataclass(frozen=True)
class _Reading:
    """One way to read a series: a number a future, higher calling louder, and when it first did."""

    signpost: str
    year: int | None
    window: int
    side: Side
    loud: Float[np.ndarray, " future"]
    yearly: Float[np.ndarray, "future year"] | None


def score_signposts(
    signposts: Signposts, target: Target, timeline: Timeline, settings: SignpostSettings | None = None
) -> SignpostReport:
    """Rank every series, in every year and watched throughout, by how it tells an event.

    Parameters
    ----------
    signposts
        Of the path on which one begins, so that acting has changed nothing yet.
    target
        The event, its year, and what acting on it is worth.
    timeline
        Years and names.
    settings
        Rule, costs, windows.

    Returns
    -------
    SignpostReport
        Each score with its level, held-out hits and false alarms, lead time and worth.  A watched
        series is read until its future's event, so futures without one are read for longer.

    Raises
    ------
    DomainError
        Shapes do not fit, the event (almost) always or never holds, or no year of reading is left.

    References
    ----------
    Haasnoot, van 't Klooster & van Alphen (2018), doi:10.1016/j.gloenvcha.2018.08.003; Raso et al.
    (2019), doi:10.1007/s10584-019-02384-6; Youden (1950); DeLong et al. (1988).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> trust = rng.random((400, 1, 1)) + np.zeros((1, 1, 3))
    >>> timeline = Timeline((2025, 2026, 2027), ("trust",), ("value",))
    >>> best = score_signposts(trust, Target(trust[:, 0, 0] < 0.3), timeline).scores[0]
    >>> best.side, round(best.level, 1), best.auc.value
    ('below', 0.3, 1.0)
    """
    settings = settings or SignpostSettings()
    _check(signposts, target, timeline)
    training, held_out = random_halves(len(target.event), settings.seed)
    for half in (training, held_out):
        held = int(target.event[half].sum())
        if not 1 < held < len(half) - 1:
            raise DomainError(
                f"the event holds in {held} of {len(half)} futures of one half, so there is nothing to tell "
                "apart; choose another event or run more futures"
            )
    stop = _last_reading(timeline, settings)
    gain = target.gain if target.gain is not None else np.where(target.event, 1.0, -1.0)
    deadline = _deadlines(target, timeline)
    scores = [
        _judge(reading, (training, held_out), (target.event, gain, deadline), timeline, settings)
        for reading in _readings(signposts, deadline, stop, timeline, settings)
    ]
    if not scores:
        raise DomainError(
            f"no reading is left by {timeline.years[stop - 1]}; allow later years or shorter windows"
        )
    areas = np.array([[score.auc_training, score.auc.value] for score in scores])
    scores.sort(key=lambda score: (-score.criterion, -score.auc_training, score.signpost, score.year or 0))
    return SignpostReport(tuple(scores), float(target.event.mean()), len(scores), _spearman(areas))


def rate_of(marked: Sequence[bool] | np.ndarray) -> Rate:
    """Give the share that is marked, with Wilson's 95 % interval.

    References
    ----------
    Wilson (1927), doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> rate_of([True] * 5 + [False] * 5).value
    0.5
    """
    count, z = len(marked), 1.959963984540054
    if not count:
        return Rate(0.5, 0.0, 1.0)
    share = float(np.mean(marked))
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return Rate(share, min(float(middle - half), share), max(float(middle + half), share))


def choose_level(
    loud: np.ndarray, event: np.ndarray, gain: np.ndarray, settings: SignpostSettings
) -> tuple[float, float]:
    """Find the level above which to sound the alarm, and what its rule then reaches.

    Levels lie midway between neighbouring numbers; of equals the highest is taken, which
    sounds the fewest alarms.  Never alarming is allowed.

    Examples
    --------
    >>> event = np.array([False, False, True, True])
    >>> choose_level(np.array([1.0, 2.0, 3.0, 4.0]), event, np.ones(4), SignpostSettings())
    (2.5, 1.0)
    """
    order = np.argsort(-loud, kind="stable")
    ordered, held = loud[order], event[order]
    yes, no = max(int(held.sum()), 1), max(int((~held).sum()), 1)
    hits, false = np.cumsum(held), np.cumsum(~held)
    if settings.rule == "youden":
        reached, nothing = hits / yes - false / no, 0.0
    elif settings.rule == "cost":
        cost = settings.miss_cost * (held.sum() - hits) + settings.false_alarm_cost * false
        reached, nothing = -cost / len(held), -settings.miss_cost * held.sum() / len(held)
    else:
        reached, nothing = np.cumsum(gain[order]) / len(held), 0.0
    # Equal numbers sound together, so only the last of a run of equals can be a level.
    possible = np.append(ordered[1:] != ordered[:-1], True)
    reached = np.where(possible, reached, -np.inf)
    best = int(reached.argmax())
    if reached[best] <= nothing:
        return float(np.nextafter(ordered[0], np.inf)), float(nothing)
    following = ordered[best + 1] if best + 1 < len(ordered) else np.nextafter(ordered[best], -np.inf)
    middle = 0.5 * (ordered[best] + following)
    return float(middle if middle < ordered[best] else following), float(reached[best])


def _readings(
    signposts: Signposts, deadline: np.ndarray, stop: int, timeline: Timeline, settings: SignpostSettings
) -> list[_Reading]:
    """List single readings of either side, then series watched until a future's deadline."""
    found: list[_Reading] = []
    for number, name in enumerate(timeline.signposts):
        for window in settings.windows:
            mean = running_mean(signposts[:, number], window)[:, :stop]
            for t in range(window - 1, stop):
                column = mean[:, t]
                if np.ptp(column) > 0:
                    year = timeline.years[t]
                    found.append(_Reading(name, year, window, "above", column, None))
                    found.append(_Reading(name, year, window, "below", -column, None))
            if settings.watch and window - 1 < stop and np.ptp(mean[:, window - 1 :]) > 0:
                seen = np.arange(stop) < np.maximum(deadline - timeline.years[0], 1)[:, None]
                found.append(_watched(name, window, "above", mean, seen))
                found.append(_watched(name, window, "below", -mean, seen))
    return found


def _watched(name: str, window: int, side: Side, mean: np.ndarray, seen: np.ndarray) -> _Reading:
    """Read a series in every year until the deadline; the loudest year counts."""
    yearly = np.where(seen & ~np.isnan(mean), mean, -np.inf)
    # A future whose event comes before the first reading is as quiet as can be.
    unread = np.isinf(yearly).all(axis=1)
    yearly[unread] = np.nanmin(mean)
    return _Reading(name, None, window, side, yearly.max(axis=1), yearly)


def _judge(
    reading: _Reading,
    halves: tuple[np.ndarray, np.ndarray],
    told: tuple[np.ndarray, np.ndarray, np.ndarray],
    timeline: Timeline,
    settings: SignpostSettings,
) -> SignpostScore:
    (training, held_out), (event, gain, deadline) = halves, told
    level, criterion = choose_level(reading.loud[training], event[training], gain[training], settings)
    alarm = reading.loud > level
    first = np.full(len(event), reading.year if reading.year is not None else timeline.years[0])
    if reading.yearly is not None:
        first = timeline.years[0] + (reading.yearly > level).argmax(axis=1)
    here, there = event[held_out], event[training]
    # An alarm in the year of the event or later is no warning.
    in_time = alarm & (first < deadline)
    lead = (deadline - first)[held_out][here & in_time[held_out]]
    return SignpostScore(
        signpost=reading.signpost,
        year=reading.year,
        window=reading.window,
        side=reading.side,
        level=level if reading.side == "above" else -level,
        auc=auc_of(reading.loud[held_out], here),
        auc_training=auc_of(reading.loud[training], there).value,
        hits=rate_of(in_time[held_out][here]),
        false_alarms=rate_of(alarm[held_out][~here]),
        hits_training=float(in_time[training][there].mean()),
        false_alarms_training=float(alarm[training][~there].mean()),
        lead=_quantiles(lead),
        worth=_worth(gain[held_out], alarm[held_out], float((gain * alarm)[training].mean())),
        criterion=criterion,
    )


def _worth(gain: np.ndarray, alarm: np.ndarray, training: float) -> ActingValue:
    taken = gain * alarm
    half = 1.96 * float(taken.std(ddof=1)) / np.sqrt(len(taken))
    return ActingValue(
        on_alarm=float(taken.mean()),
        low=float(taken.mean() - half),
        high=float(taken.mean() + half),
        always=float(gain.mean()),
        perfect=float(np.maximum(gain, 0).mean()),
        missed=float(np.where(alarm, 0, np.maximum(gain, 0)).mean()),
        false_alarms=float(np.where(alarm, np.maximum(-gain, 0), 0).mean()),
        training=training,
    )


def _quantiles(lead: np.ndarray) -> tuple[float, float, float]:
    if not len(lead):
        return (np.nan, np.nan, np.nan)
    low, middle, high = np.quantile(lead, (0.1, 0.5, 0.9))
    return float(low), float(middle), float(high)


def _deadlines(target: Target, timeline: Timeline) -> np.ndarray:
    last = np.full(len(target.event), timeline.years[-1])
    return last if target.year is None else np.where(target.event, target.year, last)


def _last_reading(timeline: Timeline, settings: SignpostSettings) -> int:
    last = timeline.years[-2] if settings.last is None else settings.last
    if not timeline.years[0] <= last <= timeline.years[-1]:
        raise DomainError(
            f"the last reading must lie from {timeline.years[0]} to {timeline.years[-1]}, got {last}"
        )
    return timeline.years.index(last) + 1


def _spearman(areas: Float[np.ndarray, "score half"]) -> float:
    from scipy.stats import rankdata

    ranks = rankdata(areas, axis=0)
    if not np.ptp(ranks, axis=0).all():
        return 0.0
    return float(np.corrcoef(ranks.T)[0, 1])


def _check(signposts: Signposts, target: Target, timeline: Timeline) -> None:
    shape = (len(target.event), len(timeline.signposts), timeline.span)
    if signposts.shape != shape or not np.isfinite(signposts).all():
        raise DomainError(
            f"signposts must be finite and [future, signpost, year] = {shape}, got shape {signposts.shape}"
        )
