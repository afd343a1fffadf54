"""Commands: parse, call one library function, render."""

from kedge.cli.app import main

__all__ = ["main"]
