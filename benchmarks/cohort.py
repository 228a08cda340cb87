"""Steering many users, many items, and one user: seconds, and lists that differ from those of one user at a time.

    python benchmarks/cohort.py RUN_DIR [--users 1000] [--items 1000000]

The catalogue of --items is synthetic: random embeddings, as long as those of the run, with its neurons.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.experiments import cohort_of, steered_lists
from explorer.experiments.experiment import sweep
from explorer.recommenders import NOTHING, DotProductRecommender
from explorer.runs import Run, load_run
from explorer.steering import ConceptEdit, Edit, PersonScores, concepts_of, person_of, steer
from explorer.threads import use_threads

DOSES = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
TOP = 30


def seconds(work: Callable, times: int = 3) -> float:
    """Median of some runs."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def show_cohort(run: Run, n: int) -> None:
    """Lists of n users at eight doses, and how many differ from those that `steer` makes."""
    users = cohort_of(run, "all", n).users
    concept = max(concepts_of(run), key=lambda name: len(concepts_of(run)[name].neurons), default=None)
    settings = {"one neuron": [[Edit(5, "set", dose)] for dose in DOSES]}
    if concept is not None:
        size = len(concepts_of(run)[concept].neurons)
        settings[f"{concept}, {size} neurons"] = [[ConceptEdit(concept, dose)] for dose in DOSES]
    for name, edits in settings.items():
        took = seconds(lambda edits=edits: steered_lists(run, users, edits, TOP))
        print(f"{len(users):,} users × {len(DOSES)} doses, {name}: {took:.2f} s")
    found, differing, compared = steered_lists(run, users, edits, TOP), 0, 0
    for place in range(0, len(users), max(1, len(users) // 200)):
        for edit, lists in zip(edits, found, strict=True):
            rows = steer(run, int(users[place]), edit, top=TOP).steered["row"].to_numpy()
            mine = lists[place][lists[place] != NOTHING]
            differing += not np.array_equal(rows, mine)
            compared += 1
    print(f"lists that differ from steer's: {differing} of {compared:,}")
    took = seconds(lambda: sweep(run, "nudge", 5, cohort_of(run, "all", n)), 1)
    print(f"a whole experiment of {len(users):,} users, all ways and bands: {took:.1f} s")


def show_one(run: Run, what: str) -> None:
    """One user: what is computed once, and every steer after that."""
    users = np.random.default_rng(0).integers(run.dataset.n_users, size=7)
    first = [seconds(lambda u=int(u): PersonScores(run, person_of(run, u)).effect(5), 1) for u in users]
    whole = [seconds(lambda u=int(u): steer(run, u, [Edit(5, "set", 1.0)]), 1) for u in users]
    known = PersonScores(run, person_of(run, int(users[0])))
    steer(run, known, [Edit(5, "set", 1.0)])
    again = [seconds(lambda v=v: steer(run, known, [Edit(5, "set", v)]), 1) for v in np.linspace(0, 2, 15)]
    print(
        f"{what} × one user: scores and one effect {1e3 * statistics.median(first):.1f} ms, one steer "
        f"{1e3 * statistics.median(whole):.1f} ms, each further one {1e3 * statistics.median(again):.1f} ms"
    )


def with_items(run: Run, n: int) -> Run:
    """The run with a synthetic catalogue."""
    rng, model = np.random.default_rng(0), run.recommender
    items = rng.standard_normal((n, model.dim), dtype=np.float32) * float(model.item_embeddings.std())
    table = pd.DataFrame(
        {
            "item_id": np.arange(n),
            "title": pd.Series(np.arange(n)).astype(str),
            "genres": run.dataset.items["genres"].to_numpy()[np.arange(n) % run.dataset.n_items],
            "year": run.dataset.items["year"].array[np.arange(n) % run.dataset.n_items],
            "popularity": rng.integers(1, 1000, n),
        }
    )
    data = run.dataset
    dataset = type(data)(data.name, data.users, table, data.interactions, data.fingerprint)
    return replace(run, dataset=dataset, recommender=DotProductRecommender.from_arrays(model.user_embeddings, items))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--items", type=int, default=1_000_000)
    options = parser.parse_args()
    use_threads()
    run = load_run(options.run_dir)
    show_one(run, f"{run.dataset.n_items:,} items")
    show_cohort(run, options.users)
    show_one(with_items(run, options.items), f"{options.items:,} items")


if __name__ == "__main__":
    main()
