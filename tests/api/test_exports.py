"""What is exported is what the run holds, in every format, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file
from scipy.sparse import csr_array

from explorer import load_run
from explorer.api import exports
from explorer.api.exports import EXPORTS, export_run
from explorer.audit import Audit, Review
from explorer.errors import UserError
from explorer.recommenders import recommend

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def run():
    return load_run(ROOT / "assets" / "demo-run")


@pytest.fixture
def in_parts(monkeypatch):
    """Several parts of a file."""
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 100)


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)


@pytest.mark.parametrize(("what", "suffix"), [(what, suffix) for what, ends in EXPORTS.items() for suffix in ends])
def test_everything_can_be_written_in_every_format(what, suffix, run, tmp_path):
    path = export_run(run.inner, tmp_path / f"x{suffix}", what, "users")
    assert path.stat().st_size > 100
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("side", ["items", "users"])
def test_activations_are_a_row_per_neuron_that_fires(suffix, side, run, tmp_path, in_parts):
    table = read(run.export(tmp_path / f"a{suffix}", "activations", side))
    expected = run.activations(side)
    assert len(table) == np.count_nonzero(expected)
    assert table["activation"].sum() == pytest.approx(float(expected.sum()), rel=1e-5)
    assert table.columns[0] == f"{side[:-1]}_id"


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_arrays_of_activations_are_a_sparse_matrix(suffix, run, tmp_path, in_parts):
    path = run.export(tmp_path / f"a{suffix}", "activations")
    of = np.load(path) if suffix == ".npz" else load_file(path)
    matrix = csr_array((of["data"], of["indices"], of["indptr"]), shape=tuple(of["shape"]))
    assert np.allclose(matrix.toarray(), run.activations("items"), atol=1e-6)
    assert of["ids"].tolist() == run.inner.dataset.items["item_id"].tolist()


def test_embeddings_are_the_recommenders(run, tmp_path, in_parts):
    table = read(run.export(tmp_path / "e.parquet", "embeddings", "users"))
    assert np.allclose(table.iloc[:, 1:].to_numpy(), run.inner.recommender.user_embeddings.numpy())


def test_lists_are_the_recommenders(run, tmp_path, in_parts):
    table = read(run.export(tmp_path / "l.csv", "lists", k=5))
    inner = run.inner
    own = recommend(inner.recommender, inner.dataset.seen, 5)
    ids = inner.dataset.items["item_id"].to_numpy()
    assert table["item_id"].tolist() == ids[own].ravel().tolist()


def test_a_report_needs_nothing_else_and_shows_text_verbatim(run, tmp_path):
    page = run.export(tmp_path / "r.html").read_text()
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "<script" not in page
    assert page.count("<article") == min(60, int((run.neurons["max_activation"] > 0).sum()))


def test_what_a_spreadsheet_would_run_is_made_harmless(run, tmp_path):
    inner = run.inner
    items = inner.dataset.items.assign(title="=1+1")
    evil = replace(inner, dataset=replace(inner.dataset, items=items))
    export_run(evil, tmp_path / "l.csv", "lists", k=2)
    titles = read(tmp_path / "l.csv")["title"].astype(str)
    assert set(titles) == {"'=1+1"}


def test_a_column_that_begins_empty_may_have_text_further_on(tmp_path):
    parts = [pd.DataFrame({"id": ["a"], "title": [None]}), pd.DataFrame({"id": ["b"], "title": ["x"]})]
    exports._write_tables(iter(parts), tmp_path / "t.parquet", ".parquet")
    assert pd.read_parquet(tmp_path / "t.parquet")["title"].tolist() == [None, "x"]


def test_neurons_come_with_what_people_said(run, tmp_path, monkeypatch):
    said = Audit((Review(neuron=3, reviewer="Ann", verdict="real", note="night films"),))
    monkeypatch.setattr(exports, "_audit", lambda _: said)
    table = read(run.export(tmp_path / "n.parquet"))
    assert table.set_index("neuron")["notes"][3] == "night films"
    assert "night films" in run.export(tmp_path / "r.html").read_text()


def test_nothing_is_left_of_a_file_that_cannot_be_written(run, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports, "_write_tables", full)
    with pytest.raises(UserError, match="No space left"):
        run.export(tmp_path / "l.csv", "lists")
    assert not list(tmp_path.iterdir())
