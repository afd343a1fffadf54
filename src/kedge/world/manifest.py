"""The manifest beside an assessment's results: what went in, what came out, how long it took."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kedge.core.files import sha256_of, write_text
from kedge.strategy import MANIFEST, PROBLEM, problem_to_json
from kedge.world.assessment import Assessment
from kedge.world.decision import study_problem
from kedge.world.parameters import Parameter
from kedge.world.study import Study

RESULTS = ("results.parquet", "futures.parquet")
DOCUMENTS = (PROBLEM, "brief.html", "evidence.csv")
FIGURES = "figures"
PATHWAYS = "pathways.parquet"


def write_manifest(assessment: Assessment, folder: Path, timings: dict[str, float]) -> dict[str, Any]:
    """Write `problem.json` and `manifest.json` and hand back the latter.

    Call it last, when all other files are there.

    Parameters
    ----------
    assessment
        What was run.
    folder
        Folder of the results; each file of the assessment in it is listed with its checksum.
    timings : seconds
        Of the doors' own work, added to the assessment's.
    """
    provenance = assessment.provenance
    write_problem(assessment.study, assessment.parameters, folder)
    files = [folder / name for name in (*RESULTS, *DOCUMENTS) if (folder / name).is_file()]
    files += sorted(p for p in (folder / FIGURES).glob("*.*") if p.is_file() and not p.name.startswith("."))
    manifest = {
        "study": assessment.study.model_dump(mode="json", by_alias=True),
        "study_sha256": provenance.study_sha256,
        "seed": provenance.seed,
        "method": provenance.method,
        "futures": len(assessment.futures),
        "until": provenance.until,
        "plans": list(assessment.study.plan_keys),
        "versions": provenance.versions,
        "data": provenance.data_checksums,
        "started": provenance.started,
        "timings": provenance.timings | {name: round(value, 3) for name, value in timings.items()},
        "parameters": {
            p.name: {"low": p.low, "high": p.high, "distribution": p.distribution, "kind": p.kind}
            for p in assessment.parameters
        },
        "files": {p.relative_to(folder).as_posix(): sha256_of(p) for p in files},
    }
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    return manifest


def write_problem(study: Study, parameters: Sequence[Parameter], folder: Path) -> None:
    """Write `problem.json`, by which the tools of decision analysis take up a folder of results."""
    write_text(folder / PROBLEM, problem_to_json(study_problem(study, parameters)))


def write_study_alone(study: Study, folder: Path) -> None:
    """Write a manifest of the study alone, for results without a brief: enough to run the model again."""
    content = {"study": study.model_dump(mode="json", by_alias=True)}
    write_text(folder / MANIFEST, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def documents(folder: Path) -> list[Path]:
    """List an older run's brief, manifest and pathways, none of which may stand beside newer results."""
    return [folder / name for name in (MANIFEST, *DOCUMENTS, PATHWAYS)]
