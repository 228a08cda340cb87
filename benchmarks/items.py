"""Promoting an item, and hiding what fires on a neuron: milliseconds, and how many hidden items bear the neuron's name.

python benchmarks/items.py RUN_DIR
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from explorer.experiments.items import Exposure, item_sweep, neuron_reach, promote
from explorer.runs import Run, load_run
from explorer.steering import Edit, Hide, hidden_items
from explorer.threads import use_threads

SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75)


def milliseconds(work: Callable, arguments: Iterable) -> float:
    """Median over arguments."""
    taken = []
    for argument in arguments:
        start = time.perf_counter()
        work(argument)
        taken.append(time.perf_counter() - start)
    return 1000 * statistics.median(taken)


def show_times(run: Run) -> None:
    """Once for a run, then for each item or change."""
    hidden_items(run, [0])  # encodes all items, as the page does
    start = time.perf_counter()
    exposure = Exposure(run)
    size = f"{len(exposure.users):,} users × {run.dataset.n_items:,} items"
    print(f"scores of {size}: {time.perf_counter() - start:.2f} s")
    items = np.random.default_rng(0).choice(run.dataset.n_items, 15, replace=False).tolist()
    neuron = int(run.index.neurons["max_items"].argmax())
    work = {
        "another item": lambda item: promote(exposure, item),
        "another change of an item": lambda value: promote(exposure, items[0], [Edit(neuron, "set", value)]),
        "one neuron over ten doses": lambda item: item_sweep(exposure, item, neuron),
    }
    if run.recommender.dot_product:
        work["what every neuron would reach"] = lambda item: neuron_reach(exposure, item)
    for name, do in work.items():
        print(f"{name}: {milliseconds(do, np.linspace(0, 2, 15) if 'change' in name else items):.0f} ms")


def show_hiding(run: Run) -> None:
    """Per share of the strongest item: the share of the catalogue that is hidden, and of it what bears the name."""
    data, neurons = run.dataset, run.index.neurons[run.index.named]
    members = {
        k: data.genre_matrix[:, own].all(axis=1)
        for k, label in zip(neurons["neuron"], neurons["label"], strict=True)
        if (own := [i for i, genre in enumerate(data.genres) if genre in label])
    }
    print(f"\n{len(members)} neurons named after a {data.nouns.facet}, by share of the strongest item")
    print("share: hidden of the catalogue, of that bearing the name, the same up to the next share")
    for i, share in enumerate(SHARES):
        hidden = {k: hidden_items(run, [Hide(int(k), share)]) for k in members}
        further = SHARES[i + 1] if i + 1 < len(SHARES) else 1.0
        just = {k: np.setdiff1d(rows, hidden_items(run, [Hide(int(k), further)])) for k, rows in hidden.items()}
        of_all = np.mean([len(rows) / data.n_items for rows in hidden.values()])
        precise, above = (
            np.mean([members[k][rows].mean() for k, rows in of.items() if len(rows)]) for of in (hidden, just)
        )
        print(f"{share:.2f}: {of_all:.0%}, {precise:.0%}, {above:.0%}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run_dir", type=Path)
    use_threads()
    opened = load_run(parser.parse_args().run_dir)
    show_times(opened)
    show_hiding(opened)
