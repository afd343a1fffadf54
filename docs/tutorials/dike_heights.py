"""How high should a dike be when every constant is doubtful? A tutorial with known answers.

Run it: `python docs/tutorials/dike_heights.py`.  It takes a few seconds; the comments say what it prints.

In 1953 the sea broke into the Netherlands and 1,800 people died.  Van Dantzig (1956) worked out how high
the dikes should be: raise them until another metre costs as much as it saves.  For one set of constants the
answer is a formula.  He knew that his constants were doubtful, and has a section of that name.  Here we ask
what can be said all the same.  The best height of every single future is known in closed form (`dike.py`
beside this file), so each step of the analysis can be held against the truth.
"""

from pathlib import Path

import dike  # the model's own file, for the formulas that only this page needs
import numpy as np

from kedge.strategy import (
    draw_futures,
    flip_boundary,
    load_problem,
    regret,
    run_in_memory,
    saltelli_futures,
    satisfied,
    score_plans,
    sobol_indices,
    value_of,
)
from kedge.strategy.search_settings import Evaluation, SearchSettings
from kedge.strategy.searching import search

# 1. One future.  The problem file says what is uncertain, what can be decided, what counts, and which
# function is the model.  `load_problem` reads it and finds the function in `dike.py`.

declared = load_problem(Path(__file__).with_name("dike.toml"))
problem = declared.problem
names = problem.names_of("uncertainties")

constants = dict(zip(names, (0.0038, 2.6, 20_000.0, 0.02, 42.0, 0.002, 0.008), strict=True))
one_horizon = float(dike.best_height(**constants))
classic = float(dike.van_dantzig_height(0.0038, 2.6, 20_000.0, 0.02, 42.0, rise=0.01))
print("1. One future")
print(f"   best heightening for one horizon of {dike.HORIZON} years: {one_horizon:.2f} m")
print(f"   by van Dantzig's formula: {classic:.2f} m, a dike of {dike.PRESENT_HEIGHT + classic:.2f} m")
print("   he printed 6.73 m: four centimetres that the constants at hand do not explain")

# 2. Many futures.  Each constant may be half or double (steepness and the cost of a metre less far off).
# The share of futures is no probability: it says how much of the range, not how likely.

futures = draw_futures(problem.uncertainties, 2048, seed=1)
columns = dict(zip(names, futures.T, strict=True))
best = dike.best_height(**columns)
low, middle, high = np.quantile(best, [0.05, 0.5, 0.95])
print("2. Many futures")
print(f"   best heightening: {middle:.2f} m in the middle future, {low:.2f} to {high:.2f} m in nine of ten")

# 3. Five plans.  All meet the same futures, so that differences between them are the plans' own.

keys, measures = problem.names_of("plans"), problem.names_of("measures")
values = run_in_memory(declared.model.of_plans(), futures, keys, measures)
value = value_of(values, problem.measures, problem.full_weights())
table = score_plans(value)
safe = satisfied(values, problem.measures, problem.thresholds).mean(axis=1)
print("3. Five plans: cost and regret in million guilders")
print("   plan           height  mean cost  worst cost  mean regret  worst regret  floods < 1 in 10,000")
for place, plan in enumerate(problem.plans):
    shown = [table.score_of(name)[place] for name in ("mean", "maximin", "mean_regret", "minimax_regret")]
    mean, worst, regretted, most = (abs(number) for number in shown)
    print(
        f"   {plan.key:13} {plan.levers[0]:6.2f} m {mean:10.0f} {worst:11.0f} {regretted:12.1f} {most:13.0f} "
        f"{safe[place]:12.0%}"
    )

# 4. Is the regret right? Regret against the best of five plans understates it: none of the five need be
# the best height of a future.  The closed form gives that height, and so the exact regret.  Against a grid
# of heights, five centimetres apart, regret comes down to it.

exact = values[:, :, 0] - dike.dike(best, **columns)["cost"]
grid = np.arange(0.0, 5.001, 0.05)[:, None]
on_grid = value_of(declared.model(grid, futures), problem.measures, problem.full_weights())
with_grid = regret(np.concatenate([value, on_grid]))[: len(value)]
place = keys.index("van_dantzig")
print("4. Mean regret of 2.48 m")
print(f"   among five plans {regret(value)[place].mean():.2f}, with the grid {with_grid[place].mean():.2f}")
print(f"   exact {exact[place].mean():.2f}")

# 5. A robust height.  Half a metre too low costs more than half a metre too high: losses grow by e^(2.6 x
# 0.5), investment by the price of half a metre.  So what is robust stands above the middle of the best
# heights.


def regrets(candidates):
    """Mean and worst exact regret of heights, both to be minimised."""
    short = declared.model(candidates, futures)[:, :, 0] - dike.dike(best, **columns)["cost"]
    return Evaluation(np.stack([short.mean(axis=1), short.max(axis=1)], axis=1))


run = search(regrets, problem.levers, SearchSettings(evaluations=1000)).runs[0]
by_mean, by_worst = (float(run.candidates[run.objectives[:, column].argmin(), 0]) for column in (0, 1))
print("5. A robust height, by search over the one lever")
print(f"   least mean regret at {by_mean:.2f} m, least worst regret at {by_worst:.2f} m")
print(f"   {len(run.candidates)} heights between trade the one off against the other")

# 6. What it hangs on.  Total Sobol indices: the share of variance that would stay if all other constants
# became known.  The best height adds up logarithms of constants, so they come near to adding up to one.

runs = saltelli_futures(problem.uncertainties, 1024, seed=2)
best_of_runs = dike.best_height(**dict(zip(names, runs.T, strict=True)))
losses = declared.model(np.array([[2.48]]), runs)[0, :, measures.index("losses")]
indices = sobol_indices(np.stack([best_of_runs, np.log(losses)]), names)
print("6. What it hangs on, by total Sobol index")
for row, label in enumerate(("best height", "log of losses at 2.48 m")):
    ranked = [f"{name} {indices.total[row, names.index(name)]:.2f}" for name in indices.ranked(row)]
    print(f"   {label}: {', '.join(ranked[:4])}")
    print(f"      {', '.join(ranked[4:])}; in all {indices.total[row].sum():.2f}")

# 7. Where the choice flips.  Two heights cost the same where the best height is at a place between them
# that the formula tells.  No constant decides that alone: those at the top of the list above decide
# together.

one, other = keys.index("expected"), keys.index("high")
report = flip_boundary(value[other] - value[one], futures, problem.uncertainties)
width = columns["steepness"] * (3.0 - 2.35)
even = 2.35 + np.log(width / (1 - np.exp(-width))) / columns["steepness"]
agreed = ((value[other] > value[one]) == (best > even)).mean()
print("7. Where the choice flips between 2.35 m and 3.00 m")
print(f"   3.00 m is better in {report.share.estimate.item():.0%} of futures")
print(f"   the formula says the same in {agreed:.0%} of them")
for separation in report.separations[:3]:
    threshold = separation.threshold
    at = "no threshold of its own" if threshold is None else f"even at {threshold.value:.3g}"
    print(f"   {separation.uncertainty}: explains {separation.explained:.0%}, {at}")

# 8. In short.

print("8. In short")
print(f"   raise by {by_mean:.2f} m (mean regret) to {by_worst:.2f} m (worst regret); van Dantzig: 2.48 m")
print(f"   exact mean regret of the robust height: {run.objectives[:, 0].min():.1f} million guilders")
