"""What a training is expected to take."""

from __future__ import annotations

import math

import pytest

from explorer.config import load_config
from explorer.jobs.estimate import OVERHEAD, estimate_bytes, estimate_seconds
from explorer.recommenders import TRAINED_MODELS
from explorer.runs import STAGES, save_run
from tests.jobs.conftest import TINY

SIZES = (300, 200, 6000)


def seconds(*settings: str, sizes: tuple[int, int, int] = SIZES) -> dict[str, float]:
    return estimate_seconds(load_config(settings=[*TINY, *settings]), *sizes)


@pytest.mark.parametrize("kind", TRAINED_MODELS)
def test_every_stage_has_its_time_in_order_with_every_base_model(kind):
    expected = seconds(f"recommender.kind={kind}", "sae.epochs=2")
    assert tuple(expected) == STAGES
    assert all(math.isfinite(value) and value > 0 for value in expected.values()), expected


@pytest.mark.parametrize("activation", ["relu", "topk", "batchtopk", "mp"])
@pytest.mark.parametrize("prefixes", ["none", "[4, 16]"])
def test_every_kind_of_autoencoder_has_its_time(activation, prefixes):
    k = ["sae.k=3"] if activation != "relu" else []
    prefix = [f"sae.prefix_widths={prefixes}"] if prefixes != "none" else []
    config = load_config(
        settings=[*(s for s in TINY if ".k=" not in s), f"sae.activation={activation}", *k, *prefix, "sae.epochs=2"]
    )
    assert 0 < estimate_seconds(config, *SIZES)["sae"] < 60


def test_more_epochs_take_about_as_much_more_time():
    # The least of a few timed steps; the best of three evens out what else the machine does.
    few, many = (min(seconds(f"sae.epochs={epochs}")["sae"] - OVERHEAD for _ in range(3)) for epochs in (10, 1000))
    assert 30 < many / few < 300


def test_the_search_for_a_start_is_part_of_the_time_and_is_not_done_for_the_estimate(monkeypatch):
    def searched(*_):
        raise AssertionError("the estimate searched for components")

    monkeypatch.setattr("explorer.sae.start.independent_components", searched)
    monkeypatch.setattr("explorer.sae.start.learn_directions", searched)
    start = ["sae.activation=mp", "sae.epochs=0"]
    without, rounds = (seconds(*start, f"sae.dictionary_rounds={n}", "sae.start=clusters")["sae"] for n in (0, 8))
    assert without == OVERHEAD < rounds
    assert 0 < seconds(*start, "sae.dictionary_rounds=0", "sae.start=components")["sae"] < 1


def test_more_data_takes_more_time():
    little, much = (seconds("sae.epochs=2", sizes=sizes) for sizes in (SIZES, (30_000, 20_000, 6_000_000)))
    assert all(much[stage] > little[stage] for stage in STAGES)


def test_prefixes_are_measured_at_each_width():
    assert seconds("sae.prefix_widths=[4, 8, 16]")["evaluate"] > seconds()["evaluate"]


def test_a_batch_larger_than_the_data_is_not_a_mistake():
    assert seconds("sae.batch_size=65536", "sae.epochs=2", sizes=(40, 30, 200))["sae"] > 0


def test_settings_that_diverge_are_reported_by_the_training_and_not_by_the_estimate():
    expected = seconds("sae.learning_rate=1", "sae.prediction_weight=1e6", "sae.epochs=2")
    assert all(math.isfinite(value) and value >= 0 for value in expected.values())


def test_an_estimate_changes_no_random_state():
    import torch

    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    seconds("sae.epochs=2")
    assert torch.equal(torch.rand(3), expected)


def test_a_run_grows_with_the_data_and_the_dictionary():
    config = load_config(settings=TINY)
    size = estimate_bytes(config, *SIZES)
    assert isinstance(size, int) and size > 0
    for i in range(3):
        assert estimate_bytes(config, *(10 * n if i == j else n for j, n in enumerate(SIZES))) > size
    assert estimate_bytes(load_config(settings=[*TINY, "sae.width=256"]), *SIZES) > size
    assert estimate_bytes(load_config(settings=[*TINY, "recommender.dim=64"]), *SIZES) > size


def test_a_run_is_about_as_large_as_was_said(tiny_runs, tmp_path):
    run = tiny_runs("als")
    folder = save_run(run, tmp_path / "run").path
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    data = run.dataset
    expected = estimate_bytes(run.config, data.n_users, data.n_items, len(data.interactions))
    assert size / 5 < expected < size * 5
