"""`kedge security`: capability, contest, commitment, beliefs, contingencies, coalitions, burdens, stocks."""

from __future__ import annotations

import typer

from kedge.cli.security_beliefs import beliefs
from kedge.cli.security_burden import burden, stocks
from kedge.cli.security_capability import capability
from kedge.cli.security_coalition import coalition, contingency
from kedge.cli.security_commitment import commitment
from kedge.cli.security_contest import contest


def register(app: typer.Typer) -> None:
    """Add this group to the command tree."""
    group = typer.Typer(help="Who would come, and what each tie is worth.", no_args_is_help=True)
    group.command("capability")(capability)
    group.command("contest")(contest)
    group.command("commitment")(commitment)
    group.command("contingency")(contingency)
    group.command("coalition")(coalition)
    group.command("beliefs")(beliefs)
    group.command("burden")(burden)
    group.command("stocks")(stocks)
    app.add_typer(group, name="security")
