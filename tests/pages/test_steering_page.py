"""The steering page: the board gets what it needs to rank, and the lists that `steer` makes."""

import json
from dataclasses import replace

import pytest
import streamlit as st

from explorer.data.nouns import ARTISTS
from explorer.steering import Edit, steer
from explorer.ui import cache
from explorer.ui.steering.board_data import unpack
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


def components(at, name: str):
    return [one.proto for one in at.get("bidi_component") if one.proto.component_name == name]


def buffer(at) -> dict:
    """The header of what the board gets."""
    (proto,) = components(at, "explorer_board")
    return unpack(proto.bytes)[0]


def answer(at) -> dict:
    """The server's own result, as the board gets it."""
    (proto,) = components(at, "explorer_board_answer")
    return json.loads(proto.json or proto.mixed.json)


def test_without_a_change_the_steered_list_is_the_recommenders(page, demo_run):
    own = steer(demo_run, demo_run.dataset.user_row(7)).recommender
    assert answer(page)["rows"] == own["row"].tolist()
    assert answer(page)["ranks"] == list(range(1, 21)) and answer(page)["gone"] == []
    assert answer(page)["board"] == buffer(page)["id"]


def test_the_edits_of_the_address_are_those_of_the_list(app, demo_run):
    neuron = int(buffer(app(PAGE, user="7"))["knobs"][0]["key"])
    at = app(PAGE, user="7", edits=f"{neuron}:-0.5")
    lists = steer(demo_run, demo_run.dataset.user_row(7), [Edit(neuron, "set", -0.5)])
    assert answer(at)["edits"] == [[str(neuron), -0.5]]
    assert answer(at)["rows"] == lists.steered["row"].tolist() != lists.recommender["row"].tolist()


def test_a_changed_neuron_that_has_no_slider_is_on_the_board_all_the_same(app):
    shown = {knob["key"] for knob in buffer(app(PAGE, user="7"))["knobs"]}
    other = next(str(neuron) for neuron in range(64) if str(neuron) not in shown)
    knobs = buffer(app(PAGE, user="7", edits=f"{other}:0.7"))["knobs"]
    assert [knob["key"] for knob in knobs if not knob["shown"]] == [other]


def test_paper_mode_shows_a_list_that_differs_before_any_change(page, demo_run):
    page.segmented_control(key="mode").set_value("paper").run()
    expected = steer(demo_run, demo_run.dataset.user_row(7), [], "paper")
    assert answer(page)["rows"] == expected.reconstruction["row"].tolist() != expected.recommender["row"].tolist()


def test_another_user_has_a_list_of_its_own(page):
    before = answer(page)["rows"]
    page.selectbox(key="user").set_value("8").run()
    assert answer(page)["rows"] != before
    assert page.query_params["user"] in ("8", ["8"])


def test_a_link_to_a_user_who_is_not_there_says_so_and_shows_another(app):
    at = app(PAGE, user="nobody")
    assert "no user “nobody”" in at.warning[0].value and "Shown instead: user" in at.warning[0].value
    at.selectbox(key="user").set_value("8").run()
    assert not at.warning


def test_a_model_without_a_dot_product_is_ranked_by_the_server(app, demo_run, open_instead):
    open_instead(opaque(demo_run))
    at = app(PAGE, user="7")
    assert not buffer(at)["linear"] and len(answer(at)["rows"]) == 20


def test_the_board_speaks_of_what_the_data_set_has(app, demo_run, open_instead):
    dataset = replace(demo_run.dataset, nouns=ARTISTS)
    open_instead(replace(demo_run, dataset=dataset))
    assert buffer(app(PAGE, user="7"))["nouns"]["items"] == "artists"
