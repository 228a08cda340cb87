"""The start page: the numbers of the run, its clear concepts, and the list of runs."""

import json

import pytest

from explorer.runs import read_manifest, save_run
from explorer.ui.cache import BUILT_IN, DEMO_RUN
from tests.pages.conftest import assert_sound, tables

PAGE = "pages/Start.py"
BASELINES = {
    "neurons": "These neurons",
    "raw": "Raw dimensions",
    "pca": "Principal components",
    "random": "Random directions",
    "permuted": "Neurons, genres shuffled",
}


def expander(at, words: str):
    return next((box for box in at.expander if words in box.label), None)


def test_the_headline_numbers_are_those_of_the_run(app):
    at = app()
    metrics = read_manifest(DEMO_RUN).metrics.as_json()
    values = {metric.label: metric.value for metric in at.metric}
    assert values["Accuracy, NDCG@20"] == f"{metrics['recommender']['ndcg@20']:.3f}"
    assert values["List agreement, RBO@30"] == f"{metrics['fidelity']['rbo@30']:.2f}"
    assert values["Purity@10"] == f"{metrics['purity']['10']['mean']:.0%}"


def test_the_numbers_of_the_baselines_stand_below_those_of_the_neurons(app):
    box = expander(app(), "more than chance")
    metrics = read_manifest(DEMO_RUN).metrics.as_json()
    [table] = tables(box)
    assert table["what"].tolist() == list(BASELINES.values())
    for name, row in zip(BASELINES, table.to_dict("records"), strict=True):
        measured = metrics["baselines"][name]
        assert row["directions"] == measured["directions"]
        for k in ("10", "50"):
            assert row[f"purity@{k}"] == pytest.approx(100 * measured["purity"][k])
        for share in ("auc", "ap"):
            assert row[share] == pytest.approx(100 * measured[share])
        assert row["significant"] == f"{measured['significant']:.0%} ({measured['measured']:.0%})"
        assert row["ms"] == pytest.approx(measured["ms"])
        assert row["popularity_spearman"] == pytest.approx(measured["popularity_spearman"])
    assert table.loc[0, "purity@10"] == pytest.approx(100 * metrics["purity"]["10"]["mean"])
    alike = f"{metrics['baselines']['neurons']['ms_base_rate']:.2f}"
    assert f"Mean over all pairs of items: {alike}." in table.attrs["help"]["ms"]


def test_a_matryoshka_run_has_its_levels_as_recommenders_of_their_own(app, tiny_variants, runs_folder):
    run = save_run(tiny_variants("matryoshka"), runs_folder / "levels")
    [table] = tables(expander(app(run="levels"), "level of the dictionary"))
    assert table["width"].tolist() == [4, 8, 16, 32]
    for row, level in zip(table.to_dict("records"), run.metrics.as_json()["levels"], strict=True):
        for name in ("rbo@30", "ndcg@20", "recall@20", "l0_items", "l0_users"):
            assert row[name] == pytest.approx(level[name])
        for name in ("ev_items", "ev_users"):
            assert row[name] == pytest.approx(100 * level[name])


def test_a_flat_run_has_no_levels(app):
    assert expander(app(), "Each level") is None


def test_the_first_screen_shows_concepts_with_a_name(app):
    at = app()
    names = [box.value.strip("*") for box in at.markdown if box.value.startswith("**")]
    assert len(names) >= 6
    assert "unclear" not in names


def test_choosing_a_data_set_offers_only_its_runs(app, run_in_folder):
    at = app()
    at.sidebar.selectbox(key="dataset").set_value("demo").run()
    assert at.sidebar.selectbox(key="run").options == list(BUILT_IN)


def test_a_data_set_without_a_run_comes_with_the_way_to_train_one(app, demo_folder, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(demo_folder.parent))
    at = app()
    at.sidebar.selectbox(key="dataset").set_value("little").run()
    assert not at.exception
    assert [link.proto.label for link in at.main.get("page_link")] == ["Train one"]


BAD_PARTS = [("dataset", "name", [1]), ("metrics", "fidelity", None), ("metrics", "sae", {})]


@pytest.mark.parametrize("page", ["pages/Start.py", "pages/Runs.py"])
def test_a_run_with_parts_of_wrong_types_breaks_neither_the_page_nor_another_run(page, app, run_in_folder, runs_folder):
    for number, (part, name, value) in enumerate(BAD_PARTS):
        manifest = json.loads((run_in_folder.path / "run.json").read_text())
        manifest[part][name] = value
        (runs_folder / f"bad-{number}").mkdir()
        (runs_folder / f"bad-{number}" / "run.json").write_text(json.dumps(manifest))
    at = app(page, run=run_in_folder.name)
    assert_sound(at)
    if page == "pages/Runs.py":
        table = tables(at)[0].set_index("run")
        assert table.loc[run_in_folder.name, "state"] == "ready"
        assert table["problem"].str.contains("run.json is damaged", na=False).sum() == len(BAD_PARTS)
