"""The selection on the Hierarchy page: what the command line says of it, and what the page makes of a bad address."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.browse.selection import describe_selection
from explorer.browse.selection_comparison import compare_selections
from explorer.browse.steer_toward import steer_toward
from explorer.maps.selection import selection_of_rows
from explorer.maps.selection_store import store_selection
from explorer.text import md_escape
from explorer.ui.cache import DEMO_NAME
from explorer.ui.hierarchy.state import OTHER, SELECTION
from tests.pages.conftest import tables

pytestmark = pytest.mark.slow

PAGE = "pages/Hierarchy.py"


@pytest.fixture
def genre(demo_run, runs_folder):
    """The items of a genre of the built-in run, stored: the id and the selection."""

    def store(name):
        rows = np.flatnonzero(demo_run.dataset.genre_matrix[:, demo_run.dataset.genres.index(name)])
        selection = selection_of_rows(item=rows)
        return store_selection(demo_run, selection), selection

    return store


def texts(at) -> str:
    return "\n".join(one.value for one in (*at.markdown, *at.caption, *at.warning, *at.info))


def test_a_stored_selection_is_shown_with_the_numbers_of_the_command_line(app, demo_run, genre):
    stored, selection = genre("Horror")
    at = app(PAGE, run=DEMO_NAME, view="map", map="items", selection=stored)
    assert not at.exception and not at.error
    said = describe_selection(demo_run, selection, demo_run.index.n)
    assert md_escape(said.headline) in texts(at)
    shown = next(table for table in tables(at) if table.attrs["label"] == "Concepts of the selection")
    expected = said.parts[0].significant
    assert shown["here"].tolist() == pytest.approx((100 * expected["here"]).tolist())
    assert shown["label"].iloc[0] == f"{expected['neuron'].iloc[0]} {expected['label'].iloc[0]}"
    links = {link.proto.label: link.proto for link in at.get("page_link")}
    toward = steer_toward(demo_run, said.neurons())
    assert str(toward.neurons[0]) in links["Steer toward this"].query_string
    assert "queue=sent" in links["Send to the audit queue"].query_string
    for section, label in (("members", "films"), ("traits", "in common"), ("audience", "likes")):
        at.session_state["hierarchy:selection:section"] = section
        assert any(label in table.attrs["label"] for table in tables(at.run())) and not at.exception


def test_two_selections_stand_side_by_side_are_swapped_and_ended(app, demo_run, genre):
    (first, a), (second, b) = genre("Horror"), genre("Music")
    at = app(PAGE, run=DEMO_NAME, view="tree", selection=first, **{"with": second})
    assert md_escape(compare_selections(demo_run, a, b, demo_run.index.n).headline) in texts(at)
    at.button(key="hierarchy:selection:swap").click().run()
    assert (at.session_state[SELECTION], at.session_state[OTHER]) == (second, first)
    assert md_escape(compare_selections(demo_run, b, a, demo_run.index.n).headline) in texts(at)
    at.button(key="hierarchy:selection:stop").click().run()
    assert (at.session_state[SELECTION], at.session_state[OTHER]) == (second, "") and not at.exception
    at.button(key="hierarchy:selection:clear").click().run()
    assert at.session_state[SELECTION] == "" and "Nothing is selected" in texts(at)


@pytest.mark.parametrize("asked", ["0123456789", "x<b>", "0" * 16])
def test_an_id_that_is_not_there_is_said_and_the_rest_of_the_page_works(app, genre, asked):
    genre("Horror")
    at = app(PAGE, run=DEMO_NAME, view="map", map="items", selection=asked)
    assert not at.exception and not at.error
    assert any("selection" in one.value or "Nothing" in one.value for one in (*at.warning, *at.caption))
    assert any(one.proto.component_name == "explorer_map" for one in at.get("bidi_component"))


def test_neurons_that_were_sent_are_the_queue_and_there_is_a_way_back_to_all(app, demo_run):
    at = app("pages/Audit.py", run=DEMO_NAME, queue="sent", neurons="9,3,5")
    at.session_state["audit:reviewer"] = "Ann"
    at.run()
    assert at.session_state["audit:queue"][1].neurons == (9, 3, 5) and not at.exception
    at.button(key="audit:all").click().run()
    assert len(at.session_state["audit:queue"][1].neurons) > 20 and not at.exception
    at = app("pages/Audit.py", run=DEMO_NAME, queue="sent", neurons="9,999")
    at.session_state["audit:reviewer"] = "Ann"
    at.run()
    assert "999" in texts(at) and len(at.session_state["audit:queue"][1].neurons) > 20 and not at.exception
