"""The headline numbers of a run, as `evaluate --json` prints them and `run.json` keeps them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from explorer.config.run_config import RunConfig
from explorer.data import Dataset
from explorer.fidelity import (
    CODE_MEASURES,
    Lists,
    Reconstruction,
    compared_users,
    measure_coverage,
    measure_level_baselines,
    measure_levels,
    measure_lists,
    measure_recommender,
)
from explorer.measures import HIT, NDCG, PURITY_DEPTHS, RECALL
from explorer.neurons import (
    COLUMNS,
    Baselines,
    ItemFacts,
    NeuronIndex,
    Ranking,
    alive_neurons,
    build_index,
    genre_purity,
    held_out,
    measure_baselines,
    measure_health,
    summarise,
)
from explorer.recommenders import Recommender, has_accuracy
from explorer.runs.metrics import RunMetrics
from explorer.sae import SparseAutoencoder
from explorer.storage.tables import empty_table

_ACCURACY = (NDCG, RECALL, HIT)


def index_neurons(
    config: RunConfig,
    dataset: Dataset,
    recommender: Recommender,
    sae: SparseAutoencoder,
    reconstruction: Reconstruction,
) -> NeuronIndex:
    """The neuron index of a run."""
    effects = None
    if recommender.dot_product:

        def effects(neuron: int) -> np.ndarray:
            return recommender.item_embeddings.numpy() @ sae.W_dec.detach().numpy()[neuron]

    return build_index(
        dataset,
        reconstruction.item_codes,
        reconstruction.user_codes,
        config.neurons,
        item_embeddings=recommender.item_embeddings.numpy(),
        user_embeddings=recommender.user_embeddings.numpy(),
        seed=config.seed,
        directions=sae.W_dec.detach().numpy(),
        effects=effects,
        popularity_pair=getattr(sae, "pair", 0),
    )


@dataclass(frozen=True)
class Measured:
    """What is measured of a run."""

    metrics: RunMetrics
    """But for the timings."""
    directions: pd.DataFrame
    """The table of that name of the index: what purity the directions of the baselines reach."""


def measure_run(
    config: RunConfig,
    dataset: Dataset,
    recommender: Recommender,
    sae: SparseAutoencoder,
    reconstruction: Reconstruction,
    index: NeuronIndex,
) -> Measured:
    """Measure everything anew from the parts of a run.

    `sae` and `fidelity` are those of the whole dictionary, `levels` those of every prefix, this one included.
    `baselines`: the measures of the neurons and, by the same code, of the baselines.
    """
    lists = Lists.of(dataset, recommender)
    levels = measure_levels(dataset, recommender, sae, reconstruction, lists)
    report = {
        "dataset": {
            "name": dataset.name,
            "users": dataset.n_users,
            "items": dataset.n_items,
            "interactions": len(dataset.interactions),
        },
        "recommender": {
            "kind": config.recommender.kind,
            "dim": recommender.dim,
            **measure_recommender(dataset, recommender, lists),
        },
        "sae": {
            "activation": config.sae.activation,
            "width": config.sae.width,
            "k": getattr(config.sae, "k", None),
            "k_users": getattr(config.sae, "k_users", None) or getattr(config.sae, "k", None),
            "prefix_widths": list(sae.levels),
            **{name: levels[-1][name] for name in CODE_MEASURES},
        },
        "fidelity": {name: value for name, value in levels[-1].items() if name not in (*CODE_MEASURES, "width")},
        "levels": levels,
        "purity": {k: genre_purity(index, dataset.genres, k) for k in PURITY_DEPTHS},
        "popularity": _popularity(index),
    }
    beside, directions = _beside_baselines(config, recommender, sae, reconstruction, index, lists)
    report = report | beside
    if not has_accuracy(config.recommender):
        report = without_accuracy(report)
    return Measured(RunMetrics.model_validate({**without_nan(report), "seconds": {}}), directions)


def without_accuracy(value: Any) -> Any:
    """The same without NDCG, recall and hit rate, wherever they stand: a model that may have seen the held-out
    positives has none."""
    if isinstance(value, dict):
        return {key: None if key in _ACCURACY else without_accuracy(entry) for key, entry in value.items()}
    return [without_accuracy(entry) for entry in value] if isinstance(value, list) else value


def _beside_baselines(
    config: RunConfig,
    recommender: Recommender,
    sae: SparseAutoencoder,
    reconstruction: Reconstruction,
    index: NeuronIndex,
    lists: Lists,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Whether the neurons are concepts, as `concepts`, and their measures beside those of the `baselines`; and what
    purity the directions of those reach.

    lists: the recommender's, of all users with held-out positives.
    """
    dataset = lists.dataset
    items, users = reconstruction.item_activations.numpy(), reconstruction.user_activations.numpy()
    item_embeddings = recommender.item_embeddings.numpy()
    facts = ItemFacts.of(dataset, item_embeddings, config.neurons)
    found = held_out(Ranking.of(items, facts.eligible), facts.groups[facts.eligible], facts.genres, config.seed)
    used = sae.rebuilding().numpy()
    baselines = Baselines.of(
        sae,
        items[:, used],
        users[:, used],
        item_embeddings=item_embeddings,
        user_embeddings=recommender.user_embeddings.numpy(),
        seed=config.seed,
    )
    lists = lists.of_some(compared_users(dataset, recommender, config.seed))
    own = {
        **summarise(index, dataset.genres),
        "held_out": found,
        **lists.agreement(reconstruction.user_embeddings, reconstruction.item_embeddings),
    }
    rows = {"neurons": own, **measure_baselines(baselines, facts, items, config.seed)}
    of_lists = measure_lists(sae, baselines, lists)
    alive = alive_neurons(items, users, facts.eligible)
    concepts = measure_health(index.neurons, sae.W_dec.numpy(), items[:, used], users[:, used], alive)
    reached = []
    for name, row in rows.items():
        if row is not None:
            reached += [{"what": name, **purity} for purity in row.pop("reached", ())]
            of_halves = row.pop("held_out")
            row["held_out_purity"] = {k: values["mean"] for k, values in of_halves["purity"].items()}
            row["held_out_ap"] = of_halves["ap"]["mean"]
            row["active_items"], row["active_users"] = (
                concepts[f"active_{side}"]["p50"] for side in ("items", "users")
            )
            row.update(of_lists.get(name) or {})
    named = index.neurons["named"].to_numpy(bool) & alive
    coverage = measure_coverage(recommender, sae, reconstruction, named, lists)
    found = {
        "baselines": rows,
        "level_baselines": measure_level_baselines(sae, reconstruction, lists, config.seed),
        "concepts": {**concepts, "held_out": found, "coverage": coverage},
    }
    columns = COLUMNS["directions"]
    return found, pd.DataFrame(reached)[list(columns)] if reached else empty_table(columns)


def without_nan(value: Any) -> Any:
    """What could not be measured is None, which JSON knows."""
    if isinstance(value, dict):
        return {key: without_nan(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [without_nan(entry) for entry in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _popularity(index: NeuronIndex) -> dict[str, Any]:
    """The neuron whose top items are the most popular."""
    popularity = index.neurons["popularity"]
    if popularity.isna().all():
        return {"neuron": None, "mean_percentile": None}
    neuron = int(popularity.idxmax())
    return {"neuron": neuron, "mean_percentile": float(popularity[neuron])}
