"""Options that name a tariff schedule, and the schedule that they name."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import numpy as np

    from kedge.trade import Schedule

NEEDS_A_DAY = "--without, --adopt, --file and --extend change the measures of a day: --on"


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
    extend: Annotated[bool, typer.Option("--extend", help="Add the file to the package's measures.")] = False

    @property
    def changed(self) -> bool:
        """Whether anything but the package's own schedule was asked for."""
        return bool(self.without or self.adopt or self.file or self.extend)


def schedule_of(asked: Measures) -> Schedule:
    """Read the schedule: the package's, or the file's (with `extend` on top), less and plus what is named."""
    from kedge.world.trade_schedule import load_schedule, shipped_schedule

    if asked.extend and asked.file is None:
        raise typer.BadParameter("--extend adds a file to the package's measures; name it with --file")
    found = shipped_schedule() if asked.file is None else load_schedule(asked.file, extend=asked.extend)
    _check_adopted(found, asked.adopt or ())
    return found.without(*(asked.without or ())).including(*(asked.adopt or ()))


def _check_adopted(schedule: Schedule, names: Sequence[str]) -> None:
    announced = sorted({each.measure for each in schedule.provisions if each.status == "announced"})
    for name in names:
        if schedule.of(name) and name not in announced:
            raise typer.BadParameter(
                f"--adopt takes announced measures ({', '.join(announced) or 'there are none'}); {name} has "
                "been adopted, and --without leaves it out"
            )


def told_of(asked: Measures, day: datetime.date, what: str = "Tariffs") -> str:
    """Say in a title which tariffs these are: those in force, or what would be."""
    if not asked.changed:
        return f"{what} in force on {day}"
    return f"{what} that would be in force on {day}: {changes_of(asked)}"


def changes_of(asked: Measures) -> str:
    """Say what was left out, adopted or added; nothing if the schedule is the package's own."""
    how = [f"without {name}" for name in asked.without or ()]
    how += [f"with {name} adopted" for name in asked.adopt or ()]
    if asked.file is not None:
        how.append(f"{asked.file.name} added" if asked.extend else f"by {asked.file.name} alone")
    return ", ".join(how)


def remarks_on(
    asked: Measures, found: np.ndarray, rates: Callable[[Schedule], np.ndarray], day: datetime.date
) -> list[str]:
    """Say what of the options changes no rate on that day, and when no rate is charged at all.

    `found` are the rates as asked; `rates` works out those of another schedule.
    """
    if not found.any():
        return [f"No measure charges anything on {day}."]
    said = []
    for option in ("without", "adopt"):
        names: list[str] = getattr(asked, option) or []
        for name in names:
            others: dict[str, Any] = {option: [each for each in names if each != name]}
            if (rates(schedule_of(replace(asked, **others))) == found).all():
                said.append(f"--{option} {name} changes no rate on {day}.")
    return said


def remark(lines: list[str]) -> None:
    """Print remarks beside the answer, where they disturb neither tables nor objects."""
    for line in lines:
        typer.echo(line, err=True)


def check_percent(option: str, value: float, most: float) -> None:
    """Refuse what is no percentage; say how a number that looks like a share was read.

    Raises
    ------
    BadParameter
        Not above zero and at most `most`.
    """
    if not 0.0 < value <= most:
        raise typer.BadParameter(f"{option} should be percent, above 0 and at most {most:g}, found {value:g}")
    if value < 1.0:
        remark([f"{option} {value:g} is read as {value:g} %, not {100 * value:g} %."])
