"""Geometric matrix completion by recurrent graph networks (Monti, Bronstein, Bresson 2017), the separable form.

The factors W of the users and H of the items start from a singular value decomposition and are diffused over a graph of
users and one of items: Chebyshev filters look at a row's surroundings, an LSTM turns that into a small change, and so
on for `steps` steps. All rows share the filters and the LSTM, whose size does not depend on the data.

What differs from the paper, as the data are positives without ratings: the loss is the softmax over the whole catalogue
instead of the squared error on known ratings, and each factor of the start has a scale that is learned with the rest.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch
from pydantic import Field
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import svds
from torch import Tensor, nn

from explorer.data import Dataset
from explorer.progress import Progress, silent
from explorer.recommenders.base import DotProductRecommender, Recommender
from explorer.recommenders.early_stopping import BestEpoch
from explorer.recommenders.entry import BaseModelEntry, Cost
from explorer.recommenders.lightgcn import softmax_loss
from explorer.recommenders.neighbours import chebyshev, features, neighbour_graph, roughness
from explorer.recommenders.new_user import softmax_embedding
from explorer.settings import Settings

_MAX_CELLS = 2**22
"""Scores of a part of a step's users for the whole catalogue: 16 MB."""


class GmcConfig(Settings):
    """Settings of `gmc`."""

    kind: Literal["gmc"] = "gmc"
    dim: int | None = Field(None, ge=2, le=2048, description="Length of an embedding, d.")
    neighbours: int = Field(
        10, ge=1, le=200, description="Nearest users of a user, and items of an item, in the graphs."
    )
    facet_weight: float = Field(
        0.1, ge=0, le=1, description="Share of facets in how alike two are; the rest is what was consumed together."
    )
    order: int = Field(2, ge=1, le=10, description="Steps through a graph that one filter sees.")
    steps: int = Field(2, ge=1, le=30, description="Steps of diffusion, each a change to all embeddings.")
    width: int = Field(64, ge=1, le=512, description="Filters per graph, and length of the LSTM's memory.")
    smoothness: float = Field(
        10.0, ge=0, le=1e6, description="Penalty on how much neighbours in the graphs differ (Dirichlet energy)."
    )
    start_length: float = Field(
        3.0, gt=0, le=100, description="Length of an embedding at the start, on average; scores grow with its square."
    )
    learning_rate: float = Field(0.02, gt=0, le=1, description="Step size of Adam.")
    batch_size: int = Field(512, ge=1, le=1_000_000, description="Users whose scores a step compares.")
    epochs: int = Field(60, ge=1, le=1000, description="Maximum number of epochs; the best is kept.")
    patience: int = Field(8, ge=1, le=1000, description="Early-stopping patience, in epochs.")


class Diffusion(nn.Module):
    """The recurrent network of one side: `[n, d]` to `[n, d]`, over the graph of its rows."""

    def __init__(self, graph: csr_array, config: GmcConfig, generator: torch.Generator):
        super().__init__()
        self.graph, self.order, self.steps = graph, config.order, config.steps
        skip = nn.utils.skip_init  # torch would draw from its global generator
        self.filters = skip(nn.Linear, (config.order + 1) * config.dim, config.width)
        self.memory = skip(nn.LSTMCell, config.width, config.width)
        self.change = skip(nn.Linear, config.width, config.dim)
        for module in (self.filters, self.memory):
            for parameter in module.parameters():
                bound = (3 / parameter.shape[-1]) ** 0.5 if parameter.ndim > 1 else 0.0
                nn.init.uniform_(parameter, -bound, bound, generator=generator)
        # The first step of the training sees the start as it is.
        for parameter in self.change.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        state = None
        for _ in range(self.steps):
            seen = torch.relu(self.filters(chebyshev(self.graph, x, self.order)))
            state = self.memory(seen, state)
            x = x + torch.tanh(self.change(state[0]))
        return x


class Completion(nn.Module):
    """Start, graphs and both networks."""

    def __init__(self, config: GmcConfig, dataset: Dataset, seed: int):
        super().__init__()
        generator, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
        positives = dataset.train
        of_items = csr_array(dataset.genre_matrix.astype(np.float32))
        sides = ((positives, csr_array(positives @ of_items)), (csr_array(positives.T), of_items))
        graphs = [neighbour_graph(features(*side, config.facet_weight), config.neighbours, rng) for side in sides]
        self.start = truncated_factors(positives, config.dim, rng)
        self.scale = nn.Parameter(torch.full((config.dim,), config.start_length))
        self.sides = nn.ModuleList(Diffusion(graph, config, generator) for graph in graphs)

    def forward(self) -> tuple[Tensor, Tensor]:
        """Embeddings of users `[n_users, d]` and of items `[n_items, d]`."""
        users, items = (side(start * self.scale) for side, start in zip(self.sides, self.start, strict=True))
        return users, items

    def roughness(self, embeddings: tuple[Tensor, Tensor]) -> Tensor:
        return sum(roughness(side.graph, x) for side, x in zip(self.sides, embeddings, strict=True))


def truncated_factors(positives: csr_array, dim: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """`U √S` and `V √S` of the positives, cells divided by the roots of both degrees: `[n_users, d]`, `[n_items, d]`,
    scaled so that an embedding has length 1 on average. Of data with fewer directions, the others are 0."""
    user, item = (diags_array(np.maximum(positives.sum(axis), 1) ** -0.5) for axis in (1, 0))
    cells = csr_array(user @ positives @ item).astype(np.float64)
    rank = min(dim, min(cells.shape) - 1)
    if rank < 1:
        return tuple(torch.zeros(n, dim) for n in cells.shape)
    left, values, right = svds(cells, rank, v0=rng.random(min(cells.shape)))
    strongest = np.argsort(-values)
    factors = []
    for side in (left, right.T):
        # The sign of a singular pair is the solver's choice; the heaviest row of the users is positive.
        signs = np.sign(left[np.abs(left).argmax(axis=0), np.arange(rank)])
        factor = np.zeros((len(side), dim), np.float32)
        factor[:, :rank] = (side * signs * np.sqrt(values))[:, strongest]
        length = np.sqrt((factor**2).sum(axis=1).mean())
        factors.append(torch.from_numpy(factor / max(length, 1e-12)))
    return tuple(factors)


def fit_gmc(
    config: GmcConfig, dataset: Dataset, seed: int, progress: Progress = silent
) -> tuple[DotProductRecommender, list[dict]]:
    """Train, keep the epoch with the best validation NDCG; returns the frozen model and one record per epoch.

    The frozen embeddings are those after the diffusion, the only ones that a score needs.
    """
    generator = torch.Generator().manual_seed(seed)
    n_users, n_items, positives = dataset.n_users, dataset.n_items, dataset.train
    network = Completion(config, dataset, seed)
    optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate)
    best = BestEpoch(dataset, seed, config.patience)
    steps = math.ceil(n_users / config.batch_size)
    for epoch in range(1, config.epochs + 1):
        total = 0.0
        for batch in torch.randperm(n_users, generator=generator).tensor_split(steps):
            optimiser.zero_grad()
            embeddings = network()
            # The scores' part of the gradient first: it goes through the networks once, not per part.
            users, items = (x.detach().requires_grad_() for x in embeddings)
            for part in batch.split(max(1, _MAX_CELLS // n_items)):
                scale = n_users / len(batch) / positives.nnz
                loss = scale * softmax_loss(users[part], items, positives[part.numpy()])
                loss.backward()
                total += loss.item()
            penalty = config.smoothness / positives.nnz * network.roughness(embeddings)
            torch.autograd.backward([*embeddings, penalty], [users.grad, items.grad, None])
            optimiser.step()
        with torch.no_grad():
            embeddings = network()
        ndcg = best.offer(epoch, DotProductRecommender.from_arrays(*embeddings))
        best.history[-1]["train_loss"] = total / steps
        progress(
            "recommender", epoch / config.epochs, f"epoch {epoch}, validation NDCG@20 {ndcg:.3f}", best.history[-1]
        )
        if best.exhausted:
            break
    return best.model, best.history


def fold_in_gmc(config: GmcConfig, model: Recommender, items: np.ndarray, popularity: np.ndarray) -> Tensor:
    """The embedding `[1, d]` of a new user.

    The graph and the networks are not saved, so the diffusion cannot be repeated: it is where the loss of her items is
    least, with half the penalty that a user without neighbours would have, as neighbours who are like her take away
    from it (`benchmarks/fold_in.py`).
    """
    return softmax_embedding(model, items, max(config.smoothness, 1.0))


GMC = BaseModelEntry(
    GmcConfig,
    fit_gmc,
    DotProductRecommender,
    "Geometric matrix completion",
    "Factors diffused over graphs of alike users and alike items by recurrent networks; the score is a dot product.",
    Cost(per_positive=1.4e-6, epochs=26),
    fold_in=fold_in_gmc,
)
