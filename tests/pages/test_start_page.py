"""The start page: the numbers of the run, its clear concepts, and the shelf of runs."""

from explorer.runs import read_manifest
from explorer.ui.state import DEMO_NAME, DEMO_RUN

PAGE = "pages/Start.py"


def test_the_headline_numbers_are_those_of_the_run(app):
    at = app()
    metrics = read_manifest(DEMO_RUN)["metrics"]
    values = {metric.label: metric.value for metric in at.metric}
    assert values["Accuracy"] == f"{metrics['recommender']['ndcg@20']:.3f}"
    assert values["List agreement"] == f"{metrics['fidelity']['rbo@30']:.2f}"
    assert values["Purity@10"] == f"{metrics['purity']['10']['mean']:.0%}"


def test_the_first_screen_shows_concepts_with_a_name(app):
    at = app()
    names = [box.value.strip("*") for box in at.markdown if box.value.startswith("**")]
    assert len(names) >= 6
    assert "unclear" not in names


def test_the_shelf_lists_every_run_and_what_is_wrong_with_a_damaged_one(app, run_on_shelf, runs_folder):
    broken = runs_folder / "broken"
    broken.mkdir()
    (broken / "run.json").write_text("{}")
    table = app(run="tiny").dataframe[0].value.set_index("run")
    assert set(table.index) == {"tiny", "broken", DEMO_NAME}
    assert table.at["tiny", "state"] == "ready"
    assert "damaged" in table.at["broken", "state"]


def test_choosing_a_data_set_offers_only_its_runs(app, run_on_shelf):
    at = app()
    at.sidebar.selectbox(key="dataset").set_value("demo").run()
    assert at.sidebar.selectbox(key="run").options == [DEMO_NAME]


def test_a_data_set_without_a_run_comes_with_the_command_that_trains_one(app, demo_folder, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(demo_folder.parent))
    at = app()
    at.sidebar.selectbox(key="dataset").set_value("little").run()
    assert not at.exception
    assert "--dataset little" in at.code[0].value
