"""How often a preset does what its name says, over random users: the mean of what it is to raise, before and after.

python benchmarks/presets.py RUN_DIR [--users 200] [--seed 0]
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.measures import SHOWN_LENGTH
from explorer.neurons.profiles import release_years
from explorer.neurons.statistics import percentiles
from explorer.runs import Run, load_run
from explorer.steering import PersonScores, changes_of, concepts_of, person_of
from explorer.steering.presets import Preset, built_in_presets
from explorer.threads import use_threads


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    use_threads()
    run = load_run(options.run_dir)
    chosen = np.random.default_rng(options.seed).choice(run.dataset.n_users, options.users, replace=False)
    persons = [PersonScores(run, person_of(run, int(user))) for user in chosen]
    print(f"{options.run_dir.name}: {len(persons)} users, lists of {SHOWN_LENGTH}")
    for preset in built_in_presets(run):
        report(run, preset, persons)


def report(run: Run, preset: Preset, persons: list[PersonScores]) -> None:
    popularity, years = percentiles(run.dataset.items["popularity"].to_numpy()), release_years(run.dataset)
    rows, seconds = [], 0.0
    for scores in persons:
        own = scores.best(scores.own.astype(float), SHOWN_LENGTH)
        start = time.perf_counter()
        edits = preset.edits(scores)
        seconds += time.perf_counter() - start
        changes = changes_of(edits, scores.values, run.units, concepts_of(run))
        after = scores.best(scores.scores(changes, "exact"), SHOWN_LENGTH)
        aim = preset.aim(scores)
        gain = aim.measure(after) - aim.measure(own) if aim else 0.0
        values = scores.values  # noqa: PD011, not a table's
        reached = max((values[k] + change for k, change in changes.items()), default=0.0)
        kept = len(np.intersect1d(own, after)) / max(len(own), 1)
        rows.append((gain > 0, kept, *_means(popularity, own, after), *_means(years, own, after), reached))
    works, kept, p0, p1, y0, y1, _ = pd.DataFrame(rows, dtype=float).mean()
    print(
        f"{preset.name:32} works for {works:4.0%}, keeps {kept:4.0%}; popularity {p0:.1f} → {p1:.1f}, "
        f"year {y0:.1f} → {y1:.1f}; highest neuron {max(row[-1] for row in rows):.2f}; "
        f"{1000 * seconds / len(persons):.1f} ms"
    )


def _means(known: np.ndarray, own: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    return float(pd.Series(known[own]).mean()), float(pd.Series(known[after]).mean())


if __name__ == "__main__":
    main()
