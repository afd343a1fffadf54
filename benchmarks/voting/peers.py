"""Run peers on the votes that Kedge was shown, each in a process of its own, and read what they say."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voting.data import Split

HERE = Path(__file__).parent
DEBIAN = {"MCMCpack": "r-cran-mcmcpack", "pscl": "r-cran-pscl"}
PYTHON = {"mirt": "mirt", "sklearn": "scikit-learn"}


@dataclass(frozen=True)
class Peer:
    """One method of one package.

    Parameters
    ----------
    method
        As `peers.R` or `python_peers.py` calls it.
    package
        What must be installed.
    burn, keep
        Draws of a sampler, 0 for others.
    """

    method: str
    package: str
    burn: int = 0
    keep: int = 0

    @property
    def in_r(self) -> bool:
        """Tell whether R runs it."""
        return self.package in DEBIAN


PEERS = (
    Peer("MCMCpack::MCMCirt1d", "MCMCpack", 1000, 3000),
    Peer("MCMCpack::MCMCdynamicIRT1d", "MCMCpack", 20, 60),
    Peer("MCMCpack::MCMCordfactanal", "MCMCpack", 500, 1500),
    Peer("pscl::ideal", "pscl", 1000, 3000),
    Peer("mirt GRM, 1 factor", "mirt"),
    Peer("scikit-learn PCA + logit, 1", "sklearn"),
    Peer("scikit-learn PCA + logit, 8", "sklearn"),
)


def lacking(peer: Peer, python: str) -> str:
    """Say how to install what a peer needs; empty if all is there."""
    if peer.in_r:
        how = f"apt-get install {DEBIAN[peer.package]}"
        if shutil.which("Rscript") is None:
            return f"R is not installed: {how}"
        test = ["Rscript", "-e", f"quit(status = !requireNamespace('{peer.package}', quietly = TRUE))"]
    else:
        install = f"peers/bin/pip install numpy {PYTHON[peer.package]}"
        how = f"python -m venv peers && {install}, then --python peers/bin/python"
        test = [python, "-c", f"import {peer.package}"]
    ended = subprocess.run(test, capture_output=True, check=False, env=_bare())
    return "" if ended.returncode == 0 else f"not installed: {how}"


def run_peer(peer: Peer, split: Split, python: str, share: float, limit: float) -> dict:
    """Run a peer: chances (one column for yes, or three), positions, cost; or why there are none.

    Parameters
    ----------
    share
        Of the draws, for a quick run.
    limit : seconds
        After which it is ended.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(split, folder)
        if peer.in_r:
            draws = [str(round(peer.burn * share)), str(round(peer.keep * share))]
            command = ["Rscript", str(HERE / "peers.R"), peer.method, name, *draws]
        else:
            command = [python, str(HERE / "python_peers.py"), peer.method, name]
        try:
            ended = subprocess.run(
                command, capture_output=True, text=True, timeout=limit, check=False, env=_bare()
            )
        except subprocess.TimeoutExpired:
            return {"failed": f"ended after {limit:.0f} s"}
        if ended.returncode != 0:
            return {"failed": (ended.stderr.strip().splitlines() or ["no message"])[-1][:160]}
        return _read(peer, folder, share)


def _bare() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def _write(split: Split, folder: Path) -> None:
    votes = np.maximum(split.shown.votes, -1)
    np.savetxt(folder / "votes.csv", votes, "%d", ",")
    np.savetxt(folder / "sessions.csv", split.shown.sessions, "%d")
    np.savetxt(folder / "hidden.csv", np.column_stack([split.state, split.call]), "%d", ",")
    given = {"votes": votes, "sessions": split.shown.sessions, "state": split.state, "call": split.call}
    np.savez(folder / "given.npz", **given)


def _read(peer: Peer, folder: Path, share: float) -> dict:
    cpu, wall, mib, effective = np.loadtxt(folder / "cost.csv", delimiter=",")
    cost = {"cpu": float(cpu), "wall": float(wall), "mib": float(mib)}
    if peer.in_r:
        drawn = round(peer.burn * share) + round(peer.keep * share)
        odds = np.loadtxt(folder / "chances.csv", delimiter=",", ndmin=2)
        theta = np.loadtxt(folder / "theta.csv", delimiter=",", ndmin=2)
        return {
            "odds": odds, "theta": theta, "note": f"{drawn} draws, effective {effective:.0f}", **cost,
        }  # fmt: skip
    with np.load(folder / "out.npz") as out:
        return {"odds": out["odds"], "theta": out["theta"][:, None], "note": str(out["note"]), **cost}
