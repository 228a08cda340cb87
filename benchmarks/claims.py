"""The published claims (docs/results.md) measured on a run: purity further down, popularity, decades, steering.

    python benchmarks/claims.py RUN_DIR [--users 200] [--seed 0]

For a run on MovieLens 1M. Steering is in exact mode, lists of 30, users drawn at random: for `nudge` among all, for
`suppress` among those whose list has the genre in at least a third of its places.
"""

import argparse
from pathlib import Path

import numpy as np

from explorer.neurons.purity import shares
from explorer.neurons.ranking import Ranking
from explorer.runs import Run, load_run
from explorer.steering import Edit, steer
from explorer.threads import use_threads

LIST = 30


def best_share(ranking: Ranking, group: np.ndarray, k: int) -> tuple[float, int]:
    """The largest share of a group among any neuron's top k, and that neuron; NaN if none fires on k items."""
    share = shares(ranking.top(k)[0], group[:, None], k)[:, 0]
    return (float("nan"), -1) if np.isnan(share).all() else (float(np.nanmax(share)), int(np.nanargmax(share)))


def show_items(run: Run) -> None:
    items = run.dataset.items
    eligible = run.dataset.ranked(run.config.neurons.min_support)
    ranking = Ranking.of(run.reconstruction.item_activations.numpy(), eligible)
    for genre, k in (("Drama", 200), ("Sci-Fi", 500), ("Children's", 20), ("Comedy", 50), ("Horror", 50)):
        group = run.dataset.genre_matrix[:, run.dataset.genres.index(genre)]
        share, neuron = best_share(ranking, group, k)
        print(f"{genre}: purity@{k} {share:.2f} (neuron {neuron}; base rate {group[eligible].mean():.3f})")
    rank = np.argsort(np.argsort(-items["popularity"].to_numpy(), kind="stable")) + 1
    for k in (50, 500):
        top, _ = ranking.top(k)
        means = np.where((top >= 0).all(axis=0), rank[top].mean(axis=0), np.nan)
        measured = np.isfinite(means)
        best = f"{np.nanmin(means):.0f}" if measured.any() else "–"
        print(f"popularity: mean rank of the most popular neuron's top {k}: {best} (uniform {len(rank) / 2:.0f})")
    decade = (items["year"] // 10 * 10).astype("Int64")
    for start in sorted(decade.dropna().unique()):
        group = (decade == start).fillna(False).to_numpy(bool)
        found = [f"@{k} {best_share(ranking, group, k)[0]:.2f}" for k in (50, 200)]
        print(f"{start}s: largest share {', '.join(found)} (base rate {group[eligible].mean():.2f})")


def genre_share(run: Run, users: np.ndarray, edits: list[Edit], carries: np.ndarray) -> np.ndarray:
    """Share of a genre in each user's steered list, `[B]`."""
    return np.array([carries[steer(run, int(user), edits, top=LIST).steered["row"]].mean() for user in users])


def show_steering(run: Run, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    best = run.index.best_per_genre(10).set_index("genre")["neuron"]
    everyone = rng.permutation(run.dataset.n_users)
    for genre in ("Children's", "Horror", "Action", "Romance"):
        carries = run.dataset.genre_matrix[:, run.dataset.genres.index(genre)]
        neuron = int(best[genre])
        some = everyone[:n]
        steps = {value: genre_share(run, some, [Edit(neuron, "set", value)], carries).mean() for value in (1.0, 3.0)}
        before = genre_share(run, some, [], carries)
        after = ", ".join(f"{share:.2f} at {value:g}" for value, share in steps.items())
        print(f"nudge {genre} (neuron {neuron}): {before.mean():.2f} → {after}")
        pool = everyone[: 10 * n]
        fans = pool[genre_share(run, pool, [], carries) >= 1 / 3][:n]
        if len(fans):
            ways = ([], [Edit(neuron, "set", 0.0)], [Edit(neuron, "set", -2.0)])
            left = " → ".join(f"{genre_share(run, fans, edits, carries).mean():.2f}" for edits in ways)
            print(f"suppress {genre}, {len(fans)} users: {left} (as is, neuron at 0, at −2)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    use_threads()
    run = load_run(options.run_dir)
    show_items(run)
    show_steering(run, options.users, options.seed)


if __name__ == "__main__":
    main()
