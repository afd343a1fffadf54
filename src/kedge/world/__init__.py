"""Where the rooms meet: the study file and the joint model."""

from kedge.world.assess import AssessOptions, assess, study_parameters
from kedge.world.assessment import MEASURES, Assessment, Paths, Provenance, Series
from kedge.world.manifest import write_manifest
from kedge.world.parameters import Parameter, default_parameters
from kedge.world.setting import Setting, build_setting
from kedge.world.study import Study, load_study, parse_study

__all__ = [
    "MEASURES",
    "AssessOptions",
    "Assessment",
    "Parameter",
    "Paths",
    "Provenance",
    "Series",
    "Setting",
    "Study",
    "assess",
    "build_setting",
    "default_parameters",
    "load_study",
    "parse_study",
    "study_parameters",
    "write_manifest",
]
