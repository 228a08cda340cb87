"""How long it takes to say what a selection on a map is: of a run, and of a catalogue of 100,000 × 8,192 neurons.

python benchmarks/selection.py RUN
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from explorer.browse.contrast import Groups, contrast, fond, rest
from explorer.browse.firing import Firing
from explorer.browse.selection import describe_selection
from explorer.browse.selection_comparison import compare_selections
from explorer.maps.selection import Selection, positions_in, record_of_selection, selection_of_rows
from explorer.runs import load_run
from explorer.threads import use_threads

ITEMS, NEURONS, USERS, PER_ITEM, INTERACTIONS, SELECTED = 100_000, 8_192, 100_000, 16, 2_000_000, 5_000


def timed(name: str, work: Callable[[], object], times: int = 5) -> None:
    """Print the first call and the median of further ones, in milliseconds."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(1000 * (time.perf_counter() - start))
    print(f"{name}: first {seconds[0]:,.0f} ms, then {np.median(seconds[1:]):,.0f} ms")


def random_cells(rng: np.random.Generator, rows: int, columns: int, n: int) -> csr_array:
    """About n ones anywhere."""
    cells = rng.integers(0, rows, n), rng.integers(0, columns, n)
    matrix = csr_array((np.ones(n, np.float32), cells), shape=(rows, columns))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def main() -> None:
    use_threads()
    run = load_run(Path(sys.argv[1]))
    _ = run.reconstruction
    rng = np.random.default_rng(0)
    a, b = (selection_of_rows(item=rng.choice(run.dataset.n_items, 200, replace=False)) for _ in range(2))
    users = selection_of_rows(user=rng.choice(run.dataset.n_users, 200, replace=False))
    print(f"{run.dataset.n_items:,} items, {run.dataset.n_users:,} users, {run.index.n} neurons")
    timed("200 items described", lambda: describe_selection(run, a))
    timed("200 users described", lambda: describe_selection(run, users))
    timed("two selections compared", lambda: compare_selections(run, a, b))

    print(f"{ITEMS:,} items, {USERS:,} users, {NEURONS:,} neurons, {SELECTED:,} items selected")
    columns = rng.integers(0, NEURONS, ITEMS * PER_ITEM)
    values, starts = rng.random(len(columns)).astype(np.float32), np.arange(0, len(columns) + 1, PER_ITEM)
    activations = csr_array((values, columns, starts), shape=(ITEMS, NEURONS))
    start = time.perf_counter()
    firing = Firing.of(activations)
    print(f"where each neuron fires strongly, once per run: {time.perf_counter() - start:.1f} s")
    rows = np.sort(rng.choice(ITEMS, SELECTED, replace=False))
    others = rest(rows, ITEMS)
    groups = Groups(pd.DataFrame({"neuron": np.arange(NEURONS)}), firing.strong)
    histories = random_cells(rng, ITEMS, USERS, INTERACTIONS)
    timed("concepts", lambda: contrast([groups], rows, others))
    timed("users who like it", lambda: fond(histories, rows, others))

    points = Selection("items", {"item": np.flatnonzero(rng.random(1_000_000) < 0.5)})
    table = pd.DataFrame({"entity": "item", "row": np.arange(1_000_000, dtype=np.int32)})
    packed = len(record_of_selection(points)["rows"]["item"])
    print(f"half of 1,000,000 points: stored in {packed / 1000:.0f} kB")
    timed("found on their map", lambda: positions_in(table, points))


if __name__ == "__main__":
    main()
