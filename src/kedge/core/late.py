"""A room's public names, looked up when they are first used (PEP 562)."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def late_names(room: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make a room's `__getattr__` and `__dir__`, so that importing it loads none of its modules.

    Parameters
    ----------
    room
        Dotted name of the package, its `__name__`.
    homes
        Public names of each module, with spaces between them.  No module may bear a public name: once
        loaded, it would be found in the name's place.

    Returns
    -------
    tuple
        To be assigned to `__getattr__` and `__dir__`.

    Examples
    --------
    >>> find, _ = late_names("kedge.core", {"files": "write_text written_aside"})
    >>> find("write_text").__module__
    'kedge.core.files'
    """
    home_of = {name: module for module, names in homes.items() for name in names.split()}

    def find(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{room}.{home_of[name]}"), name)

    def names() -> list[str]:
        return sorted({*vars(sys.modules[room]), *home_of})

    return find, names
