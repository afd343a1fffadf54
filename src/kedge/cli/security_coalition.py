"""`kedge security contingency | coalition`: whether an attack fails, and who makes it fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.cli.options import Csv, Figure, Json, emit, names_of, print_table, refuse_any, taking

if TYPE_CHECKING:
    import polars as pl

    from kedge.world.contingency_answer import Odds, Worth
    from kedge.world.contingency_file import Contingency
    from kedge.world.contingency_front import SecondFront

SOURCE = "Kedge; forces: SIPRI, World Bank; ranges in parameters.toml and contingency_ranges.toml"
NO_FORECAST = "Draws explore ranges, most of them assumed; shares of draws are no forecast."
MOST_TURNS = 6
MOST_INTENSITY = 10.0
Which = Annotated[str, typer.Argument(help="taiwan-strait, baltic, korea, or a .toml file of your own.")]
Draws = Annotated[int, typer.Option(help="Draws of everything uncertain.", min=2)]
Seed = Annotated[int, typer.Option(help="Seed of the draws.", min=0)]


@dataclass(frozen=True)
class Crisis:
    """What `kedge security contingency` is asked; each field is an option."""

    which: Which
    also: Annotated[str, typer.Option(help="A second contingency that may follow: name or file.")] = ""
    intensity: Annotated[
        float | None,
        typer.Option(help="With --also: joint activities lately, relative to all years (else from events)."),
    ] = None
    draws: Draws = 256
    seed: Seed = 1
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@dataclass(frozen=True)
class Members:
    """What `kedge security coalition` is asked; each field is an option."""

    which: Which
    group: Annotated[
        list[str] | None, typer.Option(help="Partners added up, such as Europe=GBR+FRA+DEU; repeat.")
    ] = None
    draws: Draws = 256
    seed: Seed = 1
    as_json: Json = False
    csv_file: Csv = None
    figure: Figure = None


@taking(Crisis)
def contingency(asked: Crisis) -> None:
    """Say whether an attack would fail, how likely one is made, and what changes if some stay out.

    Example: kedge security contingency taiwan-strait --also baltic
    """
    from rich.console import Console

    from kedge.world.contingency_answer import contingency_odds
    from kedge.world.contingency_file import load_contingency

    refuse_any(
        (asked.intensity is not None and not asked.also, "--intensity is of a second contingency: --also"),
        (
            asked.intensity is not None and not 0.0 <= asked.intensity <= MOST_INTENSITY,
            f"--intensity should be from 0 to {MOST_INTENSITY:g} times, found {asked.intensity}",
        ),
    )
    first = load_contingency(asked.which)
    second = load_contingency(asked.also) if asked.also else None
    with Console(stderr=True).status("drawing"):
        odds = contingency_odds(first, asked.draws, asked.seed)
        front = _front(first, second, asked) if second else None
    table = odds.table()
    result = {
        "contingency": first.name,
        "units": "percent; middle of draws, and nine in ten",
        "draws": asked.draws,
        "forces_ratio": dict(zip(("low", "middle", "high"), odds.forces(), strict=True)),
        "cases": table.to_dicts(),
        "turns_on": odds.turns().to_dicts(),
        "members": odds.members().to_dicts(),
        "second_front": None if front is None else front[0].table().to_dicts(),
        "intensity": None if front is None else front[1],
        "facts": odds.facts.rows,
    }
    figure = (asked.figure, _odds_chart(first, table), SOURCE)
    if emit(result, table, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        return
    _print_odds(first, odds)
    if front is not None and second is not None:
        heads = {"what": "", "low": "5 %", "middle": "median", "high": "95 %"}
        print_table(front[0].table(), heads, f"{second.name}, once the {first.name} is on (percent)")
        typer.echo(f"Coordination at {front[1]['ratio']:.2f} times its assumed pull: {front[1]['from']}.")
    typer.echo(NO_FORECAST)


def _front(
    first: Contingency, second: Contingency, asked: Crisis
) -> tuple[SecondFront, dict[str, float | str]]:
    """Work out the second front, at the intensity given or read off events."""
    from kedge.world.contingency_front import joint_intensity, second_front

    seen = joint_intensity(first, second) if asked.intensity is None else None
    ratio, told = asked.intensity, "as asked"
    if ratio is None:
        ratio, told = (1.0, "no series of events of the two is at hand") if seen is None else (
            seen.ratio, f"{seen.series}; {seen.rate:.1f} a year ({seen.low:.1f} to {seen.high:.1f})"
        )  # fmt: skip
    front = second_front(first, second, ratio, min(asked.draws, 128), asked.seed)
    return front, {"ratio": ratio, "from": told}


@taking(Members)
def coalition(asked: Members) -> None:
    """Say what each partner is worth, by domain, which tie adds most for its cost, and what distance takes.

    Example: kedge security coalition taiwan-strait --group Europe=GBR+FRA+DEU --figure coalition.svg
    """
    from rich.console import Console
    from rich.progress import Progress

    from kedge.world.contingency_answer import coalition_worth_of
    from kedge.world.contingency_file import load_contingency

    found = load_contingency(asked.which)
    groups = _groups(found, asked.group)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("drawing", total=asked.draws)
        worth = coalition_worth_of(
            found, asked.draws, asked.seed, lambda done, total: bar.update(task, completed=done, total=total)
        )
    table, domains = worth.table(), worth.domains()
    added = worth.domains(groups) if groups else None
    result = {
        "contingency": found.name,
        "units": "points of the chance that the attack fails; gain_for_cost: per percent of GDP a year",
        "draws": asked.draws,
        "members": table.to_dicts(),
        "leading": 100 * float(worth.leading.mean()),
        "domains": domains.to_dicts(),
        "groups": None if added is None else added.to_dicts(),
        "network": _network(worth),
    }
    figure = (asked.figure, _waterfall(found, worth), SOURCE)
    if not emit(result, table, as_json=asked.as_json, csv_file=asked.csv_file, figure=figure):
        _print_worth(found, worth, table)
        _print_domains(added if added is not None else domains)
        _print_network(worth)
        typer.echo(NO_FORECAST)


def _groups(found: Contingency, given: list[str] | None) -> dict[str, tuple[str, ...]]:
    """Read groups of partners: the file's, or those given as Name=AAA+BBB."""
    if not given:
        return dict(found.groups)
    known = [each.state for each in found.partners]
    groups = {}
    for text in given:
        name, _, listed = text.partition("=")
        members = tuple(listed.split("+")) if listed else ()
        wrong = [each for each in members if each not in known]
        if not name or not members or wrong or len(set(members)) < len(members):
            raise typer.BadParameter(
                f"--group should look like Europe=GBR+FRA, each once, of {', '.join(known)}; found {text!r}"
            )
        groups[name] = members
    return groups


def _print_odds(found: Contingency, odds: Odds) -> None:
    heads = {
        "case": "", "fails_low": "fails: 5 %", "fails": "median", "fails_high": "95 %",
        "attack": "made a year", "lost": "made and won",
    }  # fmt: skip
    print_table(odds.table(), heads, f"{found.name}: chance that the attack fails (percent)")
    low, middle, high = odds.forces()
    typer.echo(
        f"All who could come and those attacked: {middle:.2f} times the attack's strength ({low:.2f} to "
        f"{high:.2f}). A stalemate counts as failing. Made a year: median; as things are it is the assumed "
        "base rate, the same for every contingency (0.4 to 6 %), and only its change between cases is worked "
        "out. The treaty's own effect, which goes where the patron stays out, may have either sign. Strike: "
        "worth 1 % of one year's GDP."
    )
    names = names_of()
    members = odds.members().sort("share", descending=True)
    members = members.with_columns(state=members["state"].replace(names))
    heads = {
        "state": "", "comes_low": "comes: 5 %", "comes": "median", "comes_high": "95 %",
        "share": "of strength",
    }  # fmt: skip
    print_table(members, heads, "Who may come, and its share of all that the defence could bring (percent)")
    typer.echo("What is left of the strength are those attacked.")
    heads = {"label": "", "kind": "kind", "low": "low third", "high": "high third"}
    title = "What it turns on: chance that the attack fails, by assumption (percent)"
    print_table(odds.turns().head(MOST_TURNS), heads, title)


def _print_worth(found: Contingency, worth: Worth, table: pl.DataFrame) -> None:
    shown = table.with_columns(state=table["state"].replace(names_of()))
    heads = {
        "state": "", "mean": "worth", "low": "5 %", "middle": "median", "high": "95 %",
        "pivotal": "pivotal, %", "tie_points": "deeper tie",
    }  # fmt: skip
    print_table(
        shown, heads, f"{found.name}: what each is worth, in points of the chance that the attack fails"
    )
    crossed = float(table["pivotal"].sum())
    typer.echo(
        f"Worth: Shapley value, mean over draws; together {100 * worth.all_in.mean():.1f} points. Pivotal: "
        f"share of orders in which it carries the chance across one half (in {crossed:.0f} % somebody does). "
        f"Deeper tie: points for a tenth more depth with {names_of()[found.anchor]}, at "
        f"{worth.tie_cost.mean():.3f} % of GDP a year (assumed)."
    )
    if found.patron is not None:
        typer.echo(
            f"Of {names_of()[found.patron.state]}'s worth, {100 * worth.leading.mean():.2f} points are the "
            "partners that come because it does."
        )


def _print_domains(table: pl.DataFrame) -> None:
    heads = {
        "who": "", "domain": "", "mean": "worth", "low": "5 %", "high": "95 %", "at_home": "if near",
        "lost": "distance takes", "lost_low": "5 %", "lost_high": "95 %",
    }  # fmt: skip
    print_table(table, heads, "By domain, points (mean over draws)")


def _network(worth: Worth) -> dict[str, Any]:
    network, states = worth.network, worth.states
    return {
        "war_stable": network.holds,
        "open_to_attack": [
            {
                "target": states[each.target],
                "attackers": [states[k] for k in each.attackers],
                "ratio": each.ratio,
            }
            for each in network.threats
        ],
        "idle_ties": [[states[a], states[b]] for a, b in network.idle],
    }


def _print_network(worth: Worth) -> None:
    network = worth.network
    said = f"{len(network.threats)} of {len(worth.states)} states are open to attack by strength alone"
    typer.echo(
        "Would today's obligations last by defence alone (Jackson & Nei 2015: anybody may attack anybody, "
        f"an ally too; distance left out)? {'Yes' if network.holds else 'No'}: {said}; {len(network.idle)} "
        "ties are needed by neither side."
    )


def _odds_chart(found: Contingency, table: pl.DataFrame) -> Any:
    def draw() -> Any:
        from kedge.brief.charts_security import odds_chart

        middle = dict(table.select("case", "fails").rows())
        title = f"{found.name}: the attack fails in {middle['as things are']:.0f} % in the middle draw"
        return odds_chart(table, title, "Dot: middle draw; line: nine in ten. No forecast.")

    return draw


def _waterfall(found: Contingency, worth: Worth) -> Any:
    def draw() -> Any:
        from kedge.brief.charts_security import waterfall_chart

        names = names_of()
        table = worth.table().with_columns(who=worth.table()["state"].replace(names))
        alone = 100 * float(worth.alone.mean())
        together = alone + 100 * float(worth.all_in.mean())
        ends = (("nobody comes", alone), ("all may come", together))
        most, next_best = table.row(0, named=True), table.row(1, named=True)
        title = (
            f"{found.name}: {most['who']} adds {most['mean']:.1f} points, {next_best['who']} "
            f"{next_best['mean']:.1f}"
        )
        return waterfall_chart(
            table, ends, title, "Mean Shapley value over draws; line: nine in ten. No forecast."
        )

    return draw
