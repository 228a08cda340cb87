"""What is measured of an autoencoder in training is what is measured of it afterwards, on fewer users."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.fidelity import FidelitySample
from explorer.fidelity import probe as sample
from explorer.sae import SparseAutoencoder


def test_on_everybody_the_sample_is_the_report(tiny_run, monkeypatch):
    data, model = tiny_run.dataset, tiny_run.recommender
    monkeypatch.setattr(sample, "USERS", 10**6)
    found = FidelitySample(data, model, seed=0).measure(tiny_run.sae)
    metrics = tiny_run.metrics.as_json()
    assert found["sample_rbo"] == pytest.approx(metrics["fidelity"]["rbo@30"])
    assert found["sample_ev_items"] == pytest.approx(metrics["sae"]["ev_items"])
    assert found["sample_l0_items"] == pytest.approx(metrics["sae"]["l0_items"])
    assert set(found) == {f"sample_{name}" for name in ("rbo", "l0_items", "l0_users", "ev_items", "ev_users", "dead")}


def test_a_seed_gives_the_same_sample_and_leaves_torchs_random_state_alone(tiny_run):
    before = torch.random.get_rng_state()
    first, again, other = (
        FidelitySample(tiny_run.dataset, tiny_run.recommender, seed).measure(tiny_run.sae) for seed in (0, 0, 1)
    )
    assert first == again != other
    assert torch.equal(torch.random.get_rng_state(), before)


def test_an_autoencoder_that_knows_nothing_explains_nothing_and_is_all_dead(tiny_run):
    tensors = {name: torch.zeros_like(values) for name, values in tiny_run.sae.tensors().items()}
    tensors |= {name: tiny_run.sae.tensors()[name] for name in ("mean", "scale", "prefix_widths")}
    found = FidelitySample(tiny_run.dataset, tiny_run.recommender, 0).measure(SparseAutoencoder.from_tensors(tensors))
    assert found["sample_dead"] == tiny_run.index.n
    assert found["sample_ev_items"] <= 0.01
    assert np.isfinite(found["sample_rbo"])
