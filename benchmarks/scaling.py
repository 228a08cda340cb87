"""How the cost grows with the catalogue (3,000 to 300,000 items) and the number of neurons, on synthetic embeddings.

    python benchmarks/scaling.py [--threads 1] [--most-items 300000]

Users and items are sparse sums of planted directions, 64 dimensions; 20 genres. Shown: a training step, a pass over all
items (an epoch is a pass over the larger side), encoding and decoding everything, and the neuron index.
"""

import argparse
import resource
import time

import numpy as np
import pandas as pd

from explorer.data import Dataset
from explorer.fidelity import reconstruct
from explorer.neurons import NeuronConfig, build_index
from explorer.recommenders import DotProductRecommender
from explorer.sae import BatchTopKConfig, Trainer
from explorer.threads import use_threads

USERS, DIM, GENRES = 6_000, 64, 20


def synthetic(n_items: int, seed: int = 0) -> tuple[Dataset, DotProductRecommender]:
    """A catalogue with nothing in it but sizes, and a recommender whose embeddings are sparse sums of directions."""
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(400, DIM)).astype(np.float32)

    def embeddings(n: int) -> np.ndarray:
        chosen = rng.integers(400, size=(n, 8))
        weights = rng.exponential(size=(n, 8)).astype(np.float32)
        return np.einsum("nk,nkd->nd", weights, directions[chosen])

    genres = [[f"genre {g}"] for g in rng.integers(GENRES, size=n_items)]
    items = pd.DataFrame({"item_id": np.arange(n_items), "title": "", "genres": genres, "popularity": 100})
    items["year"] = pd.array(rng.integers(1950, 2020, n_items), dtype="Int64")
    users = pd.DataFrame({"user_id": np.arange(USERS)})
    interactions = pd.DataFrame({"user": np.arange(USERS), "item": rng.integers(n_items, size=USERS), "part": 0})
    model = DotProductRecommender.from_arrays(embeddings(USERS), embeddings(n_items))
    return Dataset("synthetic", users, items, interactions, "none"), model


def timed(function):
    start = time.perf_counter()
    value = function()
    return time.perf_counter() - start, value


def measure(n_items: int, width: int) -> dict[str, float]:
    dataset, model = synthetic(n_items)
    trainer = Trainer(BatchTopKConfig(width=width, k=16, k_users=40), model, seed=0)
    for _ in range(5):
        trainer.train_step()
    step, _ = timed(lambda: [trainer.train_step() for _ in range(20)])
    code, reconstruction = timed(lambda: reconstruct(model, trainer.sae.freeze()))
    index, _ = timed(
        lambda: build_index(
            dataset,
            reconstruction.item_codes,
            reconstruction.user_codes,
            NeuronConfig(),
            item_embeddings=model.item_embeddings.numpy(),
            user_embeddings=model.user_embeddings.numpy(),
            seed=0,
        )
    )
    return {
        "items": n_items,
        "neurons": width,
        "step ms": 1e3 * step / 20,
        "epoch s": step / 20 * trainer.steps_per_epoch,
        "encode and decode s": code,
        "index s": index,
        "peak memory GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--most-items", type=int, default=300_000)
    options = parser.parse_args()
    use_threads(options.threads)
    sizes = [n for n in (3_000, 10_000, 30_000, 100_000, 300_000) if n <= options.most_items]
    rows = [measure(3_000, width) for width in (128, 512, 2048)]
    rows += [measure(n, 512) for n in sizes[1:]]
    print("| " + " | ".join(rows[0]) + " |\n|" + " --- |" * len(rows[0]))
    for row in rows:
        print("| " + " | ".join(f"{v:,}" if isinstance(v, int) else f"{v:.2f}" for v in row.values()) + " |")


if __name__ == "__main__":
    main()
