"""Small worlds for tariff games."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from kedge.core.solution import Solution
from kedge.trade import Economy, OneSector, Variant, calibrate_economy, one_sector

CODES = ("USA", "CHN", "JPN", "DEU", "FRA", "XRW")
TEXTBOOK = Variant(labour_supply=0.0, scale=0.0, pass_through=1.0)


def make_model(seed: int, variant: Variant | None = None, codes: tuple[str, ...] = CODES) -> OneSector:
    """Draw a world at random."""
    rng = np.random.default_rng(seed)
    gdp = rng.lognormal(0.0, 1.0, len(codes)) * 1e12
    flows = 0.12 * np.outer(gdp, gdp) / gdp.sum() * rng.lognormal(0.0, 0.5, (len(codes),) * 2)
    np.fill_diagonal(flows, 0.0)
    return one_sector(calibrate_economy(flows, gdp, codes), variant)


def make_tariffs(seed: int, size: int = 6, high: float = 0.6) -> np.ndarray:
    """Draw tariffs at random, some pairs without."""
    rng = np.random.default_rng(seed + 1)
    tariffs = rng.uniform(0.0, high, (size, size)) * (rng.random((size, size)) < 0.6)
    np.fill_diagonal(tariffs, 0.0)
    return tariffs


def textbook(flows: list[list[float]], elasticity: float = 4.0) -> OneSector:
    """Plain gravity: no local labour, fixed hours, constant returns, trade in balance."""
    codes = ("USA", "CHN", "JPN", "DEU", "FRA")[: len(flows)]
    variant = Variant(trade_elasticity=elasticity, labour_supply=0.0, scale=0.0, pass_through=1.0)
    return one_sector(Economy(codes, np.array(flows), np.zeros(len(flows))), variant)


@dataclass(frozen=True)
class SplitResponse:
    """An answer of `Split`."""

    inner: object
    parts: np.ndarray

    @property
    def welfare(self) -> np.ndarray:
        """As of the world inside."""
        return self.inner.welfare

    def pull(self, weights: np.ndarray, importer: int) -> np.ndarray:
        """By exporter and sector."""
        return self.inner.pull(weights, importer)[:, None] * self.parts[:, importer]


@dataclass(frozen=True)
class Split:
    """A one-sector world that pretends to have sectors: the mean of a pair's tariffs is what it answers."""

    inner: OneSector
    parts: np.ndarray
    sectors: tuple[str, ...] = ("farm", "shop")

    @property
    def iso3(self) -> tuple[str, ...]:
        """Codes."""
        return self.inner.iso3

    @property
    def tariffs(self) -> np.ndarray:
        """None."""
        return np.zeros(self.parts.shape)

    @property
    def imports(self) -> np.ndarray:
        """By sector."""
        return self.inner.imports[:, :, None] * self.parts

    def respond(self, tariffs: np.ndarray, near: SplitResponse | None = None) -> Solution:
        """Answer the mean tariff."""
        start = None if near is None else near.inner
        got = self.inner.respond((tariffs * self.parts).sum(axis=2), start)
        answer = SplitResponse(got.value, self.parts)
        return Solution(answer, got.status, got.residual, got.iterations, got.cpu_seconds)


def make_split(inner: OneSector, seed: int = 0) -> Split:
    """Split each flow in two at random."""
    first = np.random.default_rng(seed).uniform(0.2, 0.8, inner.imports.shape)
    return Split(inner, np.stack([first, 1.0 - first], axis=2))


@pytest.fixture(scope="session")
def worlds() -> SimpleNamespace:
    """Makers of worlds and tariffs."""
    return SimpleNamespace(
        model=make_model, tariffs=make_tariffs, textbook=textbook, split=make_split, plain=TEXTBOOK
    )
