"""One Python method on votes in a folder: python_peers.py METHOD FOLDER; needs NumPy and the peer alone.

Reads given.npz (votes, sessions, state, call); writes out.npz (odds, theta, note) and cost.csv.
"""

from __future__ import annotations

import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np


def ranked(votes: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Renumber each roll call's votes from 0 without gaps, since graded models know no empty category."""
    out, kinds = np.full(votes.shape, -1), []
    for call in range(votes.shape[1]):
        kind = np.unique(votes[votes[:, call] >= 0, call])
        kinds.append(kind)
        for rank, vote in enumerate(kind):
            out[votes[:, call] == vote, call] = rank
    return out, kinds


def unranked(odds: list[np.ndarray], kinds: list[np.ndarray], call: np.ndarray) -> np.ndarray:
    """Give back chances of no, abstain and yes; what a roll call lacks gets one in a thousand."""
    out = np.full((call.size, 3), 1e-3)
    for row, (chances, at) in enumerate(zip(odds, call, strict=True)):
        out[row, kinds[at]] += chances[: kinds[at].size]
    return out / out.sum(1, keepdims=True)


def centred(votes: np.ndarray) -> np.ndarray:
    """Give votes as numbers around their roll call's mean, 0 where not shown."""
    cast = votes >= 0
    mean = np.where(cast, votes, 0).sum(0) / cast.sum(0)
    return np.where(cast, votes - mean, 0.0)


def mirt_graded(votes: np.ndarray, factors: int) -> tuple:
    """Graded response model of the package mirt (EM)."""
    from mirt import fit_mirt, fscores

    # The package takes positive discriminations alone, so roll calls are turned to one side first.
    flat = centred(votes)
    turned = flat.T @ np.linalg.svd(flat, full_matrices=False)[0][:, 0] < 0
    coded, kinds = ranked(np.where((votes >= 0) & turned, 2 - votes, votes))
    number = [max(kind.size, 2) for kind in kinds]
    fit = fit_mirt(
        coded, model="GRM", n_factors=factors, n_categories=number, compute_standard_errors=False,
        n_quadpts=41 if factors == 1 else 15, max_iter=500,
    )  # fmt: skip
    theta = np.asarray(fscores(fit, coded, method="EAP").theta).reshape(votes.shape[0], factors)
    odds = np.asarray(fit.model.probability(theta))
    ended = "converged" if getattr(fit, "converged", False) else "not converged"
    note = f"EM, {getattr(fit, 'n_iterations', '?')} passes, {ended}"

    def chances(state: np.ndarray, call: np.ndarray) -> np.ndarray:
        out = unranked(list(odds[state, call]), kinds, call)
        return np.where(turned[call][:, None], out[:, ::-1], out)

    return chances, theta[:, 0], note


def components(votes: np.ndarray, number: int) -> tuple:
    """Principal components of scikit-learn, then one logistic regression a roll call."""
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression

    x = PCA(number, random_state=0).fit_transform(centred(votes))
    x /= x.std(0)
    odds = np.full((*votes.shape, 3), 1e-3)
    for call in range(votes.shape[1]):
        cast = votes[:, call] >= 0
        fit = LogisticRegression(C=1.0, max_iter=300).fit(x[cast], votes[cast, call])
        odds[:, call, fit.classes_] += fit.predict_proba(x)
    odds /= odds.sum(2, keepdims=True)
    return lambda state, call: odds[state, call], x[:, 0], ""


METHODS = {
    "mirt GRM, 1 factor": lambda votes: mirt_graded(votes, 1),
    "mirt GRM, 2 factors": lambda votes: mirt_graded(votes, 2),
    "scikit-learn PCA + logit, 1": lambda votes: components(votes, 1),
    "scikit-learn PCA + logit, 3": lambda votes: components(votes, 3),
    "scikit-learn PCA + logit, 8": lambda votes: components(votes, 8),
}


def peak_mib() -> float:
    """Give the largest memory of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Run one method."""
    warnings.simplefilter("ignore")
    method, folder = sys.argv[1], Path(sys.argv[2])
    given = np.load(folder / "given.npz")
    votes, state, call = given["votes"].astype(int), given["state"], given["call"]
    cpu, wall = time.process_time(), time.perf_counter()
    chances, theta, note = METHODS[method](votes)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    np.savez(folder / "out.npz", odds=chances(state, call), theta=theta, note=note)
    (folder / "cost.csv").write_text(f"{cpu},{wall},{peak_mib()},nan\n")


if __name__ == "__main__":
    main()
