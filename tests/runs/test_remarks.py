"""Every measure of a run is a number or a sentence that says why not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.config import load_config
from explorer.data import DataConfig, build_dataset
from explorer.recommenders import DotProductRecommender
from explorer.runs import is_rotation, lacks_measures, not_measured
from explorer.runs.pipeline import Base, explain_base


def trained(n_items: int, genres: list[list[str]], users: int = 60, width: int = 8, one_each: bool = False):
    """A run of a few seconds on random embeddings of a catalogue with these genres."""
    rng = np.random.default_rng(0)
    counts = [1 if one_each and user > 5 else max(4, n_items // 3) for user in range(users)]
    rows = [(user, i) for user, count in enumerate(counts) for i in rng.choice(n_items, count, replace=False)]
    interactions = pd.DataFrame(rows, columns=["user_id", "item_id"])
    items = pd.DataFrame({"item_id": range(n_items), "title": [f"t{i}" for i in range(n_items)], "genres": genres})
    items["year"] = pd.array([1990] * n_items, dtype="Int64")
    data = build_dataset("made", interactions, items, DataConfig(min_item_interactions=1), 0)
    arrays = [rng.normal(size=(size, 6)).astype(np.float32) for size in (data.n_users, data.n_items)]
    config = load_config(
        settings=["recommender.dim=6", f"sae.width={width}", "sae.k=2", "sae.epochs=3", "neurons.min_support=0"]
    )
    base = Base("made", data, DotProductRecommender.from_arrays(*arrays), [], {"load": 0.0, "recommender": 0.0})
    return explain_base(base, config).metrics


CATALOGUES = {
    "no genres": {"n_items": 60, "genres": [[]] * 60},
    "one genre": {"n_items": 60, "genres": [["a"] if i % 3 else [] for i in range(60)]},
    "every item has the one genre": {"n_items": 60, "genres": [["a"]] * 60},
    "300 tags": {"n_items": 120, "genres": [[f"t{(7 * i + j) % 300}" for j in range(8)] for i in range(120)]},
    "30 items": {"n_items": 30, "genres": [["a", "b"][i % 2 :] for i in range(30)]},
    "users with one interaction": {"n_items": 30, "genres": [["a"]] * 15 + [["b"]] * 15, "one_each": True},
}
MISSING = {
    "concepts.held_out.purity.10.mean": "held-out purity",
    "concepts.held_out.purity.20.mean": "held-out purity",
    "concepts.held_out.ap.mean": "held-out purity or average precision",
    "concepts.antipodal": "No neuron is alive",
    "concepts.named": "No neuron is alive",
    "concepts.name_holds": "name, so|names hold|No neuron is alive",
    "concepts.coverage.energy": "no coverage",
    "concepts.coverage.lift": "coverage of lists",
    "concepts.coverage.rbo@30": "Lists could not be compared",
    "concepts.coverage.ndcg@20": "Lists could not be compared",
}


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_every_measure_is_a_number_or_a_sentence_why_not(catalogue):
    metrics = trained(**CATALOGUES[catalogue])
    said = " ".join(not_measured(metrics))
    values = {path: value for path, value in metrics.by_path().items() if path.startswith("concepts.")}
    without = {path for path, value in values.items() if value is None}
    assert without <= MISSING.keys()
    assert not [path for path in without if not any(words in said for words in MISSING[path].split("|"))], said
    assert lacks_measures(metrics, "x") == ""
    if catalogue == "no genres":
        assert metrics.concepts.held_out.ap.mean is None
    if catalogue in ("one genre", "300 tags"):
        assert metrics.concepts.held_out.purity[10].mean is not None
    if catalogue == "30 items":
        assert "held-out purity@20: half of the ranked items are fewer than 20" in said


def test_a_run_with_every_measure_has_nothing_to_explain_but_what_its_names_were_not_checked_on(tiny_runs):
    metrics = tiny_runs("als").metrics
    assert not [text for text in not_measured(metrics) if "name" not in text.lower()]


def test_a_run_of_format_2_has_the_command_that_adds_what_it_lacks(tiny_runs):
    metrics = tiny_runs("als").metrics.model_copy(update={"concepts": None})
    assert "`python -m explorer evaluate runs/x --update`" in lacks_measures(metrics, "runs/x")
    assert "evaluate 'my runs/x' --update" in lacks_measures(metrics, "my runs/x")
    assert not_measured(metrics) == [] and is_rotation(metrics) == ""
