"""Where a recommender keeps its genres: in its embeddings, in the network's first layer, or in its scores.

python benchmarks/ncf.py RUN
python benchmarks/ncf.py DATASET --set recommender.kind=ncf [--set KEY=VALUE ...]

A data set's base model is trained first. Any kind will do; only `ncf` has a first layer.

Each row of the table describes the items in one way, takes the direction of popularity out, learns 96 directions from
what is left (spherical k-means, then dictionary learning), and lets each direction rank the items twice: by a sparse
code of 12 directions, and by the plain projection. The best direction of a genre is chosen on a random half of the
ranked items and measured on the other. The last column is how many of an item's ten nearest share a genre with it, ÷
chance.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from explorer.config import load_config
from explorer.data import Dataset
from explorer.fidelity.agreement import rbo
from explorer.measures import NDCG
from explorer.neurons import NeuronConfig, held_out
from explorer.neurons.ranking import Ranking
from explorer.recommenders import NeuralRecommender, Recommender, accuracy, recommend, top_items
from explorer.runs import load_run
from explorer.runs.manifest import MANIFEST
from explorer.runs.pipeline import train_base
from explorer.sae.dictionary import clusters, learn_directions, popularity_direction
from explorer.sae.pursuit import nonnegative_pursuit
from explorer.threads import use_threads

DIRECTIONS, ACTIVE, ROUNDS, RANK = 96, 12, 15, 64
PURITY_DEPTH, NEIGHBOURS, LIST_LENGTH, ACCURACY_LENGTH = 10, 10, 30, 20
USERS = 1000
"""Users whose lists are compared, and over whom the first layer is averaged."""
CELLS = 2**22
"""Scores at once."""


def centred_scores(recommender: Recommender) -> Tensor:
    """All scores, each user's mean taken off, `[n_users, n_items]`: it says nothing about a user's list."""
    u, q = recommender.user_embeddings, recommender.item_embeddings
    parts = torch.arange(len(u)).split(max(1, CELLS // len(q)))
    found = torch.cat([recommender.score(u[part], q, part) for part in parts])
    return found.sub_(found.mean(dim=1, keepdim=True))


def factors(centred: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """Items `[n_items, rank]` by the largest factors of scores, and what projects scores on them, `[n_items, rank]`.

    A factor's strength is shared evenly by users and items, as matrix factorisation with a penalty shares it.
    """
    strength, items = torch.linalg.eigh(centred.T.double() @ centred.double())
    basis = items[:, -rank:].flip(1)
    return (basis * strength[-rank:].flip(0).clamp(min=0) ** 0.25).float(), basis.float()


def first_layer(recommender: NeuralRecommender, users: np.ndarray) -> Tensor:
    """Activations of the first layer for every item, mean over users, `[n_items, width]`."""
    first, dim = recommender.weights[0], recommender.dim
    of_users = recommender.user_embeddings[users] @ first[:, :dim].T + recommender.biases[0]
    of_items = recommender.item_embeddings @ first[:, dim:].T
    return torch.stack([(of_users + of_item).relu().mean(dim=0) for of_item in of_items])


def neighbours_of_genre(x: Tensor, genres: np.ndarray) -> float:
    """Share of an item's nearest items (by cosine) that share a genre with it, ÷ the share among all pairs."""
    unit = torch.nn.functional.normalize(x, dim=1)
    nearest = (unit @ unit.T).fill_diagonal_(-torch.inf).topk(NEIGHBOURS, dim=1).indices.numpy()
    together = genres.astype(np.float32) @ genres.T > 0
    chance = (together.sum() - together.trace()) / (len(x) * (len(x) - 1))
    return float(np.take_along_axis(together, nearest, axis=1).mean() / chance)


def explained(x: Tensor, y: Tensor) -> float:
    """Share of the variance of `y` that a linear function of `x` has."""
    x, y = (part.double() - part.double().mean(dim=0) for part in (x, y))
    return float(1 - (y - x @ torch.linalg.lstsq(x, y).solution).square().sum() / y.square().sum())


def row(x: Tensor, popularity: Tensor, dataset: Dataset, ranked: np.ndarray) -> str:
    """The row of one description `[n_items, ·]`; popularity: mean score of each item."""
    x = x - x.mean(dim=0)
    x = x / x.square().mean().sqrt()
    nearest = neighbours_of_genre(x[ranked], dataset.genre_matrix[ranked])
    if (along := popularity_direction(x, popularity)) is not None:
        x = x - (x @ along)[:, None] * along
    directions = clusters(x, DIRECTIONS, torch.Generator().manual_seed(0))
    directions = learn_directions([x], directions, (ACTIVE,), ROUNDS)
    projection = x @ directions.T
    # Only the order counts for a projection: shifted, so that every item has a place in it.
    rankings = nonnegative_pursuit(x, directions, ACTIVE), projection - projection.min() + 1
    found = [
        held_out(Ranking.of(z.numpy(), ranked), dataset.genre_matrix[ranked], dataset.genres, seed=0) for z in rankings
    ]
    purity = [of["purity"][str(PURITY_DEPTH)]["mean"] for of in found]
    return " | ".join(f"{value:.2f}" for value in (*purity, *(of["ap"]["mean"] for of in found), nearest))


def parts(recommender: NeuralRecommender, dataset: Dataset, centred: Tensor) -> None:
    """What the network adds to the dot product and the biases."""
    network = torch.cat(
        [
            recommender.network_score(u, recommender.item_embeddings)
            for u in recommender.user_embeddings.split(max(1, CELLS // recommender.n_items))
        ]
    )
    network -= network.mean(dim=1, keepdim=True)
    users = np.flatnonzero(np.diff(dataset.test.indptr))
    print(f"variance of the network's part of scores ÷ that of scores: {float(network.var() / centred.var()):.2f}")
    print(f"the same, each item's mean taken off: {_without_items(network) / _without_items(centred):.2f}")
    for name, of in (("all", centred), ("the network alone", network), ("without the network", centred - network)):
        lists = top_items(of[users], dataset.seen[users], ACCURACY_LENGTH)
        print(f"NDCG@{ACCURACY_LENGTH}, {name}: {accuracy(lists, dataset.test[users], ACCURACY_LENGTH)[NDCG]:.3f}")


def _without_items(of: Tensor) -> float:
    return float((of - of.mean(dim=0)).var())


@torch.inference_mode()
def study(recommender: Recommender, dataset: Dataset) -> None:
    """Print the table of one base model."""
    rng = np.random.default_rng(0)
    users = np.sort(rng.choice(dataset.n_users, min(USERS, dataset.n_users), replace=False))
    ranked = dataset.ranked(NeuronConfig().min_support)
    centred = centred_scores(recommender)
    popularity = centred.mean(dim=0)
    of_scores, basis = factors(centred, RANK)
    linear = centred @ basis @ basis.T
    kept = 1 - float((centred - linear).square().sum() / centred.square().sum())
    own = recommend(recommender, dataset.seen, LIST_LENGTH, users)
    again = np.nanmean(rbo(own, top_items(linear[users], dataset.seen[users], LIST_LENGTH)))
    described = {"embeddings": recommender.item_embeddings}
    if isinstance(recommender, NeuralRecommender):
        described["first layer, mean over users"] = first_layer(recommender, users)
    described[f"factors of scores, rank {RANK}"] = of_scores
    print("| what describes an item | purity@10, code | projection | AP, code | projection | neighbours |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, x in described.items():
        print(f"| {name} | {row(x, popularity, dataset, ranked)} |", flush=True)
    print(f"\nfactors of rank {RANK}: {kept:.3f} of the variance of scores, lists at RBO@{LIST_LENGTH} {again:.2f}")
    print(f"linear in embeddings: {explained(recommender.item_embeddings, of_scores):.2f} of the factors' variance")
    print(f"linear in factors: {explained(of_scores, recommender.item_embeddings):.2f} of the embeddings' variance")
    if isinstance(recommender, NeuralRecommender) and recommender.item_bias is not None:
        parts(recommender, dataset, centred)


def main() -> None:
    """Print the table of a run's base model, or of one that is trained now."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", metavar="RUN or DATASET")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    use_threads()
    if (Path(options.source) / MANIFEST).is_file():
        trained = load_run(Path(options.source))
    else:
        trained = train_base(options.source, load_config(settings=options.settings))
    study(trained.recommender, trained.dataset)


if __name__ == "__main__":
    main()
