"""The shallow lake: a robust rule for a system with a tipping point.  A tutorial with published answers.

Run it: `python docs/tutorials/shallow_lake.py`.  It takes about ten seconds; the comments say what it
prints.

A town lets phosphorus into its lake, which is worth something: farms, houses, industry.  The lake loses
some of it every year and gets some back from its sediment.  Beyond a tipping point it gets back more than
it loses: it turns murky by itself and stays so.  Nobody knows how much it loses (b), how steeply it
recycles (q), or how much flows in from nature.  Carpenter, Ludwig & Brock (1999) posed the problem; Quinn,
Reed & Keller (2017) published rules of release, and how these fare when the lake is not as expected.  We
judge their rules, search for one of our own, and ask when and why rules fail.  The model is in `lake.py`,
the problem in `lake.toml`, both beside this file.
"""

from pathlib import Path

import lake  # the model's own file, for what only this page needs
import numpy as np

from kedge.strategy import (
    draw_futures,
    find_box,
    find_drivers,
    load_problem,
    run_in_memory,
    saltelli_futures,
    satisfied,
    sobol_indices,
)
from kedge.strategy.search_settings import Evaluation, SearchSettings
from kedge.strategy.searching import search

declared = load_problem(Path(__file__).with_name("lake.toml"))
problem = declared.problem
names, measures = problem.names_of("uncertainties"), problem.names_of("measures")
RELIABILITY, UTILITY = measures.index("reliability"), measures.index("utility")
EXPECTED = np.array([[0.42, 2.0, 0.03, np.sqrt(1e-5), 0.98, 0.0]])

# 1. The lake that was expected.  Its tipping point can be checked by hand: with q = 2 it is (1 - sqrt(1 -
# 4 b^2)) / 2b.  Below it, what the lake can bear for ever is little.

tipping = float(lake.critical_phosphorus(0.42, 2.0))
levels = np.linspace(0, tipping, 100_001)
bearable = float((0.42 * levels - levels**2 / (1 + levels**2)).max()) - 0.03
print("1. The expected lake (b = 0.42, q = 2)")
print(f"   tips at {tipping:.4f} (published: 0.5445); bears a release of {bearable:.4f} a year for ever")

# 2. Three published rules.  Each says how much to release when so much is in the lake.  Where a rule never
# tips the lake, its published utility is ours.  Where it may, utility is an average over two lakes: about
# 0.35 from a live one and 1.7 from a dead one, which needs no sparing.  With the authors' 100 courses of
# inflow such an average has a standard error of 0.04 to 0.05, and an optimiser picks the lucky ones.  With
# 2,000 courses the luck is gone.

rules = problem.lever_table
same_lake = lake.Lakes(*np.repeat(EXPECTED, len(rules), axis=0).T)
found = lake.follow(lake.radial_rule(rules), same_lake, lake.inflow_noise(2000, seed=8))
printed = {"most_reliable": (0.333, 1.0), "most_robust": (0.492, 0.901), "most_useful": (0.570, 0.850)}
print("2. Three published rules in the expected lake: utility and reliability (as published)")
for plan, row in zip(problem.plans, found, strict=True):
    utility, reliability = printed[plan.key]
    print(f"   {plan.key:14} {row[UTILITY]:.3f} ({utility:.3f})  {row[RELIABILITY]:.3f} ({reliability:.3f})")

# 3. The same rules when the lake is not as expected: a thousand futures from the published ranges.  A rule
# succeeds where utility is above 0.2 and the lake below its tipping point in 95 % of years.

futures = draw_futures(problem.uncertainties, 1024, seed=1)
values = run_in_memory(declared.model.of_plans(), futures, problem.names_of("plans"), measures)
succeeds = satisfied(values, problem.measures, problem.thresholds)
published = {"most_reliable": 0.401, "most_robust": 0.552, "most_useful": 0.413}
print("3. Share of futures in which they succeed")
for plan, share in zip(problem.plans, succeeds.mean(axis=1), strict=True):
    print(f"   {plan.key:14} {share:.3f}  (published: {published[plan.key]:.3f})")

# 4. Search in the expected lake, as the authors did: four objectives, reliability of 0.85 at least.  What
# a rule that never tips can earn comes out as published.  Judging what was found in 128 other futures and
# taking the rule that succeeds most often is many-objective robust decision making.


def shares(candidates, worlds):
    """Share of futures in which each rule is useful, reliable, and both."""
    judged = declared.model(candidates, worlds)
    useful, reliable = (
        satisfied(judged, problem.measures, {name: problem.thresholds[name]})
        for name in ("utility", "reliability")
    )
    return np.stack([each.mean(axis=1) for each in (useful, reliable, useful & reliable)], axis=1)


def in_the_expected_lake(candidates):
    """Objectives, all to be minimised, and by how much a rule is less reliable than it must be."""
    lakes = lake.Lakes(*np.repeat(EXPECTED, len(candidates), axis=0).T)
    judged = lake.follow(lake.radial_rule(candidates), lakes, lake.inflow_noise(50, seed=1))
    signs = np.array([-measure.sign for measure in problem.measures])
    return Evaluation(judged * signs, np.maximum(0.85 - judged[:, [RELIABILITY]], 0.0))


trial = draw_futures(problem.uncertainties, 128, seed=11)
settings = SearchSettings(evaluations=3000, epsilons=(0.01, 0.01, 0.0001, 0.0001))
run = search(in_the_expected_lake, problem.levers, settings).runs[0]
never_tips = run.objectives[:, RELIABILITY] == -1.0
earned = -run.objectives[never_tips, UTILITY].min()
tuned = run.candidates[shares(run.candidates, trial)[:, 2].argmax()]
foresight = lake.utility_with_foresight(lake.Lakes(*EXPECTED.T))[0]
print("4. Search in the expected lake")
print(f"   {len(run.candidates)} rules; the best that never tips earns {earned:.3f} (published: 0.352)")
print(f"   who knew this lake, inflow at its mean, could earn {foresight:.3f}, by dynamic programming")

# 5. Search in many futures from the start: for rules that succeed often, and for such as are reliable
# often.  What was best among many in few futures was also lucky in them.  So the rules that were found and
# the published ones meet a thousand futures that none of them has seen.  A dynamic programme that knows
# each lake says how much could be had at all.

settings = SearchSettings(evaluations=500, epsilons=(0.005, 0.005))
run = search(lambda candidates: Evaluation(-shares(candidates, trial)[:, 1:]), problem.levers, settings).runs[
    0
]
robust = run.candidates[run.objectives[:, 1].argmin()]

fresh = draw_futures(problem.uncertainties, 1024, seed=12)
anew = shares(np.stack([robust, tuned, *rules]), fresh)
print("5. Search in many futures; in 1,024 fresh ones, share useful, reliable, both")
for key, row in zip(("found_in_many", "found_in_one", *problem.names_of("plans")), anew, strict=True):
    print(f"   {key:14} {row[0]:.3f} {row[1]:.3f} {row[2]:.3f}")
possible = (lake.utility_with_foresight(lake.Lakes(*fresh[:256].T)) >= problem.thresholds["utility"]).mean()
print(f"   who knew the lake could succeed in about {possible:.2f} and no more, by dynamic programming")

# 6. When does it succeed? A box in the space of what is uncertain that holds most successes and little
# else.

judged = declared.model(robust[None], fresh)
success = satisfied(judged, problem.measures, problem.thresholds)[0]
box = find_box(fresh, success).box
print("6. It succeeds mostly where")
for limit in box.limits:
    low = "" if limit.low is None else f"{limit.low:.2f} < "
    high = "" if limit.high is None else f" < {limit.high:.2f}"
    print(f"   {low}{names[limit.column]}{high}")
print(f"   {box.density:.0%} of the futures there are successes; {box.coverage:.0%} of successes lie there")

# 7. Why? First-order shares from the futures at hand, and Sobol indices from runs of their own.  A total
# share above the first-order one says that the uncertainty acts together with others.

runs = saltelli_futures(problem.uncertainties, 256, seed=3)
reliability = declared.model(robust[None], runs)[0, :, RELIABILITY]
indices = sobol_indices(reliability[None], names)
drivers = find_drivers(judged[:, :, RELIABILITY], fresh, problem.uncertainties)
print("7. What drives its reliability: first order (futures at hand), then first order and total (Sobol)")
for name in indices.ranked(0):
    place = names.index(name)
    at_hand, first, total = (each[0, place] for each in (drivers.first_order, indices.first, indices.total))
    print(f"   {name:12} {at_hand:5.2f} {first:5.2f} {total:5.2f}")

# 8. In short.

print("8. In short")
print(f"   found here: {anew[0, 2]:.0%} of fresh futures; most robust published rule: {anew[3, 2]:.0%}")
matter = " and ".join(indices.ranked(0)[:2])
print(f"   what matters: {matter}, how much the lake loses and how steeply it recycles")
