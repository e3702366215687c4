"""Balance by hours: what the sample reaches, and the bound that the bench sets beside it."""

import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import oracle
import pytest
from strategies import lattice, make_problem, path

sys.path.insert(0, str(Path(__file__).parents[1]))  # bench is not installed

from bench.balance import (
    GAP,
    HANKOU,
    least_pooled,
    least_squares,
    measured,
    numbers,
    packed,
    variants,
)
from gridpart import read_district


def test_hours_as_the_load_even_the_hours_of_hankou():
    district = read_district(HANKOU)

    even, whole, opened = (measured(district, rules, seed=0) for rules in variants().values())

    assert whole.counts == opened.counts == even.counts
    assert whole.n_broken == opened.n_broken == even.n_broken
    assert whole.cv <= 0.64 * even.cv  # no plan with whole compounds is below 0.617
    assert opened.cv <= 0.60 * even.cv
    assert (whole.n_opened, opened.n_opened) == (0, 1)
    assert whole.compactness >= 0.4
    assert opened.compactness >= 0.45


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_is_that_of_the_best_of_all_plans_in_range(seed):
    graph, xy = lattice(3, 3)
    problem = make_problem(graph, xy, np.random.default_rng(seed), zeros=0.0)
    third = problem.sizes.sum() / 3
    problem = replace(problem, lower=np.array([0.7 * third]), upper=np.array([1.3 * third]))

    bound = least_squares(problem, 3, seconds=60)

    sums = [np.bincount(labels, problem.sizes[:, 0]) for labels in oracle.partitions(graph, 3)]
    loads = [np.bincount(labels, problem.load) for labels in oracle.partitions(graph, 3)]
    best = min(
        ((load / load.mean() - 1) ** 2).sum()
        for size, load in zip(sums, loads, strict=True)
        if (abs(size - third) <= 0.3 * third).all()
    )
    assert (1 - GAP) * best - 3 * 0.0125**2 <= bound <= best + 1e-6  # tangents are 0.025 apart


def lumps(sizes, lower, upper):
    """Return units in a row with the same size and load."""
    graph, xy = path(len(sizes))
    problem = make_problem(graph, xy, np.random.default_rng(0))
    size = np.array(sizes, float)
    ends = {"lower": np.array([float(lower)]), "upper": np.array([float(upper)])}
    return replace(problem, sizes=size[:, None], load=size, n_grids=None, **ends)


def test_only_numbers_that_whole_units_may_fit_are_bounded():
    # 90 divide into two or three by the sum, but lumps of 25 and 20 make no grid of 30.
    problem = lumps([25, 20, 25, 20], 30, 50)

    assert numbers(problem, seconds=60) == [2]
    assert not packed(problem, 3, seconds=60)
    assert least_squares(problem, 3, seconds=60) == np.inf
    assert numbers(lumps([15] * 6, 30, 50), seconds=60) == [2, 3]


@pytest.mark.parametrize("seed", range(5))
def test_the_pooled_bound_is_the_least_over_all_choices(seed):
    rng = np.random.default_rng(seed)
    choices = [
        [(float(rng.random()), int(k)) for k in rng.integers(2, 6, rng.integers(1, 4))]
        for _ in range(4)
    ]

    every = [np.sum(chosen, axis=0) for chosen in product(*choices)]
    least = min(squares / grids for squares, grids in every)
    assert least_pooled(choices) == pytest.approx(np.sqrt(least))
