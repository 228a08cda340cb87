"""The steering page: what the sliders do is what the command line does."""

import html
import json
import re
import shlex
from dataclasses import replace

import pandas as pd
import pytest
import streamlit as st

from explorer.cli import build_parser, main
from explorer.data.nouns import ARTISTS
from explorer.runs import save_run
from explorer.steering import move_text, reasons, steer
from explorer.ui import cache
from tests.helpers import opaque

PAGE = "pages/Steering.py"


@pytest.fixture
def page(app):
    return app(PAGE, user="7")


@pytest.fixture
def open_instead(monkeypatch):
    """Have every run opened as this one."""

    def put(run) -> None:
        st.cache_resource.clear()
        monkeypatch.setattr(cache, "load_run", lambda folder: run)

    yield put
    st.cache_resource.clear()


def concept_sliders(at):
    return [slider for slider in at.slider if slider.key and slider.key.startswith("steer-")]


def ranked(at, name: str) -> pd.DataFrame:
    """A list on the page, as it is read."""
    body = next(
        element.proto.body for element in at.get("html") if f'aria-label="The {name} list"' in element.proto.body
    )
    rows = [dict(re.findall(r'<td class="(\w+)">(.*?)</td>', row)) for row in body.split("<tr>")[2:]]
    return pd.DataFrame(rows).map(html.unescape)


def effect(at) -> list[str]:
    """What the page says about the change."""
    lines = [box.value for box in at.markdown]
    start = lines.index("**Effect of the change**") + 1
    return lines[start : start + 3]


def test_without_a_change_the_steered_list_is_the_recommenders(page):
    own, steered = ranked(page, "recommender"), ranked(page, "steered")
    assert own["title"].tolist() == steered["title"].tolist()
    assert steered["move"].tolist() == ["="] * 20


def test_a_slider_changes_list_and_effect_as_the_same_edit_does_on_the_command_line(page, demo_run, capsys):
    slider = concept_sliders(page)[0]
    neuron = int(slider.key.rpartition("-")[2])
    slider.set_value(-1.5).run()
    shown = page.code[0].value
    assert f"--set {neuron}=-1.5" in shown
    capsys.readouterr()
    assert main([*shlex.split(shown)[3:], "--json"]) == 0
    reported = json.loads(capsys.readouterr().out)
    steered = ranked(page, "steered")
    assert steered["title"].tolist() == [row["title"] for row in reported["steered"]]
    before = [move_text(row["rank"], row["recommender_rank"], 20) for row in reported["steered"]]
    assert steered["move"].tolist() == before
    assert any(move.startswith("new · was #") for move in before)
    numbers = reported["effect"]
    kept, agreement, held_out = effect(page)
    assert kept.endswith(f"kept: **{numbers['kept']} of 20**") and numbers["kept"] < 20
    assert agreement.replace("\u2060", "") == f"Agreement, RBO@20: **{numbers['agreement']:.2f}**"
    assert held_out.startswith(
        f"Held-out favourites in the list: **{numbers['held_out_after']} of {numbers['held_out']}"
    )


def test_the_command_of_a_strange_user_is_one_argument(app, demo_run, open_instead):
    strange = "-x; rm $(y) ![a](http://host/x.png)"
    users = demo_run.dataset.users.assign(user_id=demo_run.dataset.users["user_id"].astype(str).replace("7", strange))
    dataset = replace(demo_run.dataset, users=users)
    open_instead(replace(demo_run, dataset=dataset))
    at = app(PAGE, user=strange)
    assert not at.exception and not at.warning
    options = build_parser().parse_args(shlex.split(at.code[0].value)[3:])
    assert options.user == strange


def test_reset_brings_the_recommenders_list_back(page):
    for slider in concept_sliders(page)[:2]:
        slider.set_value(2.0)
    page.run()
    own = ranked(page, "recommender")["title"].tolist()
    assert ranked(page, "steered")["title"].tolist() != own
    next(button for button in page.button if button.label == "Reset").click().run()
    assert ranked(page, "steered")["title"].tolist() == own


def test_a_neuron_can_be_added_that_is_off_for_the_user(page):
    shown = {int(slider.key.rpartition("-")[2]) for slider in concept_sliders(page)}
    other = next(neuron for neuron in range(64) if neuron not in shown)
    page.multiselect[0].set_value([other]).run()
    assert other in {int(slider.key.rpartition("-")[2]) for slider in concept_sliders(page)}


def test_paper_mode_shows_a_list_that_differs_before_any_change(page, demo_run):
    page.segmented_control(key="mode").set_value("paper").run()
    expected = steer(demo_run, demo_run.dataset.user_row(7), [], "paper")
    assert ranked(page, "steered")["title"].tolist() == expected.reconstruction["title"].tolist()


def test_another_user_has_a_list_of_its_own(page):
    before = ranked(page, "recommender")["title"].tolist()
    page.selectbox(key="user").set_value("8").run()
    assert ranked(page, "recommender")["title"].tolist() != before
    assert page.query_params["user"] in ("8", ["8"])


def test_a_link_to_a_user_who_is_not_there_says_so_and_shows_another(app):
    at = app(PAGE, user="nobody")
    assert "no user “nobody”" in at.warning[0].value and "Shown instead: user" in at.warning[0].value
    at.selectbox(key="user").set_value("8").run()
    assert not at.warning


@pytest.mark.parametrize(("exact", "explained"), [(True, "⟨d, q − q̄⟩"), (False, "switching each neuron off")])
def test_each_item_has_its_reason_explained_as_the_recommenders_score_allows(
    app, tiny_runs, runs_folder, open_instead, exact, explained
):
    run = save_run(tiny_runs("mf"), runs_folder / "this")
    run = run if exact else opaque(run)
    open_instead(run)
    at = app(PAGE, run="this", user="8")
    own = steer(run, run.dataset.user_row(8)).recommender
    expected = reasons(run, run.dataset.user_row(8), own["row"].to_numpy())
    assert ranked(at, "recommender")["why"].tolist() == [reason or "–" for reason in expected]
    assert any(explained in element.proto.body for element in at.get("html"))


def test_held_out_favourites_are_counted_as_they_are_marked(page):
    marked = (ranked(page, "steered")["held_out"] == "●").sum()
    assert effect(page)[2].startswith(f"Held-out favourites in the list: **{marked} of ")
    assert 0 < marked <= 5


def test_more_columns_are_shown_when_they_are_asked_for(page):
    assert "score" not in ranked(page, "steered")
    page.session_state["steering:columns"] = ["score", "genres"]
    page.run()
    for name in ("steered", "recommender"):
        assert {"score", "genres"} <= set(ranked(page, name))


def test_the_page_speaks_of_what_the_data_set_has(app, demo_run, open_instead):
    dataset = replace(demo_run.dataset, nouns=ARTISTS)
    open_instead(replace(demo_run, dataset=dataset))
    at = app(PAGE, user="7")
    assert effect(at)[0].startswith("Artists kept")
