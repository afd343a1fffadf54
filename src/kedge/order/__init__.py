"""The order room: where states stand in votes, who is tied to whom, and what just moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.core.late import late_names

if TYPE_CHECKING:
    from kedge.order.positions import Positions
    from kedge.order.roll_calls import RollCalls, gather_roll_calls

__all__ = [
    "Positions",
    "RollCalls",
    "gather_roll_calls",
]

__getattr__, __dir__ = late_names(
    __name__,
    {
        "positions": "Positions",
        "roll_calls": "RollCalls gather_roll_calls",
    },
)
