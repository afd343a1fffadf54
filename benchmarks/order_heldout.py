"""How well hidden votes are predicted, beside simple baselines: the accuracy bars of the order room.

    KEDGE_MIRROR=DIR python benchmarks/order_heldout.py [--parts abcde] [--quick] [--forecast] [--json]

a  a random 5 % of all votes hidden, on the UN's bulk file and on the R package's roll calls
b  in a later session all votes of a fifth of the states hidden; everything up to and with it shown
c  of a later session the votes of a tenth of the states shown (and: a tenth of all votes); earlier ones shown
d  every vote of the latest roll call of each recurring text hidden
e  what is said to be rare against how often it happened, on the votes hidden in a

Seconds are processor time of one thread; in a every fit has a process of its own, and its peak memory is
that of the whole process.  Nearest neighbours are given the best of 25 settings in hindsight.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np
from running import one_thread
from voting.baselines import call_shares, last_votes, predict_neighbours, predict_repeats, repeat_table, score
from voting.data import Split, divided, has_place, hide, hide_share, load_bulk, load_package
from voting.own import apart, kedge_positions, kedge_votes

from kedge.order.forward import forecast_votes
from kedge.order.roll_calls import RollCalls
from kedge.order.stages import fit_votes

DIMENSIONS = (1, 3, 6, 12, 16)
HIDDEN_SESSIONS = (46, 60, 70, 75, 80)
WHOLE_SESSIONS = (50, 60, 70, 75, 78, 79, 80)
QUICK_SESSIONS = (60, 75)
TAILS = ((1e-5, 1e-4), (1e-4, 1e-3), (1e-3, 1e-2), (1e-2, 1e-1))


def show(title: str, rows: list[dict]) -> None:
    """Print rows as they come."""
    print(f"\n{title}")
    print(
        f"  {'method':34s}{'log loss':>9s}{'accuracy':>9s}{'votes':>8s}{'CPU s':>8s}{'wall s':>8s}{'MiB':>7s}"
    )
    for row in rows:
        cost = "".join(
            f"{row[name]:{width}.{digits}f}" if name in row else " " * width
            for name, width, digits in (("cpu", 8, 1), ("wall", 8, 1), ("mib", 7, 0))
        )
        print(
            f"  {row['method']:34s}{row['log_loss']:9.4f}{row['accuracy']:9.4f}{row['votes']:8d}"
            f"{cost}  {row.get('note', '')}"
        )
    sys.stdout.flush()


def row_of(name: str, odds: np.ndarray, vote: np.ndarray, **more: object) -> dict:
    """Make one row."""
    return {"method": name, **score(odds, vote), "votes": int(vote.size), **more}


def baselines(split: Split, *, past_only: bool = False) -> list[dict]:
    """Score the baselines."""
    near, told = predict_neighbours(split, past_only=past_only)
    return [
        row_of("shares of the roll call", call_shares(split)[split.call], split.vote),
        row_of("state's last vote on the text", predict_repeats(split), split.vote),
        row_of("16 nearest neighbours", near, split.vote, note=told),
    ]


def random_votes(name: str, calls: RollCalls, dimensions: tuple[int, ...], seed: int) -> tuple:
    """Part a: score all methods on a random 5 %; also what the last one said, for part e."""
    split = hide_share(divided(calls), 0.05, seed)
    rows, got = baselines(split), {}
    for d in (0, *dimensions):
        got = apart(kedge_votes, split, d) if d else apart(kedge_positions, split)
        label = f"kedge fit_votes, {d} dimensions" if d else "kedge fit_positions"
        rows.append(row_of(label, got.pop("odds" if d != dimensions[-1] else "none", got["odds"]), split.vote,
                           **{key: got[key] for key in ("cpu", "wall", "mib", "note")}))  # fmt: skip
    show(f"a. Random 5 % of votes hidden, {name}: {len(split.shown)} roll calls that divide the states", rows)
    return rows, got["odds"], split.vote


def tail(title: str, odds: np.ndarray, vote: np.ndarray) -> list[dict]:
    """Part e: of all chances stated in a range, the sum and how many came true."""
    came = np.zeros(odds.shape, bool)
    came[np.arange(vote.size), vote] = True
    rows = []
    print(f"\ne. Stated against observed, {title}")
    print(f"  {'range':22s}{'chances':>10s}{'stated':>10s}{'observed':>10s}{'ratio':>8s}")
    for low, high in TAILS:
        here = (odds >= low) & (odds < high)
        stated, seen = float(odds[here].sum()), int(came[here].sum())
        rows.append(
            {"low": low, "high": high, "chances": int(here.sum()), "stated": stated, "observed": seen}
        )
        ratio = seen / stated if stated else float("nan")
        print(f"  [{low:.0e}, {high:.0e})  {here.sum():12d}{stated:10.1f}{seen:10d}{ratio:8.2f}")
    return rows


def until(calls: RollCalls, session: int) -> RollCalls:
    """Give the roll calls up to and with a session."""
    return calls.pick(calls.sessions <= session)


def some_states(calls: RollCalls, session: int, share: float, seed: int) -> np.ndarray:
    """Draw a share of the states that vote in a session."""
    rng = np.random.default_rng(seed + session)
    here = np.flatnonzero((calls.votes[:, calls.sessions == session] >= 0).any(axis=1))
    return rng.choice(here, round(share * here.size), replace=False)


def hidden_states(calls: RollCalls, session: int, dimensions: int, seed: int) -> tuple[list[dict], Split]:
    """Part b: hide all votes of a fifth of the states in one session."""
    past = until(calls, session)
    mask = np.zeros(past.votes.shape, bool)
    mask[np.ix_(some_states(past, session, 0.2, seed), past.sessions == session)] = True
    return against(past, mask, session, dimensions)


def hidden_session(
    calls: RollCalls, session: int, dimensions: int, seed: int, *, states: bool
) -> tuple[list[dict], Split]:
    """Part c: show one tenth of a session only, of its states or of all its votes."""
    past = until(calls, session)
    mask = np.zeros(past.votes.shape, bool)
    here = past.sessions == session
    if states:
        mask[:, here] = True
        mask[some_states(past, session, 0.1, seed)] = False
    else:
        rng = np.random.default_rng(seed + session)
        mask[:, here] = rng.random((mask.shape[0], here.sum())) > 0.1
    return against(past, mask, session, dimensions)


def against(calls: RollCalls, mask: np.ndarray, session: int, dimensions: int) -> tuple[list[dict], Split]:
    """Fit to what a mask leaves, and score beside the baselines; states never seen before are left out."""
    split = hide(calls, mask)
    seen = (split.shown.votes >= 0).any(axis=1)[split.state]
    split = Split(split.shown, split.state[seen], split.call[seen], split.vote[seen])
    model = fit_votes(split.shown, dimensions)
    rows = baselines(split, past_only=True)
    odds = model.odds(split.state, split.call)
    rows.append(row_of(f"kedge, {dimensions} dimensions", odds, split.vote, cpu=model.cpu_seconds))
    for row in rows:
        row["session"] = session
    return rows, split


def by_session(title: str, all_rows: list[list[dict]]) -> dict:
    """Print one line a session, and the mean."""
    print(f"\n{title}")
    names = ("shares", "last vote", "16 near", "kedge", "CPU s")
    print(f"  {'session':8s}{'votes':>8s}" + "".join(f"{name:>11s}" for name in names) + f"{'accuracy':>11s}")
    for rows in all_rows:
        losses = "".join(f"{row['log_loss']:11.4f}" for row in rows)
        print(
            f"  {rows[0]['session']:<8d}{rows[0]['votes']:8d}{losses}"
            f"{rows[-1]['cpu']:11.1f}{rows[-1]['accuracy']:11.4f}"
        )
    mean = np.mean([[row["log_loss"] for row in rows] for rows in all_rows], axis=0)
    better = sum(rows[-1]["log_loss"] < rows[-2]["log_loss"] for rows in all_rows)
    print(f"  {'mean':16s}" + "".join(f"{each:11.4f}" for each in mean))
    print(f"  kedge is better than 16 nearest neighbours in {better} of {len(all_rows)} sessions")
    sys.stdout.flush()
    return {"sessions": all_rows, "mean": mean.tolist(), "better": better}


def latest_of_texts(calls: RollCalls, dimensions: int) -> list[dict]:
    """Part d: hide the latest roll call of each recurring text; score who voted on it before."""
    number = np.bincount(calls.text, minlength=int(calls.text.max()) + 1)
    latest = np.full(number.size, -1)
    latest[calls.text] = np.arange(len(calls))
    latest = latest[number > 1]
    mask = np.zeros(calls.votes.shape, bool)
    mask[:, latest] = True
    split = hide(calls, mask)
    seen = has_place(split.shown)[split.state, split.call]
    split = Split(split.shown, split.state[seen], split.call[seen], split.vote[seen])
    last = last_votes(split)
    mine = last[split.state, split.call]
    table = repeat_table(split, last)[np.maximum(mine, 0)]
    model = fit_votes(split.shown, dimensions)
    odds = model.odds(split.state, split.call)
    length, gap = number[calls.text][split.call], gaps(calls)[split.call]
    divides = np.isin(
        split.call, np.flatnonzero(sum((calls.votes == v).any(0).astype(int) for v in range(3)) > 1)
    )
    had = mine >= 0
    groups = {"all": had, "all, roll calls that divide": had & divides, "next session": had & (gap == 1)}
    groups |= {f"voted on {least} times or more": had & (length >= least) for least in (3, 5, 10)}
    rows = []
    for name, here in groups.items():
        rows.append(row_of(f"last vote, {name}", table[here], split.vote[here]))
        rows.append(row_of(f"kedge, {name}", odds[here], split.vote[here], cpu=model.cpu_seconds))
    show(f"d. Latest roll call of {latest.size} recurring texts hidden, {dimensions} dimensions", rows)
    return rows


def gaps(calls: RollCalls) -> np.ndarray:
    """Give the sessions since the text of each roll call was voted on before; 0 for never."""
    last: dict[int, int] = {}
    out = np.zeros(len(calls), int)
    for at, (text, session) in enumerate(zip(calls.text, calls.sessions, strict=True)):
        out[at] = session - last.get(int(text), int(session))
        last[int(text)] = int(session)
    return out


def forecasts(calls: RollCalls) -> dict:
    """Score what `forecast_votes` said the day before, and given the others' votes."""
    began = time.process_time()
    told = forecast_votes(calls)
    had, vote = told.scored & (told.last >= 0) & (told.last < 3), told.vote
    latest = np.zeros(len(calls), bool)
    end = {int(text): at for at, text in enumerate(calls.text)}
    latest[list(end.values())] = True
    here = had & latest[told.call]
    cost = {"cpu": time.process_time() - began}
    table = np.ones((3, 3))
    np.add.at(table, (told.last[had], vote[had]), 1.0)
    repeats = (table / table.sum(1, keepdims=True))[told.last[here]]
    rows = [
        row_of("the day before, all", told.before[told.scored], vote[told.scored], **cost),
        row_of("given the others, all", told.given[told.scored], vote[told.scored]),
        row_of("last vote, latest of texts", repeats, vote[here]),
        row_of("the day before, latest of texts", told.before[here], vote[here]),
        row_of("given the others, latest of texts", told.given[here], vote[here]),
    ]
    show("forecast_votes, every roll call from those before it", rows)
    tails = {
        name: tail(f"forecast_votes, {name}", odds[told.scored], vote[told.scored])
        for name, odds in (("the day before", told.before), ("given the others", told.given))
    }
    return {"rows": rows, "tails": tails}


def hidden_at_random(chosen: argparse.Namespace, bulk: RollCalls, dimensions: tuple[int, ...]) -> dict:
    """Run parts a and e on the sets of votes at hand."""
    sets, out = {"the UN's bulk file": bulk}, {}
    package = None if chosen.quick else load_package()
    if package is not None:
        sets["the R package"] = package
    elif not chosen.quick:
        print("The R package's votes are not at hand: set KEDGE_MIRROR to a folder that holds them.")
    for name, calls in sets.items():
        rows, odds, vote = random_votes(name, calls, dimensions, chosen.seed)
        out[f"a {name}"] = rows
        out[f"e {name}"] = tail(f"{name}, {dimensions[-1]} dimensions", odds, vote)
    return out


def whole_sessions(bulk: RollCalls, sessions: tuple[int, ...], dimensions: int, seed: int) -> dict:
    """Run part c, both ways."""
    out = {}
    for states, kind in ((True, "states"), (False, "votes")):
        rows = [hidden_session(bulk, s, dimensions, seed, states=states)[0] for s in sessions]
        out[f"c {kind}"] = by_session(f"c. A session of which a tenth of {kind} is shown (log loss)", rows)
    return out


def run(chosen: argparse.Namespace) -> dict:
    """Run the parts asked for."""
    bulk, out = load_bulk(), {}
    top, few, many = chosen.dimensions, HIDDEN_SESSIONS, WHOLE_SESSIONS
    dims = tuple(sorted({*DIMENSIONS, top}))
    if chosen.quick:
        top, few, many, dims = 3, QUICK_SESSIONS, QUICK_SESSIONS, (1, 3)
    if "a" in chosen.parts or "e" in chosen.parts:
        out |= hidden_at_random(chosen, bulk, dims)
    if "b" in chosen.parts:
        rows = [hidden_states(bulk, s, top, chosen.seed)[0] for s in few]
        out["b"] = by_session("b. A fifth of the states hidden in a session (log loss)", rows)
    if "c" in chosen.parts:
        out |= whole_sessions(bulk, many, top, chosen.seed)
    if "d" in chosen.parts:
        out["d"] = latest_of_texts(bulk, top)
    if chosen.forecast:
        out["forecast"] = forecasts(bulk)
    return out


def main() -> None:
    """Parse, run, print."""
    one_thread()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default="abcde")
    parser.add_argument("--dimensions", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--forecast", action="store_true", help="also score forecast_votes (two minutes)")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON at the end")
    chosen = parser.parse_args()
    out = run(chosen)
    if chosen.json:
        print(json.dumps(out))


if __name__ == "__main__":
    main()
