"""CPU of exact Shapley values beside the textbook formula in NumPy, and accuracy of the axioms.

Run: python benchmarks/security_shapley.py [MEMBERS]

The game is a contest that members join by chance: every coalition's chance that the attack
fails.  "NumPy" is the subset formula with whole arrays, member by member: the fastest of the
plain ways.  The definition over orders is run for as many members as it can finish.
"""

from __future__ import annotations

import itertools
import math
import resource
import sys
import time

import numpy as np
from running import one_thread

from kedge.security import Balance
from kedge.security.shapley import (
    Coalition,
    coalition_worth,
    domain_values,
    order_weights,
    sampled_values,
    shapley_values,
)

BALANCE = Balance(0, 0.35, 1.5, 1.4, 1.0)
REPEATS = 5


def cpu(work):
    """Median CPU seconds of a few calls, the first not counted, and the last result."""
    work()
    spent = []
    for _ in range(REPEATS):
        start = time.process_time()
        found = work()
        spent.append(time.process_time() - start)
    return sorted(spent)[REPEATS // 2], found


def by_subsets(worth):
    """Sum weighted contributions over all coalitions with NumPy."""
    members = worth.size.bit_length() - 1
    coalition = np.arange(worth.size)
    size = sum((coalition >> n) & 1 for n in range(members))
    weight = order_weights(members)
    value = np.empty(members)
    for n in range(members):
        without = coalition[(coalition >> n) & 1 == 0]
        value[n] = (weight[size[without]] * (worth[without | (1 << n)] - worth[without])).sum()
    return value


def by_orders(worth):
    """Average contributions over every order of joining."""
    members = worth.size.bit_length() - 1
    value = np.zeros(members)
    for order in itertools.permutations(range(members)):
        seen = 0
        for n in order:
            value[n] += worth[seen | (1 << n)] - worth[seen]
            seen |= 1 << n
    return value / math.factorial(members)


def main() -> None:
    members = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    rng = np.random.default_rng(1)
    strength, chance = rng.random(members), rng.random(members)
    game = (0.5 * members, 0.1 * members, strength, chance, BALANCE)
    made, worth = cpu(lambda: coalition_worth(*game))
    divided, value = cpu(lambda: shapley_values(worth))
    plain, other = cpu(lambda: by_subsets(worth))
    print(f"{members} members, {worth.size:,} coalitions; CPU seconds, median of {REPEATS}")
    print(f"  worth of every coalition     {made:8.4f}")
    print(f"  Shapley values               {divided:8.4f}   together {made + divided:.4f}")
    print(f"  NumPy, subset formula        {plain:8.4f}   {plain / divided:.0f} times")
    print(f"  sum less worth of all        {value.sum() - (worth[-1] - worth[0]):8.1e}")
    print(f"  largest difference to NumPy  {np.abs(value - other).max():8.1e}")
    orders, sampled = cpu(lambda: sampled_values(*game))
    print(f"  20,000 random orders         {orders:8.4f}   largest error over its standard error "
          f"{(np.abs(sampled.value - value) / sampled.error).max():.1f}")  # fmt: skip
    few = coalition_worth(4.0, 1.0, strength[:8], chance[:8], BALANCE)
    slow, exact = cpu(lambda: by_orders(few))
    quick, found = cpu(lambda: shapley_values(few))
    print(f"8 members over all orders      {slow:8.4f}   {slow / quick:,.0f} times; "
          f"difference {np.abs(exact - found).max():.0e}")  # fmt: skip
    twelve = Coalition(rng.random((12, 5)), rng.random(12), rng.random(12), rng.random(5), 0.6)
    domains, _ = cpu(lambda: domain_values(6.0, 1.0, twelve, BALANCE))
    print(f"12 members by 5 domains        {domains:8.4f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    one_thread()
    main()
