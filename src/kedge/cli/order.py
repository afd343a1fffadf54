"""`kedge order`: where states stand in votes, who is tied to whom, and what just moved."""

from __future__ import annotations

import typer

from kedge.cli import order_network, order_ties, order_votes


def register(app: typer.Typer) -> None:
    """Add this group to the command tree."""
    group = typer.Typer(
        help="Where states stand, who is tied to whom, and what just moved.", no_args_is_help=True
    )
    order_votes.register(group)
    order_ties.register(group)
    order_network.register(group)
    app.add_typer(group, name="order")
