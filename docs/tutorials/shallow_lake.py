"""The shallow lake: a robust rule for a system with a tipping point.  A tutorial with published answers.

Run it: `python docs/tutorials/shallow_lake.py`.  It takes some seconds and prints what the comments talk about.

A town lets phosphorus into its lake, which is worth something: farms, houses, industry.  The lake loses some of it
every year and gets some back from its sediment.  Beyond a tipping point it gets back more than it loses: the lake
turns murky by itself and stays so.  Nobody knows exactly how much it loses (b), how steeply it recycles (q), or how
much flows in from nature.  Carpenter, Ludwig & Brock (1999) posed the problem; Quinn, Reed & Keller (2017) published
rules of release for it, and how these fare when the lake is not as expected.  We judge their rules, search for one
of our own, and ask when and why rules fail.  The model is in `lake.py`, the problem in `lake.toml`, both beside this
file.
"""

from pathlib import Path

import lake  # the model's file, for what only this page needs
import numpy as np

from kedge.strategy import (
    draw_futures,
    find_box,
    find_drivers,
    load_problem,
    run_in_memory,
    satisfied,
)
from kedge.strategy.saltelli import saltelli_futures
from kedge.strategy.sobol import sobol_indices

declared = load_problem(Path(__file__).with_name("lake.toml"))
problem = declared.problem
names, measures = problem.names_of("uncertainties"), problem.names_of("measures")
RELIABILITY, UTILITY = measures.index("reliability"), measures.index("utility")
EXPECTED = np.array([[0.42, 2.0, 0.03, np.sqrt(1e-5), 0.98, 0.0]])

# 1. The lake that was expected.  Its tipping point is a root that we can check by hand: with q = 2 it is
# (1 - sqrt(1 - 4 b^2)) / 2b.  Below it the lake can bear a loading for ever; the most it can bear is little.

tipping = float(lake.critical_phosphorus(0.42, 2.0))
levels = np.linspace(0, tipping, 100_001)
bearable = float((0.42 * levels - levels**2 / (1 + levels**2)).max()) - 0.03
print("1. The expected lake (b = 0.42, q = 2)")
print(f"   tips at {tipping:.4f} (published: 0.5445); bears a release of {bearable:.4f} a year for ever")

# 2. Three published rules.  Each says how much to release when so much is in the lake.  In the expected lake, the
# most useful rule earns most; it also tips the lake now and then, and a dead lake needs no sparing.

rules = problem.lever_table
found = declared.model(rules, EXPECTED)[:, 0]
print("2. Three published rules in the expected lake")
for plan, row in zip(problem.plans, found, strict=True):
    print(f"   {plan.key:14} utility {row[UTILITY]:.3f}  reliability {row[RELIABILITY]:.3f}")

# 3. The same rules when the lake is not as expected: a thousand futures from the published ranges.  A rule succeeds
# where utility is above 0.2 and the lake is below its tipping point in 95 % of years.

futures = draw_futures(problem.uncertainties, 1024, seed=1)
values = run_in_memory(declared.model.of_plans(), futures, problem.names_of("plans"), measures)
succeeds = satisfied(values, problem.measures, problem.thresholds)
published = {"most_reliable": 0.401, "most_robust": 0.552, "most_useful": 0.413}
print("3. Share of futures in which they succeed")
for plan, share in zip(problem.plans, succeeds.mean(axis=1), strict=True):
    print(f"   {plan.key:14} {share:.3f}  (published: {published[plan.key]:.3f})")

# 4. A rule of our own.  The published rules were tuned to the expected lake and judged in others afterwards.  We look
# for rules that succeed in many futures from the start: the share of useful futures against that of reliable ones,
# in 64 futures, each with ten courses of inflow.


def shares(candidates, worlds):
    """Share of futures in which each rule is useful, reliable, and both."""
    judged = declared.model(candidates, worlds)
    useful, reliable = (
        satisfied(judged, problem.measures, {name: problem.thresholds[name]}) for name in ("utility", "reliability")
    )
    return np.stack([useful.mean(axis=1), reliable.mean(axis=1), (useful & reliable).mean(axis=1)], axis=1)


SEARCHHERE

# 5. Judged anew.  What was best among many in few futures was also lucky in them.  So the rule that was found and the
# published ones meet a thousand futures that none of them has seen.

fresh = draw_futures(problem.uncertainties, 1024, seed=12)
anew = shares(np.concatenate([robust[None], rules]), fresh)
print("5. In 1,024 fresh futures: share useful, reliable, both")
for key, row in zip(("found here", *problem.names_of("plans")), anew, strict=True):
    print(f"   {key:14} {row[0]:.3f} {row[1]:.3f} {row[2]:.3f}")

# 6. When does it fail?  A box in the space of what is uncertain holds most failures and little else.

judged = declared.model(robust[None], fresh)
fails = ~satisfied(judged, problem.measures, problem.thresholds)[0]
box = find_box(fresh, ~fails).box
print("6. It succeeds mostly where")
for limit in box.limits:
    sides = [f"{limit.low:.2f} <" * (limit.low is not None), f"< {limit.high or 0:.2f}" * (limit.high is not None)]
    print(f"   {sides[0]} {names[limit.column]} {sides[1]}".rstrip())
print(f"   {box.density:.0%} of the futures there are successes, {box.coverage:.0%} of all successes lie there")

# 7. Why?  First-order shares from the futures at hand, and Sobol indices from a design of their own.  A total share
# above the first-order one means that the uncertainty acts together with others.

runs = saltelli_futures(problem.uncertainties, 256, seed=3)
reliability = declared.model(robust[None], runs)[0, :, RELIABILITY]
indices = sobol_indices(reliability[None], names)
drivers = find_drivers(judged[:, :, RELIABILITY], fresh, problem.uncertainties)
print("7. What drives its reliability: first order (futures at hand), first order and total (Sobol)")
for name in indices.ranked(0):
    place = names.index(name)
    print(
        f"   {name:12} {drivers.first_order[0, place]:5.2f} {indices.first[0, place]:5.2f} "
        f"{indices.total[0, place]:5.2f}"
    )

# 8. In short.

print("8. In short")
print(f"   the rule found here succeeds in {anew[0, 2]:.0%} of fresh futures, the most robust published one in {anew[2, 2]:.0%}")
print(f"   what matters is {' and '.join(indices.ranked(0)[:2])}: how much the lake loses, and how steeply it recycles")
