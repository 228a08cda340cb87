"""How long a training will take and how large its run will be, before it starts.

The autoencoder's steps, most of the time, are timed: a few of them are done on random embeddings of the sizes in
question, on this machine. For everything else there are costs per unit, a base model's in its entry and the rest
here, estimated from trainings on MovieLens 1M (`benchmarks/jobs.py` compares the estimate with what trainings took).
"""

from __future__ import annotations

import time
from contextlib import suppress

from explorer.config import RunConfig
from explorer.fidelity.reconstruction import MAX_TESTED
from explorer.recommenders import BASE_MODELS
from explorer.runs.pipeline import STAGES
from explorer.sae import Diverged, Trainer
from explorer.sae.start import MAX_ROWS

_TIMED_STEPS = 5
_MAX_TIMING = 1.0
"""Seconds that the timing of steps may take, roughly."""
_ROWS = 2048
"""Rows per side of the random embeddings that steps are timed on, at most (a batch of more rows: its own size)."""
VALIDATION = 0.3
"""Seconds that choosing the best epoch takes after each, for 2,000 users."""
IMPORTS = 2.0
"""Seconds that the libraries of the first stage take to come into memory."""
OVERHEAD = 0.6
"""Seconds of every later stage that do not depend on the sizes: its libraries, files, and what is drawn up once."""
LOAD_PER_POSITIVE = 2e-6
COMPONENTS_PER_CELL = 9e-8
"""Seconds per row and squared dimension that the search for independent components takes."""
ROUND_OF_EPOCH = 0.25
"""What a round of dictionary learning takes of the time of an epoch whose steps pass over both sides once."""
COST_ITEMS, SMALL_LIST = 3000, 1000
"""Items of the data on which a base model's cost per user was measured, and those below which it no longer falls."""
LISTS_POWER = 0.8
"""Power of the number of items with which lists take longer: scores in proportion, the rest hardly."""
LISTS_PER_LEVEL = 15
"""Times that the lists of the baselines of a level take of those of the level itself."""
INDEX_PER_CELL = 2.4e-6
"""Seconds per neuron and row of users or items."""
BYTES_PER_POSITIVE, BYTES_PER_NEURON, BYTES_PER_ROW = 1.5, 2500, 15


def estimate_seconds(config: RunConfig, users: int, items: int, positives: int) -> dict[str, float]:
    """Seconds by stage, in their order, for a data set of these sizes."""
    config = config.with_defaults_for(items)
    base, cells = config.recommender, config.sae.width * (users + items)
    cost = BASE_MODELS[base.kind].cost
    rows = cost.per_row * (users + items) * (base.dim / 64) ** 2
    epoch = cost.per_positive * positives * base.dim / 64 + rows + VALIDATION * min(users, 2000) / 2000
    levels = len(config.sae.levels)
    lists = 1 + levels + LISTS_PER_LEVEL * (levels if levels > 1 else 0)
    of_items = (max(items, SMALL_LIST) / COST_ITEMS) ** LISTS_POWER
    seconds = {
        "load": IMPORTS + LOAD_PER_POSITIVE * positives,
        "recommender": min(getattr(base, "epochs", 0), cost.epochs) * epoch,
        "sae": _sae_seconds(config, users, items),
        "index": INDEX_PER_CELL * cells,
        "evaluate": cost.per_user * min(users, MAX_TESTED) * of_items * lists,
    }
    return {stage: seconds[stage] + (OVERHEAD if stage != "load" else 0) for stage in STAGES}


def estimate_bytes(config: RunConfig, users: int, items: int, positives: int) -> int:
    """Size of the run's folder for a data set of these sizes."""
    config = config.with_defaults_for(items)
    embeddings = 4 * config.recommender.dim * (users + items)
    dictionary = 8 * config.recommender.dim * config.sae.width
    tables = BYTES_PER_NEURON * config.sae.width + BYTES_PER_ROW * (users + items)
    return int(embeddings + dictionary + tables + BYTES_PER_POSITIVE * positives)


def _sae_seconds(config: RunConfig, users: int, items: int) -> float:
    base, sae = config.recommender, config.sae
    steps = sae.epochs * sae.steps_per_epoch(users, items)
    rows = [min(size, max(_ROWS, sae.batch_size)) for size in (users, items)]
    # Random embeddings have no components to find, and to search for them takes longest where there are none.
    shortened = {"start": "random", "dictionary_rounds": 0, "epochs": max(sae.epochs, 1)}
    timed = sae.model_copy(update={name: value for name, value in shortened.items() if hasattr(sae, name)})
    trainer = Trainer(timed, BASE_MODELS[base.kind].random(base, *rows, config.seed), config.seed)
    times = []
    # One more than is timed: the first one allocates. Settings that diverge on real data do so here as well.
    with suppress(Diverged):
        while len(times) <= _TIMED_STEPS and sum(times) < _MAX_TIMING:
            began = time.perf_counter()
            trainer.train_step()
            times.append(time.perf_counter() - began)
    step = min(times, default=0.0)
    searched = [min(size, MAX_ROWS) for size in (users, items)]
    passes = sum(searched) / sum(min(size, sae.batch_size) for size in (users, items))
    rounds = getattr(sae, "dictionary_rounds", 0)
    components = COMPONENTS_PER_CELL * sum(searched) * base.dim**2 if sae.start == "components" else 0.0
    return components + step * (steps + ROUND_OF_EPOCH * rounds * passes)
