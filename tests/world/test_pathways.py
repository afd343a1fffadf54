"""Pathways of a study: static plans stay as they are, turns follow their rule, refusals name the key."""

from __future__ import annotations

import numpy as np
import pytest

from kedge.core.errors import DomainError, StudyError, UnknownName
from kedge.strategy import NEVER, run_pathway
from kedge.world import MEASURES, parse_study
from kedge.world.ground import SERIES_INDEX
from kedge.world.lever_paths import BEGUN, COLUMNS, path_rows, plan_paths, turn_to
from kedge.world.model import yearly_series
from kedge.world.pathway_files import pathway_frame
from kedge.world.pathway_model import stage_world
from kedge.world.pathway_plans import Crossroads, adaptive_plan, level_names
from kedge.world.pathways import PathwayOptions, run_pathways
from kedge.world.study import study_fingerprint
from kedge.world.study_pathways import Pathway

from .conftest import JAPAN

SOME = 256


@pytest.fixture(scope="module")
def crossroads(japan, japan_run):
    setting, parameters, futures, _ = japan_run
    return Crossroads(plan_paths(japan, setting.levers), stage_world(setting, parameters, futures[:SOME]))


def through(crossroads, path):
    world = crossroads.world
    return world.model(path[None], np.zeros(SOME, dtype=np.int64), world.places)


def test_a_static_plan_is_the_same_along_its_path(crossroads, japan_run):
    """To rounding alone: two compiled functions may round a product and a sum together or apart."""
    setting, parameters, futures, values = japan_run
    series = yearly_series(setting, parameters, futures[:64])
    for k, path in enumerate(crossroads.paths.path):
        found = through(crossroads, path)
        assert found.values == pytest.approx(values[k, :SOME], rel=1e-9, abs=1e-9)
        assert found.signposts[:64] == pytest.approx(series[:, k], rel=1e-9, abs=1e-9)


def test_paths_side_by_side_do_not_touch_one_another(crossroads):
    world, path_of = crossroads.world, np.random.default_rng(1).integers(0, 4, SOME)
    found = world.model(crossroads.paths.path, path_of, world.places)
    alone = np.stack([through(crossroads, path).values for path in crossroads.paths.path])
    assert found.values.tobytes() == alone[path_of, np.arange(SOME)].tobytes()


def test_turning_to_the_same_plan_changes_nothing_that_has_arrived(crossroads):
    autonomy = crossroads.paths.path[3]
    turned = turn_to(crossroads.paths, "plan_a")(crossroads.paths.path[0], 5)
    assert np.array_equal(turned, crossroads.paths.path[0])
    # Half-way, a plan that is begun anew takes its own years again, from where it stands.
    again = turn_to(crossroads.paths, "autonomy")(autonomy, 5)
    assert (again[5:, 0] < autonomy[5:, 0]).all()
    assert (np.diff(again[:, 0]) > 0).all()


def test_a_turn_moves_in_a_straight_line_from_where_the_path_stands(crossroads):
    turned = turn_to(crossroads.paths, "plan_a_plus")(crossroads.paths.path[0], 4)
    share = turned[:, COLUMNS["defence_share"]]
    assert share[:4] == pytest.approx(crossroads.paths.path[0][:4, 0])
    # Plan A+ takes 2025 to 2035, eleven years: from 2.0 in 2028 to 3.0 in 2039.
    assert share[3:15] == pytest.approx(np.linspace(2.0, 3.0, 12))
    assert share[15] == pytest.approx(3.0)
    assert turned[4:, COLUMNS["linkage"]] == pytest.approx(0.7)
    assert set(turned[:, BEGUN]) == {0.0, 4.0}


def test_years_of_a_turn_can_be_given(crossroads):
    turned = turn_to(crossroads.paths, "plan_b", years=2)(crossroads.paths.path[0], 6)
    assert turned[5:9, COLUMNS["alliance"]] == pytest.approx([1.0, 0.65, 0.3, 0.3])
    assert turned[5:9, COLUMNS["accommodation"]] == pytest.approx([0.0, 0.35, 0.7, 0.7])


def test_ties_ripen_from_the_turn_on_and_fade_from_where_they_stood(crossroads):
    depth = SERIES_INDEX["tie_depth"]
    out = turn_to(crossroads.paths, "plan_a_plus")(crossroads.paths.path[0], 3)
    back = turn_to(crossroads.paths, "plan_a")(out, 10)
    ahead, there_and_back = (through(crossroads, path).signposts for path in (out, back))
    today = ahead[:, depth, 0]
    assert np.array_equal(ahead[:, :, :10], there_and_back[:, :, :10])
    assert (ahead[:, depth, :4] == today[:, None]).all()
    assert ahead[:, depth, -1].mean() > today.mean() + 0.03
    assert (np.diff(there_and_back[:, depth, 10:], axis=1) <= 1e-12).all()
    assert (there_and_back[:, depth, 10:] >= today[:, None] - 1e-12).all()


def test_a_plan_turned_to_at_once_ripens_as_the_static_one_a_year_later(crossroads):
    """Seven years to mature, from 2026 instead of 2025, and the same delay and share realised."""
    depth = SERIES_INDEX["tie_depth"]
    turned = turn_to(crossroads.paths, "plan_a_plus")(crossroads.paths.path[0], 1)
    late, early = (
        through(crossroads, path).signposts[:, depth] for path in (turned, crossroads.paths.path[1])
    )
    assert late[:, 1:] == pytest.approx(early[:, :-1], abs=1e-12)


def test_mixed_years_reckon_as_unmixed_ones(crossroads):
    """Ties sought anew that are today's change nothing, though the year takes the other road."""
    path = crossroads.paths.path[3].copy()
    plain = through(crossroads, path)
    path[6:, BEGUN] = 6.0
    levers, turns = path_rows(path[None])
    assert turns.turn[0].tolist() == [0] * 6 + [1] * 10
    assert len(levers.strike) == 2
    mixed = through(crossroads, path)
    assert mixed.values == pytest.approx(plain.values, rel=1e-12, abs=1e-12)
    assert mixed.signposts == pytest.approx(plain.signposts, rel=1e-9, abs=1e-12)


def test_a_pathway_whose_signpost_never_calls_is_its_plan_bit_for_bit(crossroads, japan):
    pathway = japan.pathways["hedge"]
    quiet = {"plan_a_plus.patron_commitment": -1.0}
    plan = adaptive_plan(crossroads, "hedge", pathway, quiet)
    world = crossroads.world
    run = run_pathway(plan, world.model, world.places, world.timeline)
    assert run.values.tobytes() == through(crossroads, plan.start).values.tobytes()


def test_a_pathway_that_always_turns_is_the_hybrid_bit_for_bit_but_for_its_cost(crossroads, japan):
    pathway = japan.pathways["settle"]
    loud = {"plan_b.patron_commitment": 2.0, "plan_b.challenger_wins": -1.0}
    plan, world = adaptive_plan(crossroads, "settle", pathway, loud), crossroads.world
    run = run_pathway(plan, world.model, world.places, world.timeline)
    assert (run.decided == 2030).all()
    hybrid = through(crossroads, turn_to(crossroads.paths, "plan_b")(plan.start, 7)).values
    cost = [m.name for m in MEASURES].index("fiscal_cost")
    others = [k for k in range(len(MEASURES)) if k != cost]
    assert np.array_equal(run.values[:, others], hybrid[:, others])
    assert run.values.tobytes() == (hybrid + run.costs).tobytes()
    rate = world.records["discount_rate"] / 100
    weight = (1 + rate) ** -5.0 / sum((1 + rate) ** -float(t) for t in range(16))
    assert run.costs[:, cost] == pytest.approx(0.3 * weight)


def test_a_whole_answer_sets_pathways_beside_plans(japan, japan_run):
    futures = japan_run[2][:SOME]
    answer = run_pathways(japan, futures, PathwayOptions(tune=True, seed=2), only="settle")
    table = answer.table()
    assert table["kind"].to_list() == ["static"] * 4 + ["adaptive"]
    assert answer.values == pytest.approx(japan_run[3][:, :SOME], rel=1e-9, abs=1e-9)
    result = answer.results[0]
    assert result.tuned is not None
    assert set(result.tuned.levels) == set(level_names(japan.pathways["settle"]))
    frame = pathway_frame(answer)
    decided = frame["year_1"].to_numpy()
    assert np.array_equal(np.isnan(decided), result.run.decided[:, 0] == NEVER)
    assert frame["switch_1"].drop_nulls().unique().to_list() in ([], ["plan_b"])
    assert sum(line.share for line in result.drawn.lines) == pytest.approx(np.ones(16))
    assert answer.gains().height == 4


def test_the_fingerprint_of_a_study_without_pathways_is_as_it_was(japan):
    text = JAPAN.read_text("utf-8").split("# --- Pathways")[0]
    bare = parse_study(text)
    assert "pathways" not in bare.model_dump()
    assert study_fingerprint(bare) == "9401d0836b9bf2ea7ca1451cc7b28149f879b565f9daf689115ede09129bef4a"
    assert study_fingerprint(japan) != study_fingerprint(bare)


def test_levels_of_one_series_used_twice_have_names_of_their_own():
    when = [{"series": "tariff", "above": 0.1}, {"series": "tariff", "below": 0.3}]
    pathway = Pathway.model_validate(
        {"label": "P", "start": "a", "switches": [{"to": "b", "name": "out", "when": when}]}
    )
    assert level_names(pathway) == {"out.tariff": 0.1, "out.tariff.2": 0.3}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('start = "plan_a_plus"', 'start = "plan_c"', "settle.start = 'plan_c': no plan has this key"),
        ('to = "plan_b"', 'to = "plan_c"', r"switches\[1\].to = 'plan_c': no plan has this key"),
        ('"challenger_wins"', '"challenger_win"', "did you mean challenger_wins"),
        ("above = 0.5", "above = 0.5, below = 0.1", "give either below or above, found 2"),
        ("above = 0.5, years", "years", "give either below or above, found 0"),
        ("lead_years = 2", "lead_years = 2.5", "expected years, a whole number from 0 to 20"),
        ("not_before = 2030", "not_before = 2050", "expected a year of the study, 2025 to 2040"),
        ("not_before = 2030", "not_before = 2030\nnot_after = 2026", "lies before not_before = 2030"),
        ('after = "plan_a_plus"', 'after = "plan_b"', "no other switch has this name"),
        ("pathways.settle", "pathways.plan_a", "pathways.plan_a: a plan has this key already"),
        ('label = "Begin A+, settle if it fails"', 'label = "plan A"', "has this label already"),
        ("fiscal_cost = 1.0", "fiscal_cost = -1.0", "expected percent of one year's GDP"),
        ("fiscal_cost = 1.0", "patron_leverage = 1.0", "unknown key"),
        ('to = "autonomy"', 'to = "plan_a_plus"', "another switch has this name"),
    ],
)
def test_a_pathway_that_means_nothing_is_refused_by_key(old, new, message):
    text = JAPAN.read_text("utf-8")
    head, tail = text.split("# --- Pathways")
    assert old in tail
    with pytest.raises(StudyError, match=message):
        parse_study(head + "# --- Pathways" + tail.replace(old, new))


def test_a_study_without_pathways_or_without_that_one_is_refused(japan, japan_run):
    bare = parse_study(JAPAN.read_text("utf-8").split("# --- Pathways")[0])
    with pytest.raises(StudyError, match="has no pathways; add a table"):
        run_pathways(bare, japan_run[2][:4])
    with pytest.raises(UnknownName, match="did you mean hedge"):
        run_pathways(japan, japan_run[2][:4], only="hedges")


def test_a_start_of_other_years_is_refused(crossroads, japan):
    plan = adaptive_plan(crossroads, "hedge", japan.pathways["hedge"])
    short = type(plan)(plan.name, plan.start[:5], plan.actions)
    with pytest.raises(DomainError, match="a row for each of 16 years"):
        run_pathway(short, crossroads.world.model, crossroads.world.places, crossroads.world.timeline)
