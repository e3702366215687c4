"""Every term is what its formula says, and the names of grids do not matter."""

from dataclasses import replace

import numpy as np
import oracle
import pytest
from hypothesis import given
from strategies import cases, energies, lattice, make_problem, seeds

from gridpart import objective
from gridpart.objective import Weights
from gridpart.shape import label_inertia, label_radius_m
from gridpart.solvers.refine import make_instance, make_state


@given(case=cases(), energy=energies())
def test_energy_agrees_with_oracle_but_for_the_range(case, energy):
    energy = energy._replace(range=0.0, even=0.0)
    problem = replace(case.problem, max_radius_m=energy.max_radius_m)
    instance = make_instance(problem, case.n_grids)
    centers = make_state(instance, case.labels, case.n_grids).anchors

    value = objective.energy_of(problem, energy, case.labels, case.n_grids)

    slow = oracle.full_energy(instance, energy, case.labels, centers)
    assert value == pytest.approx(slow, rel=1e-9, abs=1e-6)


@given(case=cases())
def test_violation_agrees_with_oracle(case):
    instance = make_instance(case.problem, case.n_grids)

    value = objective.violation(case.problem, case.labels, case.n_grids)

    slow = oracle.excess(instance, oracle.members(case.labels))
    assert value == pytest.approx(slow, abs=1e-6)


@given(case=cases(), energy=energies(), seed=seeds)
def test_relabeling_grids_changes_nothing(case, energy, seed):
    names = np.random.default_rng(seed).permutation(case.n_grids).astype(np.int32)
    problem = replace(case.problem, max_radius_m=energy.max_radius_m)

    def values(labels):
        return [
            objective.violation(problem, labels, case.n_grids),
            objective.energy_of(problem, energy, labels, case.n_grids),
            objective.border(problem, labels),
            objective.radius_excess(problem, labels, case.n_grids),
        ]

    assert values(names[case.labels]) == pytest.approx(values(case.labels), rel=1e-9, abs=1e-9)


@given(case=cases())
def test_inertia_is_the_referees(case):
    mass = objective.masses(case.problem.load)

    value = objective.inertia(case.labels, case.problem.xy, mass, case.n_grids)

    referee = label_inertia(case.labels, case.problem.xy, mass).sum()
    assert value == pytest.approx(referee, abs=1e-6)


@given(case=cases())
def test_no_radius_is_exceeded_exactly_where_the_referee_finds_none(case):
    mass = objective.masses(case.problem.load)
    farthest = label_radius_m(case.labels, case.problem.xy, mass).max()

    wide = replace(case.problem, max_radius_m=farthest + 0.01)
    narrow = replace(case.problem, max_radius_m=max(farthest - 0.01, 0.001))

    assert objective.radius_excess(wide, case.labels, case.n_grids) == 0
    if farthest > 0.1:
        assert objective.radius_excess(narrow, case.labels, case.n_grids) > 0
    assert objective.radius_excess(case.problem, case.labels, case.n_grids) == 0


@given(case=cases())
def test_violation_is_zero_exactly_when_every_range_is_kept(case):
    value = objective.violation(case.problem, case.labels, case.n_grids)

    assert (value == 0) == (oracle.amount_out(case.problem, case.labels) == 0)


def test_a_sum_on_the_bound_is_in_range_in_spite_of_rounding():
    graph, xy = lattice(3, 1)
    problem = make_problem(
        graph,
        xy,
        np.random.default_rng(0),
        sizes=np.full((3, 1), 0.1),
        lower=np.array([0.3]),
        upper=np.array([0.3]),
    )

    assert objective.violation(problem, np.zeros(3, np.int32), 1) == 0


def test_units_without_load_weigh_a_little():
    assert objective.masses(np.array([3.0, 0.0, 6.0])).tolist() == [3.0, pytest.approx(0.3), 6.0]
    assert objective.masses(np.zeros(2)).tolist() == [1.0, 1.0]
    assert objective.masses(np.empty(0)).size == 0


@given(case=cases())
def test_sums_over_grids_add_up_to_the_total(case):
    sums = objective.grid_sums(case.labels, case.problem.sizes, case.n_grids)
    loads = objective.grid_sums(case.labels, case.problem.load, case.n_grids)

    assert sums.shape == case.problem.sizes.shape[1:] or sums.shape[0] == case.n_grids
    assert sums.sum(axis=0).tolist() == case.problem.sizes.sum(axis=0).tolist()
    assert loads.sum() == case.problem.load.sum()


@given(case=cases())
def test_weights_make_a_mean_grid_of_the_reference_cost_about_one(case):
    problem = replace(case.problem, max_radius_m=20.0)

    energy = objective.weigh(problem, Weights(2.0, 3.0, 0.5, 7.0), case.labels, case.n_grids)

    mass = objective.masses(problem.load)
    inertia = objective.inertia(case.labels, problem.xy, mass, case.n_grids)
    border = objective.border(problem, case.labels)
    load = problem.load.sum()
    if inertia > 0:
        assert energy.inertia * inertia == pytest.approx(2.0 * 4 / 3 * case.n_grids)
    if border > 0:
        assert energy.border * border == pytest.approx(0.5 * case.n_grids)
    if load > 0:
        assert energy.balance * (load / case.n_grids) ** 2 == pytest.approx(3.0)
    assert (energy.radius, energy.max_radius_m) == (7.0, 20.0)
    assert energy.spread * problem.n_units == pytest.approx(0.75 * inertia)


def test_heat_follows_the_inertia_only_where_compactness_leads():
    graph, xy = lattice(4, 4)
    problem = make_problem(graph, xy, np.random.default_rng(0))
    labels = np.repeat([0, 1], 8).astype(np.int32)

    led = objective.weigh(problem, Weights(compactness=1.0), labels, 2)
    other = objective.weigh(problem, Weights(compactness=0.05, balance=30.0), labels, 2)

    assert led.spread > 0
    assert other.spread == 0


def test_terms_that_have_no_scale_are_left_out():
    graph, xy = lattice(2, 1)
    nothing = make_problem(graph, np.zeros_like(xy), np.random.default_rng(0), zeros=1.0)

    energy = objective.weigh(nothing, Weights(balance=1.0), np.zeros(2, np.int32), 1)

    assert (energy.inertia, energy.balance, energy.border, energy.radius) == (0, 0, 0, 0)


def test_the_scale_of_a_breach_is_the_mean_grid_or_the_range():
    graph, xy = lattice(2, 1)
    problem = make_problem(
        graph,
        xy,
        np.random.default_rng(0),
        sizes=np.array([[6.0, 0, 0, 0], [2.0, 0, 0, 0]]),
        lower=np.array([1.0, 5, -np.inf, -np.inf]),
        upper=np.array([9.0, np.inf, 7, np.inf]),
    )

    assert objective.mean_sizes(problem, 2).tolist() == [4.0, 5.0, 7.0, 1.0]
