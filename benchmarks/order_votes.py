"""Kedge's models of votes beside the peers of the registries: same sessions, same hidden votes, one run.

    KEDGE_MIRROR=DIR python benchmarks/order_votes.py [--first 73] [--last 77] [--python PEERS] [--quick]

Every method has a process of its own and one thread; seconds leave loading out, memory is the process's
peak.  Binary peers know yes and not yes; the columns `yes` score everybody on that question.  `r` is the
correlation of a method's positions with those of `fit_positions`, averaged by state.  Peers that are
not installed are named with how to install them.  R packages come from Debian, Python ones from an
environment of their own (`--python`).  Samplers get the draws that the last column names: where few of
them are effective, a full run costs many times what is shown.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np
from order_heldout import one_thread
from voting.baselines import call_shares, predict_neighbours, predict_repeats, score
from voting.data import Split, divided, hide_share, load_bulk
from voting.own import apart, kedge_positions, kedge_votes
from voting.peers import PEERS, lacking, run_peer

DIMENSIONS = (1, 3, 8)
QUICK_SESSIONS = 2
QUICK_DRAWS = 0.1


def same_votes(first: int, last: int, share: float, seed: int) -> Split:
    """Pick sessions of the UN's bulk file and hide a share of the votes."""
    calls = load_bulk()
    inside = calls.pick((calls.sessions >= first) & (calls.sessions <= last))
    return hide_share(divided(inside), share, seed)


def row_of(name: str, odds: np.ndarray, split: Split, **more: object) -> dict:
    """Score chances: of no, abstain and yes, or of yes alone."""
    row: dict[str, object] = {"method": name}
    if odds.shape[1] == 1:
        yes = np.clip(odds[:, 0], 1e-12, 1 - 1e-12)
        found = score(np.column_stack([1 - yes, np.zeros(yes.size), yes]), split.vote)
        row |= {key: found[key] for key in ("yes_log_loss", "yes_accuracy")}
    else:
        row |= score(odds, split.vote)
    return row | more


def alike(theta: np.ndarray, own: np.ndarray) -> float:
    """Correlate positions, averaged by state."""
    known = np.isfinite(theta).any(1) & np.isfinite(own).any(1)
    if not known.any():
        return float("nan")
    pair = np.nanmean(theta[known], axis=1), np.nanmean(own[known], axis=1)
    return float(abs(np.corrcoef(*pair)[0, 1]))


def baseline_rows(split: Split) -> list[dict]:
    """Score the baselines."""
    began = time.process_time()
    near, told = predict_neighbours(split)
    spent = time.process_time() - began
    return [
        row_of("shares of the roll call", call_shares(split)[split.call], split),
        row_of("state's last vote on the text", predict_repeats(split), split),
        row_of("16 nearest neighbours", near, split, cpu=spent, note=f"{told}: best of 25 in hindsight"),
    ]


def own_rows(split: Split) -> tuple[list[dict], np.ndarray]:
    """Score Kedge's models; also give its positions."""
    got = apart(kedge_positions, split)
    cost = ("cpu", "wall", "mib", "note")
    rows = [row_of("kedge fit_positions", got["odds"], split, r=1.0, **{key: got[key] for key in cost})]
    for dimensions in DIMENSIONS:
        each = apart(kedge_votes, split, dimensions)
        name = f"kedge fit_votes, {dimensions} dimension{'s' if dimensions > 1 else ''}"
        rows.append(row_of(name, each["odds"], split, **{key: each[key] for key in cost}))
    return rows, got["positions"]


def peer_rows(split: Split, own: np.ndarray, chosen: argparse.Namespace) -> list[dict]:
    """Score the peers at hand; name those that are not."""
    rows = []
    for peer in PEERS:
        why = lacking(peer, chosen.python)
        got = {"failed": why} if why else run_peer(peer, split, chosen.python, chosen.draws, chosen.limit)
        if "failed" in got:
            rows.append({"method": peer.method, "failed": got["failed"]})
        else:
            odds, theta = got.pop("odds"), got.pop("theta")
            rows.append(row_of(peer.method, odds, split, r=alike(theta, own), **got))
        print(f"  {peer.method} done", file=sys.stderr)
    return rows


def show(rows: list[dict]) -> None:
    """Print the table, with seconds and memory as multiples of `fit_positions`."""
    ours = next(row for row in rows if row["method"] == "kedge fit_positions")
    columns = (
        ("log_loss", "log loss", 4), ("accuracy", "accuracy", 4), ("yes_log_loss", "yes loss", 4),
        ("yes_accuracy", "yes acc", 4), ("r", "r", 3), ("cpu", "CPU s", 1), ("wall", "wall s", 1),
        ("mib", "MiB", 0), ("times", "CPU x", 1), ("more", "MiB x", 1),
    )  # fmt: skip
    print(f"  {'method':30s}" + "".join(f"{title:>9s}" for _, title, _ in columns))
    for row in rows:
        if "failed" in row:
            print(f"  {row['method']:30s}  {row['failed']}")
            continue
        row |= {"times": row["cpu"] / ours["cpu"]} if "cpu" in row else {}
        row |= {"more": row["mib"] / ours["mib"]} if "mib" in row else {}
        cells = (f"{row[key]:9.{digits}f}" if key in row else " " * 9 for key, _, digits in columns)
        print(f"  {row['method']:30s}{''.join(cells)}  {row.get('note', '')}")


def main() -> None:
    """Parse, run, print."""
    one_thread()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--first", type=int, default=73)
    parser.add_argument("--last", type=int, default=77)
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--python", default=sys.executable, help="Python that has the Python peers")
    parser.add_argument("--draws", type=float, default=1.0, help="of each sampler's usual number, a share")
    parser.add_argument("--limit", type=float, default=150.0, help="seconds for one peer")
    parser.add_argument("--quick", action="store_true", help="two sessions, a tenth of the draws")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON at the end")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.first, chosen.draws = chosen.last - QUICK_SESSIONS + 1, QUICK_DRAWS
    split = same_votes(chosen.first, chosen.last, chosen.share, chosen.seed)
    shown = split.shown
    print(
        f"Sessions {chosen.first}-{chosen.last}: {len(shown)} roll calls that divide the states, "
        f"{int((shown.votes >= 0).sum())} votes shown, {split.vote.size} hidden"
    )
    own, positions = own_rows(split)
    rows = [*baseline_rows(split), *own, *peer_rows(split, positions, chosen)]
    show(rows)
    if chosen.json:
        print(json.dumps(rows))


if __name__ == "__main__":
    main()
