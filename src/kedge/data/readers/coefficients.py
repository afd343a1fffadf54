"""Input-output coefficients of the OECD's tables of 2020."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from kedge.core.errors import MalformedFile
from kedge.data.readers.sectors import DAMAGE, REST


@dataclass(frozen=True)
class Coefficients:
    """How producers and final buyers spend; shares of gross output and of final spending.

    Parameters
    ----------
    iso3, sectors
        Economies (the rest of the world is `XRW`) and sectors (ISIC rev. 4).
    value_added : share
    inputs : share
        With `value_added` it sums to one over inputs.
    final : share
    """

    iso3: tuple[str, ...]
    sectors: tuple[str, ...]
    value_added: Float[np.ndarray, "economy sector"]
    inputs: Float[np.ndarray, "economy input sector"]
    final: Float[np.ndarray, "economy sector"]


def read_coefficients(path: Path) -> Coefficients:
    """Read the coefficients: 77 economies, 45 sectors.

    Parameters
    ----------
    path
        NumPy archive with `G` [input, economy, using sector], `B` and `alpha` [sector, economy],
        `countries`, `sectors`.  Its `theta` are placeholders by its author's word and are not read.

    Raises
    ------
    MalformedFile
        Not such an archive, or shares that do not sum to one.
    """
    try:
        # Held open here, since NumPy leaves a damaged archive open.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            found = {name: np.asarray(file[name]) for name in ("G", "B", "alpha", "countries", "sectors")}
    except (*DAMAGE, EOFError, zipfile.BadZipFile) as error:
        raise MalformedFile(
            f"{path}: not the archive of coefficients, or damaged ({error}); fetch it anew"
        ) from error
    links, added, final = (found[name].astype(np.float64) for name in ("G", "B", "alpha"))
    codes, sectors = (tuple(map(str, found[name])) for name in ("countries", "sectors"))
    _check(path, (links, added, final), (len(codes), len(sectors)))
    iso3 = tuple(REST if code == "ROW" else code for code in codes)
    return Coefficients(iso3, sectors, added.T, links.transpose(1, 0, 2), final.T)


def _check(path: Path, shares: tuple[np.ndarray, np.ndarray, np.ndarray], wanted: tuple[int, int]) -> None:
    links, added, final = shares
    size, count = wanted
    if links.shape != (count, size, count) or added.shape != (count, size) or final.shape != added.shape:
        raise MalformedFile(f"{path}: G, B and alpha do not fit {size} economies and {count} sectors")
    whole = added.T + links.sum(axis=0)
    if not (np.isfinite(whole).all() and np.abs(whole - 1.0).max() < 1e-3 and np.isfinite(final).all()):
        raise MalformedFile(f"{path}: value added and inputs do not sum to one in every sector")
