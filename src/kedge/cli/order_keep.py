"""What the commands on votes read and keep: votes, fits to start from, draws, and forecasts."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

if TYPE_CHECKING:
    import polars as pl

    from kedge.order import Forecasts, PositionFit, RollCalls, StartingPoint

FIT, DRAWS, MOST_DIMENSIONS = "fit.npz", 200, 24
COLUMNS = ("state", "call", "vote", "last", "since")


@contextlib.contextmanager
def bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr while long work runs."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(label, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def read_votes(path: Path | None) -> RollCalls:
    """Read the General Assembly's votes: a file in the UN's layout, or the catalogue's source."""
    from rich.console import Console

    from kedge.data.readers.order import read_ga_voting
    from kedge.order import gather_roll_calls
    from kedge.world.order_data import roll_calls

    with Console(stderr=True).status("reading the General Assembly's votes"):
        return roll_calls() if path is None else gather_roll_calls(read_ga_voting(path))


def read_start(folder: Path) -> StartingPoint:
    """Read the fit kept in a folder by `kedge order fit --out`.

    Raises
    ------
    MalformedFile
        The file is missing, or holds something else.
    """
    import zipfile

    import numpy as np

    from kedge.core.errors import DomainError, MalformedFile
    from kedge.order import start_from_arrays

    path = folder / FIT
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            return start_from_arrays(dict(kept))
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, DomainError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise MalformedFile(f"{path}: expected a fit kept by `kedge order fit --out`; {said}") from error


def best_fit(calls: RollCalls, start: StartingPoint | None) -> tuple[PositionFit, dict[str, Any]]:
    """Fit in the best mode and sum it up."""
    from kedge.order import fit_positions

    with bar("positions") as report:
        solution = fit_positions(calls, start=start, report=report)
    found = solution.unwrap()
    return found, {
        "roll_calls": len(found.calls),
        "votes": int(found.layout.vote.size),
        "left_out": found.dropped,
        "walk_variance_a_session": found.prior.walk,
        "lapse": found.prior.lapse,
        "status": solution.status,
        "residual": solution.residual,
        "cpu_seconds": solution.cpu_seconds,
    }


def keep_fit(found: PositionFit, folder: Path) -> None:
    """Write positions, roll calls and draws for others, and the fit to start from later."""
    import numpy as np

    from kedge.core.files import write_text, written_aside
    from kedge.order import draws_dataset

    write_text(folder / "positions.csv", found.positions.table().write_csv())
    write_text(folder / "roll_calls.csv", found.items().write_csv())
    with written_aside(folder / "draws.nc") as aside:
        draws_dataset(found, DRAWS, np.random.default_rng(1)).to_netcdf(aside, engine="scipy")
    with written_aside(folder / FIT) as aside, aside.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **found.starting_point().arrays())


def published_fit(calls: RollCalls, mode: str) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Fit in the published mode: fast, or by the exact sampler."""
    import numpy as np
    from rich.console import Console

    from kedge.core.errors import UnknownName
    from kedge.order import estimate_published

    methods: dict[str, Literal["fast", "exact"]] = {"published": "fast", "published-exact": "exact"}
    if mode not in methods:
        raise UnknownName("mode", mode, ("best", *methods))
    with Console(stderr=True).status("positions on the published scale"):
        found = estimate_published(calls, method=methods[mode])
    mixing = found.mixing
    summary = {
        "roll_calls": len(calls),
        "votes": int(found.positions.votes.sum()),
        "left_out": found.dropped,
        "sweeps": mixing.sweeps,
        "cpu_seconds": mixing.cpu_seconds,
    }
    if mode == "published-exact":
        summary |= {
            "least_effective": float(np.nanmin(mixing.effective)),
            "most_r_hat": float(np.nanmax(mixing.r_hat)),
        }
    return found.table(), summary


def numbers_in(text: str) -> tuple[int, ...]:
    """Read 12,1,3 as numbers of dimensions, from 1 to 24.

    Raises
    ------
    BadParameter
        Anything else.
    """
    if not re.fullmatch(r"\s*[1-9]\d?(\s*,\s*[1-9]\d?)*\s*", text):
        raise typer.BadParameter(
            f"--dimensions should be a number, or several such as 12,1,3; found {text!r}"
        )
    numbers = tuple(int(part) for part in text.split(","))
    if max(numbers) > MOST_DIMENSIONS:
        raise typer.BadParameter(f"--dimensions should be at most {MOST_DIMENSIONS}, found {max(numbers)}")
    return numbers


def forecasts_of(calls: RollCalls, dimensions: int) -> Forecasts:
    """Forecast every vote, or take the forecasts kept from an earlier run on the same votes."""
    from kedge.order import ForwardSettings, forecast_votes

    settings = ForwardSettings(dimensions=dimensions)
    path = _shelf() / f"{_key(calls, settings)}.parquet"
    kept = _kept(path, calls, settings)
    if kept is not None:
        return kept
    with bar("votes since 1946, each from those before it") as report:
        found = forecast_votes(calls, settings, report=report)
    _keep(path, found)
    return found


def _shelf() -> Path:
    import os

    import platformdirs

    return Path(os.environ.get("KEDGE_CACHE") or platformdirs.user_cache_path("kedge")) / "forecasts"


def _key(calls: RollCalls, settings: Any) -> str:
    """Name a set of forecasts by everything it depends on: votes, settings, code."""
    import kedge.order

    digest = hashlib.sha256(repr(settings).encode())
    for array in (calls.votes, calls.sessions, calls.text, calls.subject):
        digest.update(array.tobytes())
    digest.update("\n".join((*calls.states, *calls.ids)).encode())
    for path in sorted(Path(kedge.order.__file__ or "").parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]


def _kept(path: Path, calls: RollCalls, settings: Any) -> Forecasts | None:
    import numpy as np
    import polars as pl

    from kedge.order import Forecasts

    try:
        table = pl.read_parquet(path)
        columns = {name: table[name].to_numpy() for name in COLUMNS}
        chances = {name: table[name].to_numpy().reshape(-1, 3) for name in ("before", "given")}
        scored, spent = table["scored"].to_numpy(), float(table["cpu_seconds"][0])
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError, IndexError):
        # Whatever is wrong with what was kept, it can be made again.
        return None
    whole = {name: column.astype(np.int64) for name, column in columns.items()}
    return Forecasts(calls, **whole, **chances, scored=scored, settings=settings, cpu_seconds=spent)


def _keep(path: Path, found: Forecasts) -> None:
    import polars as pl

    from kedge.core.errors import OutputError
    from kedge.core.files import written_aside

    pairs = {
        name: pl.Series(name, getattr(found, name), dtype=pl.Array(pl.Float64, 3))
        for name in ("before", "given")
    }
    table = pl.DataFrame(
        {name: getattr(found, name) for name in COLUMNS} | pairs | {"scored": found.scored}
    ).with_columns(cpu_seconds=pl.lit(found.cpu_seconds))
    try:
        with written_aside(path) as aside:
            table.write_parquet(aside)
    except OutputError as error:
        # The answer does not depend on what is kept for next time.
        typer.echo(f"kedge: forecasts could not be kept for next time ({error})", err=True)
