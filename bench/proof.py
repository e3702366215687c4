"""What no method can beat: the bound on the inertia beside gridpart and METIS.

``python -m bench.proof --family 1000/50/5 --seeds 20 --stop 8`` takes about four minutes. The
bound holds for every plan in range, so that a target below it is out of reach on these maps.
"""

import argparse

import numpy as np

from bench.judge import judge
from bench.peers import metis, ours
from bench.run_one import timed
from bench.targets import TARGETS
from bench.tasks import KINDS, catalog


def inertia_of(instance, load, labels, task):
    """Return the inertia of a plan by the judge, whether or not it keeps the range."""
    low, high = task.limits(load)
    found = judge(instance, load, labels, lower=low, upper=high, n_grids=task.n_grids)
    return found["inertia"]


def proof(task, seed, options):
    """Return the inertia of gridpart's plan and the bound, both over that of METIS."""
    instance, load = task.instance(seed)
    result = ours.prepare(instance, load, task)(seed=seed, **options)
    if not result.feasible:
        raise SystemExit(f"{task.name}, seed {seed}: gridpart found no plan in range")
    labels, _ = timed(metis, metis.k_way, task, seed)
    ratio = inertia_of(instance, load, result.labels.to_numpy(), task)
    ratio /= inertia_of(instance, load, labels, task)
    return ratio, ratio * result.bound / result.objective


def main():
    """Print a line for every seed and the geometric means."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", default="1000/50/5", help="a task with a given number of grids")
    parser.add_argument("--seeds", type=int, default=20, help="how many")
    parser.add_argument("--kind", choices=KINDS, default="city", help="of the made places")
    parser.add_argument("--stop", type=float, help="seconds of search")
    asked = parser.parse_args()
    tasks = catalog(asked.kind)
    names = [name for name, task in tasks.items() if task.kind == "fixed"]
    if asked.family not in names:
        parser.error(f"no family {asked.family}; there are {', '.join(names)}")
    options = {} if asked.stop is None else {"stop": asked.stop}
    print("seed  gridpart  bound  bound/gridpart")
    found = []
    for seed in range(asked.seeds):
        found.append(proof(tasks[asked.family], seed, options))
        ratio, bound = found[-1]
        print(f"{seed:>4}  {ratio:>8.3f}  {bound:.3f}  {bound / ratio:.3f}", flush=True)
    found = np.array(found)
    ratio, bound = np.exp(np.log(found).mean(axis=0))
    print(f"mean  {ratio:>8.3f}  {bound:.3f}  {bound / ratio:.3f}")
    if target := TARGETS.get(asked.family):
        print(f"must: {target.must}; goal: {target.goal}")
    share = (found[:, 1] >= 0.95 * found[:, 0]).sum()
    print(f"bound at least .95 of the plan: {share} of {len(found)}")


if __name__ == "__main__":
    main()
