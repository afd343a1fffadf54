"""Options that name a tariff schedule, and the schedule that they name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kedge.trade import Schedule


@dataclass(frozen=True)
class Measures:
    """Which measures count; each field is an option."""

    without: Annotated[list[str] | None, typer.Option(help="As if this measure had never been; repeat.")] = (
        None
    )
    adopt: Annotated[
        list[str] | None, typer.Option(help="As if this announced measure had come; repeat.")
    ] = None
    file: Annotated[Path | None, typer.Option(help="Your own measures, .toml or .csv.")] = None


def schedule_of(asked: Measures, *, extend: bool = False) -> Schedule:
    """Read the schedule: the package's, or the file's (with `extend` on top), less and plus what is named."""
    from kedge.world.trade_schedule import load_schedule, shipped_schedule

    found = shipped_schedule() if asked.file is None else load_schedule(asked.file, extend=extend)
    return found.without(*(asked.without or ())).including(*(asked.adopt or ()))
