"""The brief: findings, figures and one self-contained page, with evidence for every number.

`find` works out what there is to say; `write_brief` writes it down; `headline` says it in
three lines.
"""

from kedge.brief.findings import Findings, find
from kedge.brief.report import Written, write_assessment, write_brief
from kedge.brief.sentences import headline

__all__ = ["Findings", "Written", "find", "headline", "write_assessment", "write_brief"]
