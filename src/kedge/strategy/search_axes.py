"""Names of the axes that a search's arrays have."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int

Candidates = Float[np.ndarray, "candidate lever"]
Objectives = Float[np.ndarray, "candidate objective"]
Violations = Float[np.ndarray, "candidate constraint"]
PerCandidate = Float[np.ndarray, "candidate"]
CandidateCounts = Int[np.ndarray, "candidate"]
CandidateMarks = Bool[np.ndarray, "candidate"]
PerObjective = Float[np.ndarray, "objective"]
PerSeed = Float[np.ndarray, "seed"]
PerCheckpoint = Float[np.ndarray, "checkpoint"]
CheckpointCounts = Int[np.ndarray, "checkpoint"]
WayShares = Float[np.ndarray, "checkpoint way"]
Directions = Float[np.ndarray, "direction objective"]
Baseline = Float[np.ndarray, "future measure"]
