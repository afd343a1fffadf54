"""`kedge trade`."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add this group to the command tree."""
