"""The tables that lay runs side by side say what each run says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from explorer.comparison import detector_table, metrics_table, settings_table
from explorer.measures import RUN_MEASURES
from explorer.runs import Run
from tests.helpers import refused


@pytest.fixture(scope="module")
def runs(tiny_runs) -> list[Run]:
    return [tiny_runs("als"), tiny_runs("mf")]


def named(run: Run, name: str) -> Run:
    return replace(run, path=Path("runs") / name)


def test_every_measure_has_a_row_and_every_run_a_column_of_numbers(runs):
    table = metrics_table(runs)
    assert table.columns.tolist() == ["metric", "better", *(run.name for run in runs)]
    assert table["metric"].tolist() == [found.path for found in RUN_MEASURES]
    assert table["better"].tolist() == [found.measure.better for found in RUN_MEASURES]
    for run in runs:
        assert table[run.name].dtype == float
        values = pd.Series(list(run.metrics.by_path().values()), dtype=float, name=run.name)
        pd.testing.assert_series_equal(table[run.name], values)


def test_a_measure_that_a_run_lacks_is_missing(runs, tiny_variants):
    table = metrics_table([runs[0], tiny_variants("relu-no-genres")]).set_index("metric")
    assert pd.isna(table.loc["purity.10.mean", "relu-no-genres"])
    assert table.loc["fidelity.rbo@30", "relu-no-genres"] > 0
    unknown = runs[0].metrics.fidelity.model_copy(update={"rbo": None})
    old = replace(runs[0], metrics=runs[0].metrics.model_copy(update={"fidelity": unknown}))
    assert pd.isna(metrics_table([old]).set_index("metric").loc["fidelity.rbo@30", old.name])


def test_the_detector_table_has_each_runs_best_neuron_of_every_genre(runs):
    table = detector_table(runs)
    genres = runs[0].dataset.genres
    assert table[["run", "genre"]].to_numpy().tolist() == [[run.name, genre] for run in runs for genre in genres]
    for run in runs:
        best = run.index.best_detectors("ap").set_index("genre")
        rows = table[table["run"] == run.name].set_index("genre").dropna(subset="neuron")
        assert rows[["ap", "base_rate", "neuron"]].to_dict() == best[["ap", "base_rate", "neuron"]].to_dict()
        assert all(
            label == run.index.neurons["label"][k] for k, label in zip(rows["neuron"], rows["label"], strict=True)
        )


def test_genres_are_united_over_the_runs_and_missing_where_a_data_set_has_none(runs, tiny_variants):
    table = detector_table([tiny_variants("relu-no-genres"), runs[0]])
    without = table[table["run"] == "relu-no-genres"]
    assert without["genre"].tolist() == runs[0].dataset.genres
    assert without[["ap", "neuron", "label", "base_rate"]].isna().all(axis=None)


def test_runs_without_genres_give_an_empty_detector_table(tiny_variants):
    table = detector_table([tiny_variants("relu-no-genres")])
    assert table.empty
    assert table.columns.tolist() == ["run", "genre", "ap", "neuron", "label", "base_rate"]
    assert detector_table([]).columns.tolist() == table.columns.tolist()


def test_only_settings_that_differ_are_listed(runs, tiny_variants):
    als, other = runs[0], tiny_variants("matryoshka")
    table = settings_table([als, other])
    assert table.columns.tolist() == ["setting", als.name, "matryoshka"]
    rows = table.set_index("setting")
    assert {"sae.epochs", "sae.prefix_widths"} <= set(rows.index) and "sae.width" not in rows.index
    assert rows.loc["sae.epochs"].tolist() == ["60", "20"]
    assert rows.loc["sae.prefix_widths", als.name] == "none"
    assert (rows[als.name] != rows["matryoshka"]).all()


def test_settings_that_only_one_kind_of_model_has_are_missing_in_the_other_and_stand_with_their_part(runs):
    table = settings_table(runs)
    als, mf = (run.name for run in runs)
    rows = table.set_index("setting")
    assert rows.loc["recommender.kind"].tolist() == ["als", "mf"]
    own = rows[rows[als].isna()].index
    assert "recommender.negatives" in own and rows.loc[own, mf].notna().all()
    parts = [key.split(".")[0] for key in table["setting"]]
    assert parts == sorted(parts, key=["seed", "data", "recommender", "sae", "neurons"].index)


def test_the_same_settings_give_an_empty_table(runs):
    table = settings_table([runs[0], named(runs[0], "copy")])
    assert table.empty and table.columns.tolist() == ["setting", runs[0].name, "copy"]


@pytest.mark.parametrize(("table", "name"), [(metrics_table, "better"), (settings_table, "setting")])
def test_a_run_named_as_a_column_of_the_table_is_refused(runs, table, name):
    with refused(name, "rename"):
        table([named(runs[0], name), runs[1]])


@pytest.mark.parametrize("table", [metrics_table, detector_table, settings_table])
def test_two_runs_of_one_name_are_refused(runs, table):
    with refused("twice", "two of these runs"):
        table([named(runs[0], "twice"), named(runs[1], "twice")])
