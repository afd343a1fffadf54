"""The order room: where states stand in votes, who is tied to whom, and what just moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.core.late import late_names

if TYPE_CHECKING:
    from kedge.order.positions import Positions
    from kedge.order.published import Mixing, PublishedFit, estimate_published
    from kedge.order.published_sampler import SamplerPlan
    from kedge.order.published_votes import bridge_texts, gather_published_votes
    from kedge.order.roll_calls import RollCalls, gather_roll_calls

__all__ = [
    "Mixing",
    "Positions",
    "PublishedFit",
    "RollCalls",
    "SamplerPlan",
    "bridge_texts",
    "estimate_published",
    "gather_published_votes",
    "gather_roll_calls",
]

__getattr__, __dir__ = late_names(
    __name__,
    {
        "positions": "Positions",
        "published": "Mixing PublishedFit estimate_published",
        "published_sampler": "SamplerPlan",
        "published_votes": "bridge_texts gather_published_votes",
        "roll_calls": "RollCalls gather_roll_calls",
    },
)
