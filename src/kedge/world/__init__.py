"""Where the rooms meet: the study file and the joint model.

Names are looked up when they are first used: to read a study is not to load what runs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.core.late import late_names

if TYPE_CHECKING:
    from kedge.world.assessment import MEASURES, Assessment, Paths, Provenance, Series
    from kedge.world.manifest import write_manifest
    from kedge.world.parameters import Parameter, default_parameters
    from kedge.world.patron import PatronBeliefs, patron_beliefs
    from kedge.world.run import AssessOptions, assess, study_parameters
    from kedge.world.setting import Setting, build_setting
    from kedge.world.study import Study, load_study, parse_study

__all__ = [
    "MEASURES",
    "AssessOptions",
    "Assessment",
    "Parameter",
    "Paths",
    "PatronBeliefs",
    "Provenance",
    "Series",
    "Setting",
    "Study",
    "assess",
    "build_setting",
    "default_parameters",
    "load_study",
    "parse_study",
    "patron_beliefs",
    "study_parameters",
    "write_manifest",
]

__getattr__, __dir__ = late_names(
    __name__,
    {
        "assessment": "MEASURES Assessment Paths Provenance Series",
        "manifest": "write_manifest",
        "parameters": "Parameter default_parameters",
        "patron": "PatronBeliefs patron_beliefs",
        "run": "AssessOptions assess study_parameters",
        "setting": "Setting build_setting",
        "study": "Study load_study parse_study",
    },
)
