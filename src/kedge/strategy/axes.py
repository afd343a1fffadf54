"""Names of the axes that the room's arrays have."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int

Futures = Float[np.ndarray, "future uncertainty"]
Values = Float[np.ndarray, "plan future measure"]
Value = Float[np.ndarray, "plan future"]
Holds = Bool[np.ndarray, "plan future"]
PerFuture = Float[np.ndarray, "future"]
OfInterest = Bool[np.ndarray, "future"]
PerPlan = Float[np.ndarray, "plan"]
PlanByPlan = Float[np.ndarray, "plan other"]
Scores = Float[np.ndarray, "metric plan"]
Drawn = Float[np.ndarray, "resample row"]
Rows = Float[np.ndarray, "row future"]
Counts = Int[np.ndarray, "resample future"]
