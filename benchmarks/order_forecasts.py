"""Forecasts of every vote since 1946 from those before it: scores, calibration of the tail, recurring texts.

    KEDGE_MIRROR=DIR python benchmarks/order_forecasts.py [--dimensions N] [--json]

Peer: the state's previous vote on the same text, its odds counted on the very votes that are scored (so
it knows more than Kedge does).  Texts: by title in the UN's file, and the authors' matched roll calls in
the votes of Bailey, Strezhnev & Voeten.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from order_published import PAIRS, read_votes

from kedge.core.compiled import use_own_cache
from kedge.data.readers.order import read_ga_voting
from kedge.data.readers.unvotes import read_matched_roll_calls
from kedge.order import Forecasts, ForwardSettings, RollCalls, bridge_texts, forecast_votes, gather_roll_calls

BINS = ((1e-4, 1e-3), (1e-3, 1e-2), (1e-2, 1e-1), (1e-4, 1e-2))


def score(chances: np.ndarray, vote: np.ndarray) -> dict[str, float]:
    """Give log loss in nats and accuracy."""
    one = chances[np.arange(vote.size), vote]
    return {"log_loss": float(-np.log(one).mean()), "accuracy": float((chances.argmax(1) == vote).mean())}


def previous_vote(last: np.ndarray, vote: np.ndarray) -> dict[str, float]:
    """Score the state's previous vote on the text, with odds counted on these votes."""
    table = np.zeros((3, 3))
    np.add.at(table, (last, vote), 1)
    table /= table.sum(1, keepdims=True)
    return score(table[last], vote) | {"repeats": float((last == vote).mean())}


def latest_of_texts(calls: RollCalls) -> np.ndarray:
    """Mark the latest roll call of every text that was voted on more than once."""
    _, where, count = np.unique(calls.text, return_inverse=True, return_counts=True)
    latest = {int(text): at for at, text in enumerate(where)}
    marked = np.zeros(len(calls), bool)
    marked[[at for text, at in latest.items() if count[text] > 1]] = True
    return marked


def recurring(found: Forecasts) -> dict[str, dict[str, float]]:
    """Score votes on texts voted on before, and on the latest of each, against the previous vote."""
    old = found.scored & (found.last >= 0) & (found.last < 3)
    latest = old & latest_of_texts(found.calls)[found.call]
    rows = {}
    for name, chosen in (("texts voted on before", old), ("latest roll call of each text", latest)):
        rows[f"{name}: Kedge"] = score(found.before[chosen], found.vote[chosen])
        rows[f"{name}: previous vote"] = previous_vote(found.last[chosen], found.vote[chosen])
    return rows


def tail(chances: np.ndarray, vote: np.ndarray) -> dict[str, dict[str, float]]:
    """Compare stated with observed frequencies of unlikely votes."""
    came = np.arange(3)[None] == vote[:, None]
    rows = {}
    for low, high in BINS:
        inside = (chances >= low) & (chances < high)
        stated, seen = float(chances[inside].mean()), float(came[inside].mean())
        rows[f"[{low:g}, {high:g})"] = {"cells": int(inside.sum()), "stated": stated, "observed": seen}
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dimensions", type=int, default=12)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    mirror = Path(os.environ["KEDGE_MIRROR"])
    settings = ForwardSettings(dimensions=options.dimensions)
    calls = gather_roll_calls(read_ga_voting(mirror / "un_votes/ga_voting.csv.gz"))
    forecast_votes(calls.pick(calls.sessions >= 70), replace(settings, every=2))
    found = forecast_votes(calls, settings)
    result: dict[str, object] = {"dimensions": options.dimensions, "cpu_seconds": found.cpu_seconds}
    for name, chances in (("given", found.given), ("before", found.before)):
        result[name] = score(chances[found.scored], found.vote[found.scored])
        result[f"tail of {name}"] = tail(chances[found.scored], found.vote[found.scored])
    result["UN file, texts by title"] = recurring(found)
    result["authors' votes and matched roll calls"] = recurring(
        forecast_votes(authors_votes(mirror), settings)
    )
    print(json.dumps(result) if options.json else _as_text(result))


def authors_votes(mirror: Path) -> RollCalls:
    """Give the votes of the published estimates, bridged by the authors' pairs, in the order of time."""
    pairs = [(str(a), str(b)) for a, b in read_matched_roll_calls(PAIRS).rows()]
    calls = bridge_texts(read_votes(mirror), pairs)
    calls = replace(calls, subject=calls.text)
    return calls.pick(np.lexsort((np.arange(len(calls)), calls.dates)))


def _as_text(result: dict[str, object], indent: str = "") -> str:
    lines = []
    for name, value in result.items():
        if isinstance(value, dict):
            lines += [f"{indent}{name}", _as_text(value, indent + "  ")]
        else:
            lines.append(
                f"{indent}{name}: {value:.4g}" if isinstance(value, float) else f"{indent}{name}: {value}"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    use_own_cache()
    main()
