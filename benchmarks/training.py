"""Training the autoencoder: a step and the whole, against two loops that a person would write first.

    python benchmarks/training.py RUN_DIR [--steps 100] [--threads 1]

`plain`: the same dictionary, batches and optimiser in the fewest lines, embedding loss only, `topk` on the whole batch.
`pairwise`: one step per batch of user-item pairs taken from the interactions, both encoded and scored pair by pair, as
the paper's loss reads; its whole training is extrapolated from its step. RUN_DIR is a run of `batchtopk`, for
instance with `--preset faithful` on ml-1m-implicit.
"""

import argparse
import math
import time
from pathlib import Path

import torch

from explorer.data import TRAIN
from explorer.runs import load_run
from explorer.sae import AmortisedAutoencoder, BatchTopKConfig, Trainer, train_sae
from explorer.sae.activations.batchtopk import kth_largest
from explorer.threads import use_threads


def seconds_per_call(function, times: int) -> float:
    for _ in range(5):
        function()
    start = time.perf_counter()
    for _ in range(times):
        function()
    return (time.perf_counter() - start) / times


def plain_step(config: BatchTopKConfig, recommender):
    """A function that does one step of a plain loop: embeddings only."""
    users, items = recommender.user_embeddings, recommender.item_embeddings
    sae = AmortisedAutoencoder.initialised(users, items, config.width, torch.Generator().manual_seed(0))
    optimiser = torch.optim.Adam(sae.parameters(), lr=config.learning_rate)

    def step():
        loss = 0.0
        for side, x, k in (("user", users, config.k_users), ("item", items, config.k)):
            batch = sae.normalise(x[torch.randint(len(x), (config.batch_size,))], side)
            pre = sae.pre_activations(batch).relu().flatten()
            values, places = pre.topk(k * len(batch))
            z = torch.zeros_like(pre).scatter(0, places, values).view(len(batch), -1)
            loss = loss + (z @ sae.W_dec - batch).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            sae.W_dec /= sae.W_dec.norm(dim=1, keepdim=True)

    return step


def pairwise_step(config: BatchTopKConfig, recommender, users: torch.Tensor, items: torch.Tensor):
    """A function that does one step on a batch of interactions, each scored by itself."""
    sae = AmortisedAutoencoder.initialised(
        recommender.user_embeddings, recommender.item_embeddings, config.width, torch.Generator().manual_seed(0)
    )
    optimiser = torch.optim.Adam(sae.parameters(), lr=config.learning_rate)

    def step():
        rows = torch.randint(len(users), (config.batch_size,))
        rebuilt, loss = [], 0.0
        for side, x, k in (
            ("user", recommender.user_embeddings[users[rows]], config.k_users),
            ("item", recommender.item_embeddings[items[rows]], config.k),
        ):
            batch = sae.normalise(x, side)
            pre = sae.pre_activations(batch).relu().flatten()
            values, places = pre.topk(k * len(batch))
            decoded = torch.zeros_like(pre).scatter(0, places, values).view(len(batch), -1) @ sae.W_dec
            loss = loss + (decoded - batch).square().mean()
            rebuilt.append((x, sae.denormalise(decoded, side)))
        (u, u_hat), (q, q_hat) = rebuilt
        loss = loss + ((u_hat * q_hat).sum(dim=1) - (u * q).sum(dim=1)).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            sae.W_dec /= sae.W_dec.norm(dim=1, keepdim=True)

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    use_threads(options.threads)
    run = load_run(options.run_dir)
    recommender, config = run.recommender, run.config.sae
    if not isinstance(config, BatchTopKConfig):
        parser.error(f"{options.run_dir} is a run of {config.activation}; give one of batchtopk (--preset faithful)")
    interactions = run.dataset.interactions
    interactions = interactions[interactions["part"] == TRAIN]
    pairs = [torch.tensor(interactions[side].to_numpy(), dtype=torch.long) for side in ("user", "item")]

    trainer = Trainer(config, recommender, seed=0)
    without = config.model_copy(update={"prediction_weight": 0.0})
    steps = {
        "ours": trainer.train_step,
        "ours without the prediction loss": Trainer(without, recommender, seed=0).train_step,
        "plain": plain_step(config, recommender),
        "pairwise": pairwise_step(config, recommender, *pairs),
    }
    seconds = {name: seconds_per_call(step, options.steps) for name, step in steps.items()}
    start = time.perf_counter()
    train_sae(config, recommender, seed=0)
    whole = {"ours": time.perf_counter() - start}
    whole["ours without the prediction loss"] = seconds["ours without the prediction loss"] * trainer.steps
    whole["plain"] = seconds["plain"] * trainer.steps
    # As many passes over the interactions as ours makes over users is hopeless; one pass is already this much.
    whole["pairwise"] = seconds["pairwise"] * math.ceil(len(pairs[0]) / config.batch_size)
    for name in steps:
        what = "whole training" if name != "pairwise" else "one pass over the interactions"
        print(
            f"{name}: step {1e3 * seconds[name]:.1f} ms, {seconds[name] / seconds['ours']:.2f} × ours; "
            f"{what} {whole[name]:.1f} s"
        )
    pairs_a_step = min(config.batch_size, recommender.n_users) * min(config.batch_size, recommender.n_items)
    ratio = (seconds["pairwise"] / config.batch_size) / (seconds["ours"] / pairs_a_step)
    print(f"seconds per scored pair: pairwise {ratio:.0f} × ours")

    values = torch.randn(512, 512, generator=torch.Generator().manual_seed(0)).relu().flatten()
    k = 512 * 24
    ours = seconds_per_call(lambda: kth_largest(values, k), 50)
    whole_sort = seconds_per_call(lambda: values.kthvalue(len(values) - k + 1).values, 50)
    print(
        f"k-th of {len(values):,}: {1e3 * ours:.2f} ms; torch.kthvalue {1e3 * whole_sort:.2f} ms: "
        f"{whole_sort / ours:.1f} ×"
    )


if __name__ == "__main__":
    main()
