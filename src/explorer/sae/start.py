"""The directions that a training starts from."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.progress import Progress, silent
from explorer.recommenders import Recommender
from explorer.sae.config import SaeConfig
from explorer.sae.dictionary import clusters, independent_components, learn_directions

_CLUSTER_SEED = 0
MAX_ROWS = 20_000
"""Users, and items, on which a start is searched for."""
_ASKED_USERS = 64
"""Users, spread evenly over all, whose scores say how popular an item is to the recommender."""


def start_directions(
    config: SaeConfig,
    rows: list[Tensor],
    n: int,
    counts: tuple[int, int] | None,
    generator: torch.Generator,
    progress: Progress = silent,
) -> Tensor:
    """Unit vectors `[n, d]` by `config.start`, then `config.dictionary_rounds` rounds of dictionary learning.

    rows: users and items in normalised units, `[·, d]` each. counts: neurons that may fire on a user and on an item;
    None where that is not known, and no dictionary can be learned.
    """
    rows = [_spread(side) for side in rows]
    d = rows[0].shape[1]
    if config.start == "random":
        directions = F.normalize(torch.randn(n, d, generator=generator), dim=1)
    elif config.start == "clusters":
        directions = clusters(rows[1], n, generator)
    else:
        progress("sae", 0.0, "looking for independent components")
        directions = independent_components(rows)[:n]
        if len(directions) < n:
            directions = torch.cat([directions, _far_clusters(rows[1], directions, n)])
    rounds = config.dictionary_rounds if counts else 0
    return learn_directions(rows, directions, counts, rounds, progress) if rounds else directions


def _spread(rows: Tensor) -> Tensor:
    """At most `MAX_ROWS` of them, evenly spread: directions are found as well on these."""
    if len(rows) <= MAX_ROWS:
        return rows
    return rows[torch.linspace(0, len(rows) - 1, MAX_ROWS).long()]


def _far_clusters(items: Tensor, directions: Tensor, n: int) -> Tensor:
    """Of n clusters of items those that point least along any of the directions, as many as are missing from n.

    Their seed is fixed: a start that is the same for all seeds has neurons that can be found again.
    """
    centres = clusters(items, n, torch.Generator().manual_seed(_CLUSTER_SEED))
    if not len(directions):
        return centres
    return centres[(centres @ directions.T).max(dim=1).values.argsort(stable=True)[: n - len(directions)]]


@torch.no_grad()
def mean_scores(recommender: Recommender, user_embeddings: Tensor, item_embeddings: Tensor) -> Tensor:
    """Mean score of every item over some users, `[n_items]`: how popular it is to the recommender."""
    users = torch.linspace(0, recommender.n_users - 1, min(_ASKED_USERS, recommender.n_users)).long()
    # One user at a time: the hidden layers of a network are many times as large as its scores.
    return sum(recommender.score(user_embeddings[user][None], item_embeddings, user[None])[0] for user in users)
