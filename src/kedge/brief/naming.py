"""States by their names: what the model calls challenger and patron, the brief calls by name."""

from __future__ import annotations

import re
from dataclasses import replace

from kedge.core.errors import UnknownName
from kedge.world.assessment import Assessment
from kedge.world.study import Study

WITH_ARTICLE = {"United States", "Philippines", "United Kingdom", "Netherlands"}
"""States that English calls with an article."""

_ROLE = r"(challenger|patron|focal state)"
_WORDS = re.compile(rf"(?i)(?<!\ba )(?<!\ban )(\bthe )?\b{_ROLE}\b(['’]s)?")


def state_name(code: str) -> str:
    """Name a state by its code; the code itself where the baseline does not know it."""
    from kedge.data.baseline import state_name as known

    try:
        return known(code)
    except UnknownName:
        return code


def in_sentence(code: str) -> str:
    """Name a state as a sentence does: with its article, if English gives it one.

    Examples
    --------
    >>> in_sentence("USA"), in_sentence("JPN")
    ('the United States', 'Japan')
    """
    name = state_name(code)
    return f"the {name}" if name in WITH_ARTICLE or name.startswith("Rest of") else name


def named(text: str, study: Study) -> str:
    """Put the states' names in place of their parts in the model.

    Parameters
    ----------
    text
        Words that may speak of the challenger, the patron and the focal state.
    study
        Says who they are.
    """
    codes = {"challenger": study.challenger, "patron": study.patron, "focal state": study.country}

    def put(found: re.Match[str]) -> str:
        name = in_sentence(codes[found[2].lower()])
        if found[3]:
            name += "’" if name.endswith("s") else "’s"
        return name[:1].upper() + name[1:] if found.start() == 0 else name

    return _WORDS.sub(put, text)


def in_names(assessment: Assessment) -> Assessment:
    """Give an assessment whose labels speak of states by name."""
    study = assessment.study
    return replace(
        assessment,
        parameters=tuple(
            replace(p, label=named(p.label, study), source=named(p.source, study))
            for p in assessment.parameters
        ),
        measures=tuple(replace(m, label=named(m.label, study)) for m in assessment.measures),
        paths=replace(
            assessment.paths,
            series=tuple(replace(s, label=named(s.label, study)) for s in assessment.paths.series),
        ),
        facts=tuple(fact | {"name": _spell(fact["name"])} for fact in assessment.facts),
    )


def _spell(name: str) -> str:
    """Spell out the codes of states in a figure's name."""
    return re.sub(r"\b[A-Z]{3}\b(?!\$)", lambda found: in_sentence(found[0]), name)
