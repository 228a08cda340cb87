"""How long a training will take and how large its run will be, before it starts.

The autoencoder's steps, most of the time, are timed: a few of them are done on random embeddings of the sizes in
question, on this machine. For everything else there are costs per unit, fitted to trainings on MovieLens 1M
(`benchmarks/jobs.py` compares the estimate with what trainings took).
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from typing import NamedTuple

import torch

from explorer.config import RunConfig
from explorer.recommenders import DotProductRecommender, Recommender
from explorer.recommenders.ncf import NcfConfig, NeuralFiltering
from explorer.runs.pipeline import STAGES
from explorer.sae import Diverged, Trainer

_TIMED_STEPS = 5
_MAX_TIMING = 1.0
"""Seconds that the timing of steps may take, roughly."""
_ROWS = 2048
"""Rows per side of the random embeddings that steps are timed on, at most (a batch of more rows: its own size)."""


class PassCost(NamedTuple):
    """What a pass of a base model over the data takes."""

    per_positive: float
    """Seconds per positive at 64 dimensions; in proportion to the dimensions."""
    passes: int
    """Passes after which it usually stops: it keeps the best one."""


PASS_COST = {
    "als": PassCost(2.5e-7, 10),
    "mf": PassCost(4.7e-6, 12),
    "ncf": PassCost(9.0e-6, 24),
    "lightgcn": PassCost(9.0e-7, 45),
}
VALIDATION = 0.3
"""Seconds that choosing the best pass takes after each, for 2,000 users."""
IMPORTS = 2.0
"""Seconds that the libraries of the first stage take to come into memory."""
LOAD_PER_POSITIVE = 4e-6
INDEX_PER_CELL = 1.7e-7
"""Seconds per neuron and row of users or items."""
EVALUATE_PER_USER = {"ncf": 1e-3}
"""Seconds per user and level, and once more for the recommender's own lists; other kinds: the next."""
EVALUATE_DOT_PRODUCT = 3.4e-4
BYTES_PER_POSITIVE, BYTES_PER_NEURON, BYTES_PER_ROW = 1.5, 2500, 15


def estimate_seconds(config: RunConfig, users: int, items: int, positives: int) -> dict[str, float]:
    """Seconds by stage, in their order, for a data set of these sizes."""
    config = config.with_defaults_for(items)
    base, cells = config.recommender, config.sae.width * (users + items)
    cost = PASS_COST[base.kind]
    a_pass = cost.per_positive * positives * base.dim / 64 + VALIDATION * min(users, 2000) / 2000
    levels = len(config.sae.levels)
    seconds = {
        "load": IMPORTS + LOAD_PER_POSITIVE * positives,
        "recommender": min(base.epochs, cost.passes) * a_pass,
        "sae": _sae_seconds(config, users, items),
        "index": INDEX_PER_CELL * cells,
        "evaluate": EVALUATE_PER_USER.get(base.kind, EVALUATE_DOT_PRODUCT) * users * (1 + levels),
    }
    return {stage: seconds[stage] for stage in STAGES}


def estimate_bytes(config: RunConfig, users: int, items: int, positives: int) -> int:
    """Size of the run's folder for a data set of these sizes."""
    config = config.with_defaults_for(items)
    embeddings = 4 * config.recommender.dim * (users + items)
    dictionary = 8 * config.recommender.dim * config.sae.width
    tables = BYTES_PER_NEURON * config.sae.width + BYTES_PER_ROW * (users + items)
    return int(embeddings + dictionary + tables + BYTES_PER_POSITIVE * positives)


def _sae_seconds(config: RunConfig, users: int, items: int) -> float:
    sae = config.sae
    steps = sae.epochs * max(math.ceil(size / min(sae.batch_size, size)) for size in (users, items))
    rows = [min(size, max(_ROWS, sae.batch_size)) for size in (users, items)]
    trainer = Trainer(sae, _random_recommender(config, *rows), config.seed)
    times = []
    # One more than is timed: the first one allocates. Settings that diverge on real data do so here as well.
    with suppress(Diverged):
        while len(times) <= _TIMED_STEPS and sum(times) < _MAX_TIMING:
            began = time.perf_counter()
            trainer.train_step()
            times.append(time.perf_counter() - began)
    return steps * min(times, default=0.0)


def _random_recommender(config: RunConfig, users: int, items: int) -> Recommender:
    generator = torch.Generator().manual_seed(config.seed)
    base = config.recommender
    if isinstance(base, NcfConfig):
        return NeuralFiltering(users, items, base.dim, base.hidden, generator).freeze()
    return DotProductRecommender.from_arrays(
        *(torch.randn(size, base.dim, generator=generator) for size in (users, items))
    )
