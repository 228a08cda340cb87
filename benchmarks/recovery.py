"""Which codes have the demo's planted concepts as single neurons: autoencoders against plain directions.

    python benchmarks/recovery.py [--seeds 0,1,2] [--width 64]

Mean ± standard deviation over seeds; what is measured, `explorer.ground_truth.concepts` says. Every code is of the same
base model's item embeddings. The raw dimensions and the principal components are taken with both signs.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from explorer.config import load_config
from explorer.data import demo
from explorer.fidelity import measure_levels, reconstruct
from explorer.ground_truth.concepts import recovery_by_level
from explorer.neurons.bases import both_signs, principal_basis, random_directions
from explorer.runs import train_base
from explorer.sae import COARSE, HALVES, train_sae
from explorer.threads import use_threads

ACTIVATIONS = ("relu", "topk", "batchtopk")
COLUMNS = {
    "f1_broad": "F1 broad",
    "f1_leaves": "F1 leaves",
    "f1_others": "F1 others",
    "best_f1": "best F1",
    "best_f1_broad": "best F1 broad",
    "splitting": "splitting",
    "shared": "shared",
    "absorption": "absorption",
    "l0_items": "L0",
    "rbo@30": "RBO@30",
}


def measured_codes(seed: int, width: int) -> Iterator[tuple[str, list[dict[str, float]]]]:
    """Each code's name and a row per prefix, the whole code last."""
    base = train_base("demo", load_config(seed=seed))
    concepts, parents = demo.planted_concepts(base.dataset), demo.genre_parents()

    def levels(activations: np.ndarray, widths: tuple[int, ...]) -> list[dict[str, float]]:
        return recovery_by_level(activations, widths, concepts, parents)

    sides = base.recommender.user_embeddings, base.recommender.item_embeddings
    for name, code in plain_codes(*(normalised(x.numpy()) for x in sides), width, seed).items():
        yield name, levels(code, code.shape[1:])
    learned = [(activation, width, prefixes) for prefixes in (None, HALVES, (10, width)) for activation in ACTIVATIONS]
    for activation, n, prefixes in [("mp", None, None), ("mp", None, COARSE), *learned]:
        settings = {"sae.activation": activation, "sae.width": n, "sae.prefix_widths": prefixes}
        config = load_config(seed=seed, **settings).with_defaults_for(base.dataset.n_items).sae
        sae, _ = train_sae(config, base.recommender, seed)
        code = reconstruct(base.recommender, sae)
        fidelity = measure_levels(base.dataset, base.recommender, sae, code)
        rows = levels(code.item_activations.numpy(), sae.levels)
        name = activation if n else f"{activation}, {sae.n} neurons"
        name += "" if prefixes is None else f", {' '.join(map(str, sae.levels))}"
        yield name, [row | level for row, level in zip(rows, fidelity, strict=True)]


def normalised(x: np.ndarray) -> np.ndarray:
    """Embeddings `[·, d]` as an autoencoder sees them."""
    return (x - x.mean(axis=0)) / (x - x.mean(axis=0)).std()


def plain_codes(users: np.ndarray, items: np.ndarray, width: int, seed: int) -> dict[str, np.ndarray]:
    """Codes of the items that take no training."""
    directions = random_directions(width, items.shape[1], np.random.default_rng(seed))
    return {
        "random directions": np.maximum(items @ directions.T, 0),
        "raw dimensions": both_signs(items),
        "principal components": both_signs(items @ principal_basis(users, items).readout.T),
    }


def cell(values: list[float]) -> str:
    defined = [value for value in values if not np.isnan(value)]
    return f"{np.mean(defined):.2f} ± {np.std(defined):.2f}" if defined else "–"


def print_table(lines: list[tuple[str, list[dict[str, float]]]]) -> None:
    """A line per name and its rows, one per seed."""
    print("| code |", " | ".join(COLUMNS.values()), "|")
    print("| --- |", " | ".join("---" for _ in COLUMNS), "|")
    for name, rows in lines:
        cells = [cell([row.get(column, np.nan) for row in rows]) for column in COLUMNS]
        print(f"| {name} |", " | ".join(cells), "|")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--width", type=int, default=64)
    options = parser.parse_args()
    use_threads()
    start = time.perf_counter()
    seeds = [int(seed) for seed in options.seeds.split(",")]
    runs: dict[str, list[list[dict[str, float]]]] = defaultdict(list)
    for seed in seeds:
        for name, rows in measured_codes(seed, options.width):
            runs[name].append(rows)
    print(f"{len(seeds)} seeds, {time.perf_counter() - start:.0f} s\n")
    print_table([(name, [rows[-1] for rows in of_seeds]) for name, of_seeds in runs.items()])
    print("\nThe prefixes as codes of their own:\n")
    print_table(
        [
            (f"{name}: {level[0]['width']}", list(level))
            for name, of_seeds in runs.items()
            if len(of_seeds[0]) > 1
            for level in zip(*of_seeds, strict=True)
        ]
    )


if __name__ == "__main__":
    main()
