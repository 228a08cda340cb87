"""Do the tests of the audit tell concepts from noise? A machine that knows only genres takes them, on neurons and on
random directions that fire on as many items.

This does not measure what people would reach, since they know the items. The machine takes as the intruder the item
that shares least with the other five (mean Jaccard index of their genres), and of the forward test's ten it chooses
those of the genre that the neuron detects best.

python benchmarks/audit_tests.py RUN [--tries 5] [--draws 3]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from explorer.audit import TRIAL_KINDS, Audit, Trial
from explorer.audit.queue import firing
from explorer.audit.scores import Score, correlation, run_score
from explorer.audit.trials import NoQuestion, Question, answered, draw
from explorer.neurons import build_index
from explorer.neurons.chance import random_activations
from explorer.runs import Run, load_run


class RandomDirections:
    """Stands in for an autoencoder: random directions of the items' embeddings above thresholds."""

    def __init__(self, run: Run, seed: int):
        ranked = run.dataset.ranked(run.config.neurons.min_support)
        x = run.recommender.item_embeddings.numpy()
        density = (run.reconstruction.item_activations.numpy()[ranked] > 0).mean(axis=0)
        self.activations = random_activations(x, np.maximum(density, 1 / ranked.sum()), ranked, seed)
        self._row = {row.tobytes(): i for i, row in enumerate(x)}

    def encode(self, x: torch.Tensor, _side: str) -> torch.Tensor:
        return torch.from_numpy(self.activations[[self._row[row.tobytes()] for row in x.numpy()]])


def with_activations(run: Run, items: np.ndarray, users: np.ndarray) -> Run:
    """The run with an index of these activations, made as a training makes it."""
    q, u = run.recommender.item_embeddings.numpy(), run.recommender.user_embeddings.numpy()
    config = run.config.neurons
    index = build_index(run.dataset, items, users, config, item_embeddings=q, user_embeddings=u, seed=run.config.seed)
    return replace(run, index=index)


def random_run(run: Run, seed: int) -> Run:
    """The run with random directions in place of its neurons."""
    sae = RandomDirections(run, seed)
    nobody = np.zeros((run.dataset.n_users, sae.activations.shape[1]), np.float32)
    return replace(with_activations(run, sae.activations, nobody), sae=sae)


def stands_out(run: Run, asked: Question, column: str) -> list[int]:
    """The item whose popularity or year is furthest from the median of the others: a test must not reward it."""
    values = run.dataset.items[column].iloc[list(asked.items)].rank().to_numpy(float, na_value=3.5)
    apart = [abs(value - np.median(np.delete(values, i))) for i, value in enumerate(values)]
    furthest = np.flatnonzero(np.array(apart) == max(apart))
    return [asked.items[np.random.default_rng(asked.seed).choice(furthest)]]


def choose(run: Run, asked: Question) -> list[int]:
    """The answer of somebody who knows the genres only."""
    bears = run.dataset.genre_matrix[list(asked.items)]
    if asked.kind == "forward":
        genre = run.dataset.genres.index(run.index.neurons["genre"].iloc[asked.neuron])
        return [row for row, has in zip(asked.items, bears[:, genre], strict=True) if has]
    both = (bears[:, None] & bears[None]).sum(axis=2)
    either = (bears[:, None] | bears[None]).sum(axis=2)
    likeness = (both / np.maximum(either, 1)).sum(axis=1) - np.diag(both / np.maximum(either, 1))
    least = np.flatnonzero(likeness <= likeness.min() + 1e-9)
    return [asked.items[np.random.default_rng(asked.seed).choice(least)]]


def take(run: Run, neurons: list[int], kind: str, tries: int) -> tuple[list[Trial], list[NoQuestion], list[float]]:
    """The answers, why there was no question, and the seconds that a question took."""
    trials, none, seconds = [], [], []
    for neuron in neurons:
        for seed in range(tries):
            start = time.perf_counter()
            asked = draw(run, neuron, kind, seed, name="its best genre")
            seconds.append(time.perf_counter() - start)
            if isinstance(asked, NoQuestion):
                none.append(asked)
            else:
                trials.append(answered(asked, "genres only", choose(run, asked)))
    return trials, none, seconds


def text(score: Score) -> str:
    return f"{score.share:.1%} ({score.low:.1%} to {score.high:.1%}), {score.neurons} neurons, p {score.p:.2g}"


def main() -> None:
    """Print the machine's scores on the neurons of a run and on random directions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", metavar="RUN", type=Path)
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--draws", type=int, default=3)
    options = parser.parse_args()
    loaded = load_run(options.run)
    codes = loaded.reconstruction
    run = with_activations(loaded, codes.item_activations.numpy(), codes.user_activations.numpy())
    known = run.index.neurons["genre"].notna().to_numpy()
    named = loaded.index.named.to_numpy()
    groups = {
        "named neurons": [(run, [n for n in firing(run).tolist() if known[n] and named[n]])],
        "other neurons": [(run, [n for n in firing(run).tolist() if known[n] and not named[n]])],
        "random directions": [],
    }
    for seed in range(options.draws):
        other = random_run(loaded, seed)
        with_genre = other.index.neurons["genre"].notna().to_numpy()
        groups["random directions"].append((other, [n for n in firing(other).tolist() if with_genre[n]]))
    every = []
    for kind in TRIAL_KINDS:
        for group, runs in groups.items():
            trials, none, seconds = [], [], []
            for number, (of, neurons) in enumerate(runs):
                found, without, took = take(of, neurons, kind, options.tries)
                # Directions of another draw are other ones.
                trials += [replace(one, neuron=one.neuron + number * of.index.n) for one in found]
                none, seconds = none + without, seconds + took
            every += trials if group != "random directions" else []
            median, slowest = (1000 * quantile for quantile in np.quantile(seconds, [0.5, 0.95]))
            print(
                f"{kind}, {group}: {text(run_score(Audit(trials=tuple(trials)), kind))}; chance {trials[0].chance:.1%}"
            )
            print(
                f"  {len(none)} of {len(seconds)} without a question; {median:.0f} ms each, 95% within {slowest:.0f} ms"
            )
    for column in ("popularity", "year"):
        drawn = [
            draw(run, neuron, "intruder", seed) for neuron in firing(run).tolist() for seed in range(options.tries)
        ]
        questions = [one for one in drawn if isinstance(one, Question)]
        trials = tuple(answered(one, column, stands_out(run, one, column)) for one in questions)
        print(f"intruder, whoever stands out by {column}: {text(run_score(Audit(trials=trials), 'intruder'))}")
        gaps = [one.popularity_gap if column == "popularity" else one.year_gap for one in questions]
        half, most = np.quantile(gaps, [0.5, 0.95])
        print(f"  distance of the match in percentiles: median {half:.1f}, 95% within {most:.1f}")
    for kind in TRIAL_KINDS:
        found = correlation(run, Audit(trials=tuple(every)), kind)
        print(f"{kind}: rank correlation of the machine's score with held-out purity over neurons: {found}")


if __name__ == "__main__":
    main()
