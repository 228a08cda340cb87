"""What a genre costs, by what it is steered with: the concept's knob, the same neurons with equal weights, the best of
them alone, and the centroid of the genre's items. All at equal effect: at the dose at which the genre's share of the
lists has risen by .35, or fallen to .3 of what it was.

python benchmarks/concepts.py RUN_DIR [--users 300] [--seed 0]
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from explorer.measures import ACCURACY_LENGTH, NDCG, SHOWN_LENGTH
from explorer.recommenders import accuracy
from explorer.runs import Run, load_run
from explorer.steering import concepts_of
from explorer.threads import use_threads

RISE, FALL = 0.35, 0.3
MAX_SHARE = 0.9
STEPS = 0.05 * 1.25 ** np.arange(40)
"""Lengths of a step, in multiples of the users' mean length."""


class Lists:
    """The lists of some users, moved together in one direction."""

    def __init__(self, run: Run, users: np.ndarray):
        self.run, self.users, self.items = run, users, run.recommender.item_embeddings
        seen = torch.tensor(run.dataset.seen[users].toarray() > 0)
        x = run.recommender.user_embeddings[users]
        own = run.recommender.score(x, self.items, torch.tensor(users))
        self.scores = own.masked_fill(seen, -torch.inf)
        self.length = run.sae.lengths(x, "user").mean()
        self.own = self.scores.topk(SHOWN_LENGTH).indices.numpy()

    def at(self, direction: torch.Tensor, step: float, members: np.ndarray) -> np.ndarray:
        """Share of the genre, NDCG and share kept when all users go so far in a direction."""
        moved = self.scores + self.length * step * (self.items @ direction)
        lists = moved.topk(max(SHOWN_LENGTH, ACCURACY_LENGTH)).indices.numpy()
        ndcg = accuracy(lists, self.run.dataset.test[self.users], ACCURACY_LENGTH)[NDCG]
        top = lists[:, :SHOWN_LENGTH]
        kept = np.mean([len(np.intersect1d(a, b)) / SHOWN_LENGTH for a, b in zip(self.own, top, strict=True)])
        return np.array([members[top].mean(), float(np.mean(ndcg)), kept])

    def price(self, direction: torch.Tensor, members: np.ndarray, target: float, sign: int) -> np.ndarray:
        """NDCG and share kept at the step where the genre's share is the target; NaN if it never is."""
        direction, before = direction / direction.norm(), self.at(direction, 0.0, members)
        for step in STEPS:
            now = self.at(direction, sign * step, members)
            if sign * (now[0] - target) >= 0:
                return before[1:] + (target - before[0]) / (now[0] - before[0]) * (now[1:] - before[1:])
            before = now
        return np.full(2, np.nan)


def directions(run: Run, genre: str, members: np.ndarray) -> dict[str, torch.Tensor]:
    """Of each way to steer a genre, `[d]`."""
    concept = concepts_of(run)[genre]
    rows, units = list(concept.neurons), torch.tensor(run.units)
    steps = run.sae.scale[0] * units[rows, None] * run.sae.W_dec[rows]
    ap = run.index.detectors(genre).set_index("neuron")["ap"].reindex(rows).fillna(0).to_numpy()
    ranked = torch.tensor(run.dataset.ranked(run.config.neurons.min_support))
    items = run.recommender.item_embeddings
    return {
        "concept": torch.tensor(concept.weights, dtype=torch.float32) @ steps,
        "equal weights": steps.mean(dim=0),
        "best neuron": steps[int(ap.argmax())],
        "centroid": items[ranked & torch.tensor(members)].mean(dim=0) - items[ranked].mean(dim=0),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--users", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    use_threads()
    run = load_run(options.run_dir)
    known = np.flatnonzero(np.diff(run.dataset.test.indptr))
    lists = Lists(run, np.sort(np.random.default_rng(options.seed).choice(known, options.users, replace=False)))
    found = []
    for genre in (genre for genre in run.dataset.genres if genre in concepts_of(run)):
        members = run.dataset.genre_matrix[:, run.dataset.genres.index(genre)]
        share = float(members[lists.own].mean())
        for name, direction in directions(run, genre, members).items():
            up = lists.price(direction, members, min(MAX_SHARE, share + RISE), 1)
            down = lists.price(direction, members, FALL * share, -1)
            size = len(concepts_of(run)[genre].neurons)
            found.append((genre, size, name, *up, *down))
    columns = ["genre", "neurons", "by", "up: NDCG", "up: kept", "down: NDCG", "down: kept"]
    table = pd.DataFrame(found, columns=columns)
    for title, rows in (("all", table), ("of several neurons", table[table["neurons"] > 1])):
        print(f"{rows['genre'].nunique()} genres, {title}; NaN: out of reach")
        print(rows.groupby("by", sort=False)[columns[3:]].mean().round(3).to_string())
        print(rows.set_index("by")[columns[3:4] + columns[5:6]].isna().groupby("by", sort=False).sum().to_string())
    print(table.round(3).to_string(index=False))


if __name__ == "__main__":
    main()
