"""Where states stand, session by session, and how firmly that is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float, Int

FIRST_SESSION_YEAR = 1945
_Z90 = 1.6448536269514722


@dataclass(frozen=True)
class Positions:
    """Ideal points of states over sessions, in one dimension.

    Parameters
    ----------
    states
        ISO3 codes.
    sessions
        Regular sessions with votes, ascending.
    mean : standard deviations over all state-sessions
        NaN where a state cast no vote in a session.  The United States are on the positive side.
    sd : same unit
        Posterior spread.
    votes
        Votes cast by the state in the session.
    """

    states: tuple[str, ...]
    sessions: Int[np.ndarray, " session"]
    mean: Float[np.ndarray, "state session"]
    sd: Float[np.ndarray, "state session"]
    votes: Int[np.ndarray, "state session"]

    def table(self) -> pl.DataFrame:
        """List them: iso3, session, year, ideal_point, sd, q05, q95, votes."""
        row, column = np.nonzero(np.isfinite(self.mean))
        mean, sd = self.mean[row, column], self.sd[row, column]
        return pl.DataFrame(
            {
                "iso3": [self.states[at] for at in row],
                "session": self.sessions[column],
                "year": self.sessions[column] + FIRST_SESSION_YEAR,
                "ideal_point": mean,
                "sd": sd,
                "q05": mean - _Z90 * sd,
                "q95": mean + _Z90 * sd,
                "votes": self.votes[row, column],
            }
        )
