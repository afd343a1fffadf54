"""From flows, tariffs and input-output shares to a world that the model reproduces without a shock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from kedge.core.errors import DomainError, NotConverged, UnknownName
from kedge.trade.sectors import SectorEconomy, SectorFlows, check_tariffs

DEFICITS = ("balanced", "observed")
Links = tuple[Float[np.ndarray, "economy sector"], Float[np.ndarray, "economy input sector"]]


def calibrate_sectors(
    flows: SectorFlows,
    tariffs: SectorFlows,
    elasticity: Float[np.ndarray, " sector"],
    codes: tuple[Sequence[str], Sequence[str]],
    links: Links | None = None,
    deficits: str = "balanced",
) -> SectorEconomy:
    """Make a consistent world of what is observed.

    Parameters
    ----------
    flows : current US$
        Before duty, own trade on the diagonal.
    tariffs : share, ad valorem
    elasticity
        Trade elasticity of each sector.
    codes
        Economies and sectors, in the order of the axes.
    links
        Value added as a share of gross output, and inputs as shares of it; without them all output is
        value added and all spending is final.
    deficits
        `balanced`: no economy buys more than it sells (the published exercises start so).  `observed`:
        trade deficits stay at the data's size, as transfers that no tariff changes.

    Returns
    -------
    SectorEconomy
        Tariffs, elasticities, technology and tastes are the data's; flows are those of the equilibrium
        that these imply.  Final spending shares are what is left of spending after inputs; where the
        data leave less than nothing they are zero, and the rest is scaled to one.

    Raises
    ------
    UnknownName
        `deficits` is neither.
    DomainError
        Shapes do not fit, a number is negative or not finite, an economy buys or sells nothing.
    NotConverged
        No equilibrium was found.

    References
    ----------
    Dekle, Eaton & Kortum (2008), IMF Staff Papers 55(3); Caliendo & Parro (2015), appendix.

    Examples
    --------
    >>> flows = np.array([[[5.0, 9.0], [2.0, 1.0]], [[3.0, 1.0], [7.0, 8.0]]])
    >>> world = calibrate_sectors(flows, np.zeros((2, 2, 2)), np.full(2, 4.0), (["JPN", "XRW"], ["a", "b"]))
    >>> bool(np.abs(world.transfers).max() < 1e-9)
    True
    """
    if deficits not in DEFICITS:
        raise UnknownName("treatment of deficits", deficits, DEFICITS)
    iso3, sectors = tuple(codes[0]), tuple(codes[1])
    flows, tariffs = np.asarray(flows, np.float64), np.asarray(tariffs, np.float64)
    elasticity = np.asarray(elasticity, np.float64)
    size, count = len(iso3), len(sectors)
    _check(flows, elasticity, (size, count))
    check_tariffs(tariffs, flows.shape)
    if links is None:
        value_added, inputs = np.ones((size, count)), np.zeros((size, count, count))
    else:
        value_added, inputs = (np.asarray(each, np.float64) for each in links)
        _check_links(value_added, inputs, (size, count))
        # Shares of a source sum to one within its rounding; markets clear exactly only if they do.
        whole = inputs.sum(axis=1)
        inputs = (
            inputs * np.where(whole > 0, (1.0 - value_added) / np.where(whole > 0, whole, 1.0), 1.0)[:, None]
        )
    observed = SectorEconomy(
        iso3, sectors, flows, tariffs, elasticity, value_added, inputs, np.ones((size, count)) / count
    )
    left = observed.spending - np.einsum("nmk,nk->nm", inputs, observed.output)
    final = np.maximum(left, 0.0)
    if (final.sum(axis=1) <= 0).any():
        empty = [code for code, whole in zip(iso3, final.sum(axis=1), strict=True) if whole <= 0]
        raise DomainError(
            f"inputs take up all spending of {', '.join(empty)}; check that shares are of gross output"
        )
    rough = replace(observed, final=final / final.sum(axis=1, keepdims=True))
    wanted = np.zeros(size) if deficits == "balanced" else rough.transfers
    return rebalance(rough, wanted)


def rebalance(economy: SectorEconomy, transfers: Float[np.ndarray, " economy"]) -> SectorEconomy:
    """Move an economy to the equilibrium with other transfers, tariffs unchanged.

    Parameters
    ----------
    transfers : current US$
        What each economy spends beyond its own income; they must sum to zero.

    Raises
    ------
    DomainError
        They do not sum to zero, or take all of an economy's income.
    NotConverged
        No equilibrium was found.
    """
    from kedge.trade.sector_solve import prepare_sectors, solve_sectors

    whole = economy.value.sum()
    if abs(transfers.sum()) > 1e-9 * whole:
        raise DomainError(f"transfers should sum to zero, got {transfers.sum():.6g} US$")
    if (economy.value + economy.revenue + transfers <= 0).any():
        raise DomainError("transfers take all of an economy's income; make them smaller")
    prepared = prepare_sectors(economy)
    prepared = replace(prepared, world=prepared.world._replace(transfers=transfers / whole))
    solved = solve_sectors(prepared, economy.tariffs, tolerance=1e-12)
    if solved.status != "converged":
        raise NotConverged(
            f"no equilibrium with these transfers was found: residual {solved.residual:.3g} after "
            f"{solved.iterations} steps",
            solved,
        )
    return replace(economy, flows=solved.value.flows)


def _check(flows: np.ndarray, elasticity: np.ndarray, wanted: tuple[int, int]) -> None:
    size, count = wanted
    shape = (size, size, count)
    if flows.shape != shape or elasticity.shape != (count,):
        raise DomainError(
            f"{size} economies and {count} sectors want flows of {shape} and {count} elasticities, "
            f"got {flows.shape} and {elasticity.shape}"
        )
    if not (np.isfinite(flows).all() and (flows >= 0).all()):
        raise DomainError("flows must be finite and not negative; fill blanks with 0")
    if (flows.sum(axis=(0, 2)) <= 0).any() or (flows.sum(axis=(1, 2)) <= 0).any():
        raise DomainError("every economy must buy and sell something: leave out those that do not")


def _check_links(value_added: np.ndarray, inputs: np.ndarray, wanted: tuple[int, int]) -> None:
    size, count = wanted
    if value_added.shape != (size, count) or inputs.shape != (size, count, count):
        raise DomainError(
            f"links want value added of {(size, count)} and inputs of {(size, count, count)}, "
            f"got {value_added.shape} and {inputs.shape}"
        )
    if not (np.isfinite(value_added).all() and np.isfinite(inputs).all()):
        raise DomainError("shares of value added and of inputs must be finite; fill blanks with 0")
    whole = value_added + inputs.sum(axis=1)
    if np.abs(whole - 1.0).max() > 1e-4:
        n, k = np.unravel_index(np.abs(whole - 1.0).argmax(), whole.shape)
        raise DomainError(
            f"value added and inputs of each sector should sum to 1; economy {n}, sector {k} has "
            f"{whole[n, k]:.6g}"
        )
