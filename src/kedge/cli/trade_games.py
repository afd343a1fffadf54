"""What commands on tariff games share: their options, checks and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.trade_options import NEEDS_A_DAY, Measures, check_percent, remark

if TYPE_CHECKING:
    from kedge.trade import TradeModel
    from kedge.trade.nash import NashTariffs

SOURCE = "Kedge; models of Ignatenko et al. (2025) and Caliendo & Parro (2015)"
KINDS = ("uniform", "partner", "sector", "partner_sector")

Data = Annotated[str, typer.Option(help="A data set of one sector or many; kedge trade simulate --list.")]
Elasticities = Annotated[str, typer.Option(help="Set of elasticities (many sectors): CP, U4, …")]
Levers = Annotated[str, typer.Option(help="Tariffs to set: uniform, partner, sector or partner_sector.")]
On = Annotated[str, typer.Option(help="Others' tariffs as in force on this day (else the data's own).")]
Highest = Annotated[float, typer.Option(help="Highest tariff allowed, percent.")]


def model_of(asked: Any) -> tuple[TradeModel, dict[str, str]]:
    """Give the world that was asked for, and names by code."""
    from kedge.world.trade_data import trade_model

    return trade_model(asked.data, asked.elasticities)


def check_game(asked: Any) -> None:
    """Refuse options that make no sense for this question."""
    from kedge.world.trade_data import ONE_SECTOR

    if asked.levers not in KINDS:
        raise typer.BadParameter(f"--levers should be one of {', '.join(KINDS)}, found {asked.levers!r}")
    if asked.elasticities and asked.data in ONE_SECTOR:
        raise typer.BadParameter(f"--elasticities are for data of many sectors; {asked.data} has one")
    if isinstance(asked, Measures) and asked.changed and not getattr(asked, "on", ""):
        raise typer.BadParameter(NEEDS_A_DAY)
    check_percent("--highest", getattr(asked, "highest", 200.0), 1000.0)


def say_groups(model: TradeModel, wanted: Sequence[str]) -> None:
    """Say which members a group has in this data set, where some are not in it by themselves."""
    from kedge.trade.levers import GROUPS

    for name in wanted:
        members = [code for code in GROUPS.get(name, ()) if code in model.iso3]
        if members and "XEU" not in members and len(members) < len(GROUPS[name]) - 1:
            remark([f"{name} here: {', '.join(members)}; its other members are in the rest of the world."])


def sets_told(asked: Any) -> str:
    """Say which trade elasticities an answer rests on."""
    from kedge.world.trade_data import MANY_SECTORS, elasticities_told

    if asked.data in MANY_SECTORS:
        return elasticities_told(asked.data, asked.elasticities)
    return "Trade elasticity: 4 (the one-sector model's)."


def said(label: str) -> str:
    """Put a lever's label in words."""
    who, _, what = label.rpartition(":")
    words = "everything" if what == "all" else what
    return f"{who}: {words}" if who else words


def listed(rates: dict[str, float], most: int = 8) -> str:
    """Put the first rates of a player in a line."""
    told = ", ".join(f"{said(label)} {100 * rate:.1f} %" for label, rate in list(rates.items())[:most])
    return told if len(rates) <= most else f"{told} and {len(rates) - most} more (--json has all)"


def players_of(value: NashTariffs) -> list[dict[str, Any]]:
    """Give players as records."""
    return [
        {
            "player": each.levers.player.name,
            "rates": dict(zip(each.levers.labels, each.rates.tolist(), strict=True)),
            "value": each.value,
            "gain_by_deviating": each.gain,
            "second_order_holds": None if each.curvature is None else each.curvature.holds,
        }
        for each in value.players
    ]
