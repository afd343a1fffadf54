"""Where the rooms meet: the study file, the joint model, and answers that need data of several rooms.

Names are looked up when they are first used: to read a study is not to load what runs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.core.late import late_names

if TYPE_CHECKING:
    from kedge.world.assessment import MEASURES, Assessment, Paths, Provenance, Series
    from kedge.world.burden import BurdenAnswer, BurdenOptions, burden_answer
    from kedge.world.manifest import write_manifest
    from kedge.world.parameters import Parameter, default_parameters
    from kedge.world.patron import PatronBeliefs, patron_beliefs
    from kedge.world.run import AssessOptions, assess, study_parameters
    from kedge.world.setting import Setting, build_setting
    from kedge.world.stocks import StockAnswer, StockOptions, munitions, stock_answer
    from kedge.world.study import Study, load_study, parse_study

__all__ = [
    "MEASURES",
    "AssessOptions",
    "Assessment",
    "BurdenAnswer",
    "BurdenOptions",
    "Parameter",
    "Paths",
    "PatronBeliefs",
    "Provenance",
    "Series",
    "Setting",
    "StockAnswer",
    "StockOptions",
    "Study",
    "assess",
    "build_setting",
    "burden_answer",
    "default_parameters",
    "load_study",
    "munitions",
    "parse_study",
    "patron_beliefs",
    "stock_answer",
    "study_parameters",
    "write_manifest",
]

__getattr__, __dir__ = late_names(
    __name__,
    {
        "assessment": "MEASURES Assessment Paths Provenance Series",
        "burden": "BurdenAnswer BurdenOptions burden_answer",
        "manifest": "write_manifest",
        "parameters": "Parameter default_parameters",
        "patron": "PatronBeliefs patron_beliefs",
        "run": "AssessOptions assess study_parameters",
        "setting": "Setting build_setting",
        "stocks": "StockAnswer StockOptions munitions stock_answer",
        "study": "Study load_study parse_study",
    },
)
