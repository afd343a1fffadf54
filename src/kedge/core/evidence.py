"""Where a number comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["measured", "published", "assumed", "computed"]


@dataclass(frozen=True)
class Evidence:
    """What stands behind one printed number.

    Parameters
    ----------
    kind
        `measured` (read from a dataset), `published` (taken from a paper),
        `assumed` (a judgement, carried as a range) or `computed` (by Kedge).
    source
        Source key of the catalogue or baseline, or the dotted name of the function.
    detail
        Row, column, parameters, seed: whatever leads back to the one number.
    """

    kind: Kind
    source: str
    detail: dict[str, Any] = field(default_factory=dict)
