"""`kedge study`: write, check and describe study files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kedge.core.errors import OutputError, StudyError

if TYPE_CHECKING:
    from kedge.world.study import PlanLevers, Study


def register(app: typer.Typer) -> None:
    """Add this group to the command tree."""
    group = typer.Typer(
        name="study",
        help="Write, check and describe study files.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    for command in (new, check, schema):
        group.command(command.__name__)(command)
    app.add_typer(group)


def new(
    country: Annotated[str, typer.Argument(metavar="ISO3", help="State of the baseline, such as KOR.")],
    out: Annotated[Path | None, typer.Option(help="File to write; left out, standard output.")] = None,
    patron: Annotated[str | None, typer.Option(metavar="ISO3", help="Main ally.")] = None,
    challenger: Annotated[str | None, typer.Option(metavar="ISO3", help="State to deter.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> None:
    """Write a working, commented study for a state: Plan A, A+, B and Autonomy."""
    from kedge.core.files import write_text
    from kedge.world.study_draft import draft_facts, draft_study

    if out is not None and out.exists() and not force:
        raise OutputError(f"{out} is there already; choose another --out, or give --force to replace it")
    text = draft_study(country, draft_facts(), patron, challenger)
    if out is None:
        typer.echo(text, nl=False)
        return
    write_text(out, text)
    typer.echo(f"{out} written; edit it, then: kedge study check {out}")


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Study files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check study files, and say what they were understood to mean."""
    from kedge.world.study import check_study

    checked: list[tuple[Path, Study]] = []
    refused: list[str] = []
    for file in files:
        try:
            checked.append((file, check_study(file)))
        except StudyError as error:
            refused.append(str(error))
    if as_json:
        studies = {str(file): _summary(study) for file, study in checked}
        typer.echo(
            json.dumps({"valid": not refused, "studies": studies, "errors": refused}, ensure_ascii=False)
        )
    else:
        typer.echo("\n\n".join(_described(file, study) for file, study in checked))
        for message in refused:
            typer.echo(f"kedge: {message}", err=True)
    if refused:
        raise typer.Exit(StudyError.exit_code)


def schema(
    out: Annotated[Path | None, typer.Option(help="File to write; left out, standard output.")] = None,
) -> None:
    """Print the study file's JSON Schema, for editors that check TOML."""
    from kedge.core.files import write_text
    from kedge.world.schema import study_json_schema
    from kedge.world.study import known_states

    text = json.dumps(study_json_schema(known_states()), indent=1, ensure_ascii=False) + "\n"
    if out is None:
        typer.echo(text, nl=False)
        return
    write_text(out, text)
    typer.echo(f'{out} written; name it in the first line of a study: "#:schema {out}"')


def _summary(study: Study) -> dict[str, Any]:
    from kedge.world.study import study_fingerprint

    content = study.model_dump(mode="json", by_alias=True)
    return content | {"fingerprint": study_fingerprint(study)}


def _described(file: Path, study: Study) -> str:
    against = ", ".join([study.challenger, *study.challenger_partners])
    lines = [
        f"{file}: ok",
        f"  {study.title}",
        f"  {study.country} with {study.patron} against {against}, {study.first_year}-{study.last_year}",
        f"  theatre: {study.theatre.name} (distances to {study.theatre.location})",
        f"  partners: {', '.join(study.partner_states) or 'none'}",
        f"  uncertainties changed: {len(study.uncertainties)}",
    ]
    for key, plan in study.plans.items():
        mark = " (reference)" if key == study.reference_plan else ""
        lines.append(f"  {key}: {plan.label}{mark}: {', '.join(_levers(plan)) or 'everything as today'}")
    return "\n".join(lines)


def _levers(plan: PlanLevers) -> list[str]:
    """Name the levers that a plan moves."""
    moved = plan.model_dump(exclude_defaults=True, exclude={"label", "description"})
    return [f"{name} {_lever(value)}" for name, value in moved.items()]


def _lever(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"target", "year"}:
        return f"{value['target']:g} by {value['year']}"
    if isinstance(value, dict):
        return "(" + " ".join(f"{key} {part:g}" for key, part in value.items()) + ")"
    return f"{value:g}"
