"""The audit page: its four views, whatever the run is like, from the stored index alone."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from explorer.audit import AuditStore, Review
from explorer.audit.desk import AHEAD
from explorer.runs import Run
from tests.pages.conftest import tables

pytestmark = pytest.mark.slow

PAGE = "pages/Audit.py"
VIEWS = ("review", "tests", "agreement", "results")


@pytest.fixture
def open_as(app):
    """Open a view as a reviewer, as after the browser has said the name."""

    def open_(name: str = "Ann", **parameters):
        at = app(PAGE, **parameters)
        at.session_state["audit:reviewer"] = name
        return at.run()

    return open_


@pytest.fixture
def store(demo_run, runs_folder) -> AuditStore:
    """The audit of the built-in run, which the page opens."""
    return AuditStore(demo_run)


def assert_sound(at) -> None:
    """Most of the page is in components."""
    assert not at.exception and not at.error


def component(at, name: str) -> dict | None:
    """What a component of the page was given."""
    found = [one for one in at.get("bidi_component") if one.proto.component_name == f"explorer_{name}"]
    return json.loads(found[0].proto.json) if found else None


def test_somebody_whom_the_browser_does_not_know_is_asked_for_a_name_and_sees_what_was_said(open_as, store):
    store.review(Review(1, "Bob", "real"))
    at = open_as("")
    assert component(at, "desk") is None and component(at, "person")["known"] == ["Bob"]
    assert "Bob" in tables(open_as("", view="results"))[0]["reviewer"].tolist()


def test_the_desk_has_the_next_neurons_and_no_view_reads_all_activations(open_as, store, demo_run, monkeypatch):
    monkeypatch.setattr(Run, "reconstruction", property(lambda run: pytest.fail("all activations were computed")))
    store.review(Review(1, "Bob", "real", name="Night films"))
    store.review(Review(1, "Ann", "not"))
    desk = component(open_as(), "desk")
    assert (desk["at"], desk["of"], desk["left"]) == (desk["entries"][0]["neuron"], 34, 33)
    assert len(desk["entries"]) == 1 + AHEAD
    for view in VIEWS[1:]:
        assert_sound(open_as(view=view))
    again = component(open_as(neuron="1"), "desk")
    entry = next(one for one in again["entries"] if one["neuron"] == 1)
    assert again["at"] == 1 and entry["mine"]["verdict"] == "not" and not entry["open"]
    assert entry["others"][0]["name"] == "Night films"


def test_the_address_says_queue_and_neuron_and_what_is_not_there_is_said(open_as, store):
    at = open_as(queue="inherited")
    assert component(at, "desk")["at"] is None and "inherited" in component(at, "desk")["words"]["empty"]
    at = open_as(order="random", sample="5", seed="3", neuron="99999")
    assert component(at, "desk")["of"] == 5
    assert "no neuron “99999”" in at.warning[0].value


@pytest.mark.parametrize("name", ["relu-no-genres", "topk-no-years"])
def test_every_view_opens_whatever_the_data_lacks(open_as, tiny_variants, open_instead, name):
    run = tiny_variants(name)
    items = run.dataset.items.assign(title=pd.NA)
    open_instead(replace(run, dataset=replace(run.dataset, items=items)))
    for view in VIEWS:
        assert_sound(open_as(view=view))


def test_a_run_whose_neurons_never_fire_says_so(open_as, demo_run, open_instead):
    table = demo_run.index.neurons.assign(max_activation=0.0)
    empty = {name: getattr(demo_run.index, name).iloc[:0] for name in ("top_items", "examples", "purity", "top_users")}
    open_instead(replace(demo_run, index=replace(demo_run.index, neurons=table, **empty)))
    desk = component(open_as(), "desk")
    assert desk["at"] is None and "No neuron of this run fires" in desk["words"]["empty"]
    assert component(open_as(view="tests"), "quiz")["questions"] == []
    assert_sound(open_as(view="results"))


@pytest.mark.parametrize("view", VIEWS)
def test_a_database_that_cannot_be_read_is_said_in_words(open_as, runs_folder, view):
    (runs_folder / "audit.sqlite").write_bytes(b"This is not a database." * 100)
    at = open_as(view=view)
    assert not at.exception
    assert any("audit.sqlite" in box.value for box in at.warning)


def test_reviewers_who_differ_stand_side_by_side(open_as, store):
    for neuron, (ann, bob) in enumerate([("real", "real"), ("real", "not"), ("partly", "real"), ("not", "not")] * 2):
        store.review(Review(neuron, "Ann", ann, name="A *name*"))
        store.review(Review(neuron, "Bob", bob, note="why"))
    at = open_as(view="agreement")
    [table] = tables(at)
    assert table["neuron"].tolist() == [1, 5, 2, 6]
    assert table["by Bob"].tolist() == ["not", "not", "real", "real"]
    shown = component(at, "resolve")
    assert shown["neuron"] == 1 and [one["reviewer"] for one in shown["reviews"]] == ["Ann", "Bob"]
    metrics = {metric.label: metric.value for metric in at.metric}
    assert metrics["Same verdict"] == "50%" and metrics["In common"] == "8"


def test_history_is_shown_and_ones_own_last_step_can_be_undone_and_redone(open_as, store):
    store.review(Review(4, "Ann", "real"))
    store.review(Review(4, "Ann", "not"))
    at = open_as(view="results", neuron="4")
    assert tables(at)[-1]["verdict"].tolist() == ["Not", "Real"]
    at.button(key="audit:undo").click().run()
    assert store.load().by(4, "Ann").verdict == "real"
    at.button(key="audit:redo").click().run()
    assert store.load().by(4, "Ann").verdict == "not"
    assert_sound(at)
