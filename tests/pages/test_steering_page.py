"""The steering page: what the sliders do is what the command line does."""

import numpy as np
import pytest

from explorer.runs import save_run
from explorer.steering import Edit, reasons, steer
from explorer.ui import cache
from tests.helpers import opaque
from tests.pages.conftest import columns

PAGE = "pages/Steering.py"


@pytest.fixture
def page(app):
    return app(PAGE, user="7")


def concept_sliders(at):
    return [slider for slider in at.slider if slider.key and slider.key.startswith("steer-")]


def lists(at):
    """The list on the left and the steered one."""
    tables = [table.value for table in at.dataframe if "rank" in table.value]
    return tables[0], tables[1]


def test_without_a_change_the_steered_list_is_the_recommenders(page):
    own, steered = lists(page)
    assert own["title"].tolist() == steered["title"].tolist()
    assert steered["move"].tolist() == [f"= {rank}" for rank in range(1, 21)]


def test_a_slider_changes_the_list_as_the_same_edit_does_from_python(page, demo_run):
    slider = concept_sliders(page)[0]
    neuron = int(slider.key.rpartition("-")[2])
    slider.set_value(-1.5).run()
    expected = steer(demo_run, demo_run.dataset.user_row(7), [Edit(neuron, "set", -1.5)])
    steered = lists(page)[1]
    assert steered["title"].tolist() == expected.steered["title"].tolist()
    assert f"--set {neuron}=-1.5" in page.code[0].value


def test_reset_brings_the_recommenders_list_back(page):
    for slider in concept_sliders(page)[:2]:
        slider.set_value(2.0)
    page.run()
    assert lists(page)[0]["title"].tolist() != lists(page)[1]["title"].tolist()
    next(button for button in page.button if button.label == "Reset all").click().run()
    assert lists(page)[0]["title"].tolist() == lists(page)[1]["title"].tolist()


def test_a_neuron_can_be_added_that_is_off_for_the_user(page):
    shown = {int(slider.key.rpartition("-")[2]) for slider in concept_sliders(page)}
    other = next(neuron for neuron in range(64) if neuron not in shown)
    page.multiselect[0].set_value([other]).run()
    assert other in {int(slider.key.rpartition("-")[2]) for slider in concept_sliders(page)}


def test_paper_mode_shows_a_list_that_differs_before_any_change(page, demo_run):
    page.segmented_control(key="mode").set_value("paper").run()
    expected = steer(demo_run, demo_run.dataset.user_row(7), [], "paper")
    assert lists(page)[1]["title"].tolist() == expected.reconstruction["title"].tolist()


def test_another_user_has_a_list_of_its_own(page):
    before = lists(page)[0]["title"].tolist()
    page.selectbox(key="user").set_value("8").run()
    assert lists(page)[0]["title"].tolist() != before


@pytest.mark.parametrize(("exact", "explained"), [(True, "⟨d, q − q̄⟩"), (False, "switching each neuron off")])
def test_each_item_has_its_reason_explained_as_the_recommenders_score_allows(
    app, tiny_runs, runs_folder, monkeypatch, exact, explained
):
    run = save_run(tiny_runs("mf"), runs_folder / "this")
    run = run if exact else opaque(run)
    monkeypatch.setattr(cache, "load_run", lambda folder: run)
    at = app(PAGE, run="this", user="8")
    table = next(table for table in at.dataframe if "why" in table.value)
    own = steer(run, run.dataset.user_row(8)).recommender
    expected = reasons(run, run.dataset.user_row(8), own["row"].to_numpy())
    assert table.value["why"].tolist() == expected
    assert explained in columns(table)["why"]["help"]


def test_hidden_choices_are_counted_as_they_are_marked(page):
    marked = (lists(page)[1]["hidden"] == "●").sum()
    line = next(box.value for box in page.markdown if box.value.startswith("Hidden choices hit"))
    assert line.startswith(f"Hidden choices hit: **{marked} of ")
    assert np.isin(marked, range(6))
