"""What a solver hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from kedge.core.errors import NotConverged

Value = TypeVar("Value", covariant=True)
Status = Literal["converged", "stalled", "out_of_iterations", "not_finite"]


@dataclass(frozen=True)
class Solution(Generic[Value]):
    """A solver's best point with the facts needed to judge it.

    Parameters
    ----------
    value
        The best point found.
    status
        `converged` only if `residual` is at or under the tolerance asked for.
    residual
        Largest absolute residual of the model's equations at `value`.
    iterations
        Steps taken, over all methods tried.
    cpu_seconds
        Processor time of the solve alone.
    """

    value: Value
    status: Status
    residual: float
    iterations: int
    cpu_seconds: float

    def unwrap(self) -> Value:
        """Hand out the value, or refuse if the solver did not converge.

        Raises
        ------
        NotConverged
            The status is anything but `converged`.
        """
        if self.status != "converged":
            raise NotConverged(
                f"the solver ended {self.status} after {self.iterations} iterations with residual "
                f"{self.residual:.3g}; start nearer, take a smaller shock, or ask for the status instead",
                self,
            )
        return self.value
