"""Figures behind statements in docs/: what the error of scores consists of, and how often an interval holds.

python benchmarks/statements.py RUN
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from explorer.runs import Run, load_run

MIN_PURITY = 0.5
"""Purity@10 from which on intervals are counted."""


def score_errors(run: Run) -> None:
    """What the squared error of all scores u·q consists of."""
    u, q = run.recommender.user_embeddings, run.recommender.item_embeddings
    rebuilt_u, rebuilt_q = run.reconstruction.user_embeddings, run.reconstruction.item_embeddings
    error = rebuilt_u @ rebuilt_q.T - u @ q.T
    total, means = error.square().sum(), error.mean(dim=1)
    of_means = float(means.square().sum() * error.shape[1] / total)
    print(f"mean errors of users, share of the squared error of scores: {of_means:.1%}")
    for side, of_side in (("users", (rebuilt_u - u) @ q.T), ("items", u @ (rebuilt_q - q).T)):
        print(f"squared error with only {side} rebuilt, relative to both: {float(of_side.square().sum() / total):.1%}")
    left, strength, _ = torch.linalg.svd(q - q.mean(dim=0), full_matrices=False)
    popularity = np.log1p(run.dataset.items["popularity"].to_numpy())
    correlation = abs(np.corrcoef(left[:, 0], popularity)[0, 1])
    print(
        f"variance of the items' embeddings in its first direction: {float(strength[0] ** 2 / (strength**2).sum()):.1%}"
    )
    print(f"correlation of that direction with log popularity: {correlation:.2f}")


def intervals(run: Run) -> None:
    """How often the share further down a ranking lies in the 95% interval of purity@10."""
    table = run.index.purity.pivot(index=["neuron", "genre"], columns="k", values=["value", "low", "high"]).dropna()
    table = table[table["value"][10] >= MIN_PURITY]
    inside = table["value"][50].between(table["low"][10], table["high"][10])
    print(f"purity@50 inside the interval of purity@10: {inside.mean():.0%} of {len(inside)} neurons and genres")


def main() -> None:
    """Print the figures of one run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", metavar="RUN", type=Path)
    run = load_run(parser.parse_args().run)
    score_errors(run)
    intervals(run)


if __name__ == "__main__":
    main()
