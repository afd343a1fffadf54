"""How high should a dike be when every constant is doubtful?  A tutorial with known answers.

Run it: `python docs/tutorials/dike_heights.py`.  It takes a few seconds and prints what the comments talk about.

In 1953 the sea broke into the Netherlands and 1,800 people died.  Van Dantzig (1956) worked out how high the
dikes should be: raise them until another metre costs as much as it saves.  For one set of constants the answer
is a formula.  He knew that his constants were doubtful, and said so in a section of that name.  Here we ask
what can be said all the same.  As the best height of every single future is known in closed form (`dike.py`
beside this file), we can check each step of the analysis against the truth.
"""

from pathlib import Path

import dike  # the model's file, for the formulas that only this page needs
import numpy as np

from kedge.strategy import (
    draw_futures,
    flip_boundary,
    load_problem,
    regret,
    run_in_memory,
    satisfied,
    score_plans,
    value_of,
)
from kedge.strategy.saltelli import saltelli_futures
from kedge.strategy.sobol import sobol_indices

# 1. One future.  The problem file says what is uncertain, what can be decided, what counts, and which function
# is the model.  `load_problem` reads the file and finds the function in `dike.py` beside it.

declared = load_problem(Path(__file__).with_name("dike.toml"))
problem = declared.problem
names = problem.names_of("uncertainties")

constants = dict(zip(names, (0.0038, 2.6, 20_000.0, 0.02, 42.0, 0.002, 0.008), strict=True))
best = float(dike.best_height(**constants))
classic = float(dike.van_dantzig_height(0.0038, 2.6, 20_000.0, 0.02, 42.0, 0.01))
print("1. One future")
print(f"   best heightening for one horizon of {dike.HORIZON} years: {best:.2f} m")
print(f"   van Dantzig's own formula: {classic:.2f} m, a dike of {dike.PRESENT_HEIGHT + classic:.2f} m; he printed 6.73 m")

# 2. Many futures.  We let each constant range to about half and double its value (two of them less), and draw
# futures.  The share of futures is no probability: it says how much of the range, not how likely.

futures = draw_futures(problem.uncertainties, 2048, seed=1)
columns = dict(zip(names, futures.T, strict=True))
heights = dike.best_height(**columns)
low, middle, high = np.quantile(heights, [0.05, 0.5, 0.95])
print("2. Many futures")
print(f"   the best heightening is {middle:.2f} m in the middle future, and from {low:.2f} to {high:.2f} m in nine of ten")

# 3. Five plans.  All plans meet the same futures, so that differences between them are the plans' own.

values = run_in_memory(declared.model.of_plans(), futures, problem.names_of("plans"), problem.names_of("measures"))
value = value_of(values, problem.measures, problem.full_weights())
table = score_plans(value)
safe = satisfied(values, problem.measures, problem.thresholds).mean(axis=1)
print("3. Five plans: cost and regret in million guilders")
print("   plan           height  mean cost  worst cost  mean regret  worst regret  floods < 1 in 10,000")
for place, plan in enumerate(problem.plans):
    shown = (table.score_of(name)[place] for name in ("mean", "maximin", "mean_regret", "minimax_regret"))
    mean, worst, regretted, most = (abs(number) for number in shown)
    print(
        f"   {plan.key:13} {plan.levers[0]:6.2f} m {mean:10.0f} {worst:11.0f} {regretted:12.1f} {most:13.0f} "
        f"{safe[place]:12.0%}"
    )

# 4. Is the regret right?  Regret against the best of five plans understates it: none of the five may be the best
# height of a future.  The closed form gives that best height, so exact regret is at hand.  Regret against a
# grid of heights, five centimetres apart, comes down to it.

exact = values[:, :, 0] - dike.dike(heights, **columns)["cost"]
grid = np.arange(0.0, 5.001, 0.05)[:, None]
on_grid = value_of(declared.model(grid, futures), problem.measures, problem.full_weights())
among = regret(np.concatenate([value, on_grid]))[: len(value)]
print("4. Exact regret")
print(f"   of 2.48 m: mean {exact[3].mean():.2f}, with the grid {among[3].mean():.2f}, among five plans "
      f"{regret(value)[3].mean():.2f}")  # fmt: skip

# 5. A robust height.  A dike too low by half a metre costs more than one too high by as much: losses grow by
# e^(2.6 x 0.5), investment by half a metre's price.  So what is robust stands above the middle of the best heights.

fine = np.arange(1.0, 5.0001, 0.01)[:, None]
cost = declared.model(fine, futures)[:, :, 0]
shortfall = cost - dike.dike(heights, **columns)["cost"]
by_mean, by_worst = (float(fine[each.argmin(), 0]) for each in (shortfall.mean(axis=1), shortfall.max(axis=1)))
print("5. A robust height")
print(f"   least mean regret at {by_mean:.2f} m, least worst regret at {by_worst:.2f} m; the middle best height was {middle:.2f} m")

# 6. What the best height hangs on.  Sobol indices: the share of its variance that would stay if all other
# constants became known (total).  The best height adds up logarithms, so little is left to interactions.

runs = saltelli_futures(problem.uncertainties, 1024, seed=2)
run_columns = dict(zip(names, runs.T, strict=True))
outcomes = np.stack([dike.best_height(**run_columns), np.log(declared.model(np.array([[2.48]]), runs)[0, :, 2])])
indices = sobol_indices(outcomes, names)
print("6. What it hangs on (total Sobol index)")
for label, row in (("best height", 0), ("log of losses at 2.48 m", 1)):
    ranked = [f"{name} {indices.total[row, names.index(name)]:.2f}" for name in indices.ranked(row)]
    print(f"   {label}: {', '.join(ranked)}")

# 7. Where the choice flips.  Two heights cost the same in a future whose best height lies between them, at a place
# the formula tells.  So one constant alone rarely decides; those at the top of the list above decide together.

low_plan, high_plan = (problem.names_of("plans").index(key) for key in ("expected", "high"))
report = flip_boundary(value[high_plan] - value[low_plan], futures, problem.uncertainties)
gap = columns["steepness"] * (3.0 - 2.35)
even = 2.35 + np.log(gap / (1 - np.exp(-gap))) / columns["steepness"]
agree = ((value[high_plan] > value[low_plan]) == (heights > even)).mean()
print("7. Where the choice flips between 2.35 m and 3.00 m")
print(f"   3.00 m is better in {report.share.estimate.item():.0%} of futures; the formula says so in {agree:.0%} of them")
for separation in report.separations[:3]:
    threshold = separation.threshold
    at = "no threshold of its own" if threshold is None else f"flips at {threshold.value:.3g}"
    print(f"   {separation.uncertainty}: explains {separation.explained:.0%} of it, {at}")

# 8. In short.

print("8. In short")
print(f"   raise by {by_mean:.2f} m (least mean regret) to {by_worst:.2f} m (least worst regret); van Dantzig said 2.48 m")
print(f"   exact mean regret of the robust height: {shortfall.mean(axis=1).min():.1f} million guilders")
