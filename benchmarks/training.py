"""A training step of the autoencoder, and what its parts cost.

    python benchmarks/training.py RUN_DIR [--steps 100] [--threads 1]

RUN_DIR gives the frozen recommender, for instance a run on ml-1m-implicit.
"""

import argparse
import time
from pathlib import Path

import torch

from explorer.runs import load_run
from explorer.sae import BatchTopKConfig, Trainer
from explorer.sae.activations import kth_largest
from explorer.threads import use_threads


def seconds_per_call(function, times: int) -> float:
    for _ in range(5):
        function()
    start = time.perf_counter()
    for _ in range(times):
        function()
    return (time.perf_counter() - start) / times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    use_threads(options.threads)
    recommender = load_run(options.run_dir).recommender
    default = BatchTopKConfig(width=512, k=24)
    step = {
        name: seconds_per_call(Trainer(config, recommender, seed=0).train_step, options.steps)
        for name, config in {
            "with the prediction loss (default)": default,
            "without it": default.model_copy(update={"prediction_weight": 0.0}),
        }.items()
    }
    with_loss, without = step.values()
    print(
        f"step {1e3 * with_loss:.1f} ms; without the prediction loss {1e3 * without:.1f} ms: "
        f"{with_loss / without:.2f} ×"
    )

    values = torch.randn(512, 512, generator=torch.Generator().manual_seed(0)).relu().flatten()
    k = 512 * 24
    ours = seconds_per_call(lambda: kth_largest(values, k), 50)
    plain = seconds_per_call(lambda: values.kthvalue(len(values) - k + 1).values, 50)
    print(f"k-th of {len(values):,}: {1e3 * ours:.2f} ms; torch.kthvalue {1e3 * plain:.2f} ms: {plain / ours:.1f} ×")


if __name__ == "__main__":
    main()
