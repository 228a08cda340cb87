"""The Hierarchy page as a whole: what it opens with, what its address asks for, and what it says where something is
missing. What its parts hold is tested beside them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import psutil
import pytest

from explorer.choices import MAP_KINDS
from explorer.config import load_config
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.concepts import first_concept, listed_concepts
from explorer.hierarchy.explain import NO_MORE_THAN_CHANCE, summary, with_parent
from explorer.hierarchy.hierarchy import ONE_LEVEL
from explorer.jobs.folder import STATUS, Status
from explorer.maps import make_map, save_map, selection_of
from explorer.maps.clusters import cluster_labels
from explorer.maps.selection_store import store_selection
from explorer.runs import Run, explain_base, save_run, train_base
from explorer.text import md_escape
from explorer.ui import cache
from explorer.ui.hierarchy import concept_card
from explorer.ui.hierarchy.state import VIEWS
from tests.pages.conftest import assert_sound, tables

PAGE = "pages/Hierarchy.py"
PARTS = {
    "tree": {"explorer_columns", "explorer_tree", "explorer_map", "explorer_grid", "explorer_concept_card"},
    "map": {"explorer_map", "explorer_grid", "explorer_concept_card"},
}


@pytest.fixture(scope="module")
def library(tiny_variants, tmp_path_factory) -> dict[str, Run]:
    """Runs that no test changes, all in one folder, so that the server opens each only once."""
    folder = tmp_path_factory.mktemp("library")
    names = {"levels": "matryoshka", "flat": "relu-no-genres"}
    return {name: save_run(tiny_variants(variant), folder / name) for name, variant in names.items()}


@pytest.fixture
def levelled(library, runs_folder, monkeypatch) -> Run:
    """A run of four levels, beside one without."""
    monkeypatch.setenv("EXPLORER_RUNS", str(library["levels"].path.parent))
    return library["levels"]


@pytest.fixture(scope="module")
def found(tiny_variants) -> Hierarchy:
    return Hierarchy.from_run(tiny_variants("matryoshka"))


def captions(at) -> str:
    return " ".join(caption.value for caption in at.caption)


def drawn(at) -> dict[str, dict]:
    """The components of the page by name, each with what it was sent."""
    found = (one.proto for one in at.main.get("bidi_component"))
    return {one.component_name: json.loads(one.json) for one in found if one.json}


def listed(at):
    """The table of neurons."""
    return next(table for table in tables(at) if table.attrs["label"].startswith("Neurons of the shown levels"))


def assert_shows(at, run: Run, neuron: int) -> None:
    """Every part of the page shows this neuron of this run."""
    assert_sound(at)
    assert at.selectbox(key="hierarchy:neuron").value == neuron
    assert listed(at).attrs["chosen"] == [neuron]
    parts = drawn(at)
    linked = [part["link"] for part in parts.values() if part.get("link")]
    assert {(link["run"], link["neuron"]) for link in linked} == {(run.digest, neuron)} and len(linked) >= 3
    card = parts["explorer_concept_card"]
    assert card["name"] == run.index.neurons["label"][neuron]
    assert [title for title, *_ in card["items"]] == run.top_items(neuron, 8)["title"].tolist()


@pytest.mark.parametrize("name", [cache.TREE_NAME, cache.DEMO_NAME])
def test_a_built_in_run_opens_with_a_named_concept_in_all_its_parts(app, name):
    at = app(PAGE, run=name)
    run = cache.load_run(cache.TREE_RUN if name == cache.TREE_NAME else cache.DEMO_RUN)
    found = cache.open_hierarchy(run)
    assert_shows(at, run, first_concept(run, found))
    assert set(drawn(at)) >= PARTS["tree" if name == cache.TREE_NAME else "map"]
    if name == cache.TREE_NAME:
        assert found.children_of(at.selectbox(key="hierarchy:neuron").value)
        assert with_parent(found) in captions(at)


def test_only_the_view_that_is_open_is_drawn(app, levelled):
    for view in VIEWS:
        at = app(PAGE, run="levels", view=view)
        assert_sound(at)
        shown = set(drawn(at))
        if view in PARTS:
            assert shown & set().union(*PARTS.values()) == PARTS[view]
        else:
            assert not shown & {"explorer_map", "explorer_columns", "explorer_tree"}


@pytest.mark.parametrize("view", ["tree", "map"])
def test_what_is_stored_is_shown_without_the_activations_of_all(app, monkeypatch, view):
    monkeypatch.setattr(Run, "reconstruction", property(lambda run: pytest.fail("all users and items were encoded")))
    assert_sound(app(PAGE, run=cache.TREE_NAME, view=view))


def test_the_summary_says_what_the_tree_is_worth(app, levelled, found):
    at = app(PAGE, run="levels")
    assert summary(found) in captions(at)
    assert (NO_MORE_THAN_CHANCE in captions(at)) == (found.with_parent.ratio < 2)
    assert summary(replace(found, chance=found.chance.assign(random_with_parent=found.chance["random"]))).count(
        NO_MORE_THAN_CHANCE
    )


def test_choosing_by_name_is_followed_by_every_part_and_by_the_address(app, levelled):
    at = app(PAGE, run="levels", neuron="3")
    assert_shows(at, levelled, 3)
    at.selectbox(key="hierarchy:neuron").set_value(31).run()
    assert_shows(at, levelled, 31)
    assert "".join(at.query_params["neuron"]) == "31"


def test_the_level_slider_cuts_every_part(app, levelled, found):
    at = app(PAGE, run="levels", levels="2")
    assert_sound(at)
    living = listed_concepts(found.flags.assign(label="x"), 8)["neuron"].tolist()
    assert listed(at)["neuron"].tolist() == living
    assert drawn(at)["explorer_map"]["width"] == 8
    at.select_slider(key="hierarchy:level").set_value(4).run()
    assert len(listed(at)) > len(living) and drawn(at)["explorer_map"]["width"] == 32
    assert "levels" not in at.query_params


@pytest.mark.slow
def test_the_table_is_filtered_by_name_and_number(app, levelled):
    at = app(PAGE, run="levels")
    before = listed(at)
    at.text_input(key="hierarchy:list:words").set_value(str(before["neuron"].iloc[-1])).run()
    assert_sound(at)
    after = listed(at)
    assert 0 < len(after) < len(before) and before["neuron"].iloc[-1] in after["neuron"].tolist()
    at.text_input(key="hierarchy:list:words").set_value("no such name (").run()
    assert_sound(at)
    assert "No neuron of these levels" in " ".join(box.value for box in at.info)


def test_the_card_leads_to_the_neuron_its_items_steering_and_audit_of_the_same_run(app, levelled):
    at = app(PAGE, run="levels", neuron="5")
    card = drawn(at)["explorer_concept_card"]
    links = dict(card["links"])
    for text, page in {"Whole card": "Neurons", "Steer by it": "Steering", "Review it": "Audit"}.items():
        where, _, query = links[text].partition("?")
        said = parse_qs(query)
        assert where == page and said["run"] == ["levels"]
        assert any("5" in value for values in said.values() for value in values)
    for (_, address, _), item in zip(card["items"], levelled.top_items(5, 8)["item_id"], strict=True):
        assert parse_qs(address.partition("?")[2]) == {"run": ["levels"], "item": [str(item)]}


# --- addresses that ask for what is not there


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"neuron": "32"}, "This run has no neuron “32”. Shown instead"),
        ({"neuron": "9" * 5000}, "This run has no neuron “999"),
        ({"view": "sunburst"}, "There is no part of the page “sunburst”. Shown instead"),
        ({"map": "![x](http://host/)"}, "There is no map of"),
        ({"levels": "9"}, "This run has no level “9”."),
    ],
)
def test_what_an_address_asks_for_in_vain_is_said(app, levelled, asked, said):
    at = app(PAGE, run="levels", **asked)
    assert not at.exception and not at.error
    warned = " ".join(box.value for box in at.warning)
    assert said in warned and "![x](" not in warned


def test_a_selection_that_is_unknown_or_of_another_run_is_words_and_the_rest_works(app, library, levelled):
    table = make_map(library["flat"], "items", "pca").table
    other = store_selection(library["flat"], selection_of(table, "items", np.arange(3)))
    for asked in ("0123456789", "../../x", other):
        at = app(PAGE, run="levels", selection=asked)
        assert not at.exception
        assert len(at.error) + len(at.warning) >= 1
        assert {"explorer_map", "explorer_grid", "explorer_concept_card"} <= set(drawn(at))


# --- runs that lack something


def test_a_run_of_one_level_says_so_and_shows_map_table_and_card(app, levelled):
    at = app(PAGE, run="flat")
    assert_sound(at)
    assert set(drawn(at)) >= PARTS["map"]
    assert not at.select_slider
    at.segmented_control(key="hierarchy:view").set_value("tree").run()
    assert_sound(at)
    assert [box.value for box in at.info] == [ONE_LEVEL]
    assert "explorer_map" in drawn(at) and "explorer_tree" not in drawn(at)
    (button,) = [button for button in at.button if "two levels" in button.label]
    assert_sound(button.click().run())
    assert at.sidebar.selectbox(key="run").value == cache.TREE_NAME


@pytest.mark.parametrize("name", [pytest.param("topk-no-years", marks=pytest.mark.slow), "relu-no-genres"])
def test_every_view_of_a_run_without_years_or_facets_is_sound(app, runs_folder, tiny_variants, name):
    save_run(tiny_variants(name), runs_folder / "this")
    for view in VIEWS:
        at = app(PAGE, run="this", view=view)
        assert not at.exception and not at.error
        assert drawn(at) or [box.value for box in at.info] == [ONE_LEVEL]


@pytest.mark.slow
def test_a_map_of_another_run_or_a_damaged_one_is_replaced_and_the_rest_works(app, runs_folder, tiny_variants, library):
    run = save_run(tiny_variants("matryoshka"), runs_folder / "levels")
    other = cache.load_run(cache.TREE_RUN)
    made = make_map(other, "neurons", "pca")
    save_map(run.path, made, cluster_labels(other, made.table))
    at = app(PAGE, run="levels")
    assert_shows(at, run, at.selectbox(key="hierarchy:neuron").value)
    points = run.path / "maps" / "neurons-points.parquet"
    points.write_bytes(points.read_bytes()[:-9])
    assert_sound(app(PAGE, run="levels"))


@pytest.mark.slow
def test_while_another_process_draws_the_maps_the_page_shows_progress_and_a_preview(app, runs_folder, tiny_variants):
    run = save_run(tiny_variants("matryoshka"), runs_folder / "levels")
    me = psutil.Process()
    (run.path / "maps").mkdir(exist_ok=True)
    status = Status(state="running", done=0.25, message="items: *", pid=me.pid, pid_started=me.create_time())
    (run.path / "maps" / STATUS).write_text(status.model_dump_json())
    at = app(PAGE, run="levels")
    assert_sound(at)
    (bar,) = (bar.proto for bar in at.get("progress"))
    assert bar.value == 25 and md_escape("items: *") in bar.text
    assert "explorer_map" in drawn(at)


@pytest.mark.slow
def test_what_was_chosen_in_one_run_does_no_harm_in_the_next(app, levelled):
    at = app(PAGE, run=cache.TREE_NAME, levels="1", neuron="42")
    assert_sound(at)
    for name in ("levels", "flat", cache.TREE_NAME):
        assert_sound(at.sidebar.selectbox(key="run").set_value(name).run())


def test_the_card_of_a_silent_neuron_is_a_sentence(tiny_variants, monkeypatch):
    run = tiny_variants("matryoshka")
    neurons = run.index.neurons.assign(max_activation=0.0)
    monkeypatch.setattr(concept_card, "href", lambda page, **parameters: page)
    silent = replace(run, index=replace(run.index, neurons=neurons, top_items=run.index.top_items[:0]))
    card = concept_card.card_data(silent, 3)
    assert "never fires" in card["sentence"] and card["items"] == []


# --- odd data


@pytest.fixture(scope="module")
def odd_runs(tmp_path_factory) -> Path:
    """A run of five items, one of 300 facets, and one whose base model gives every item the same vector."""
    folder, rng = tmp_path_factory.mktemp("odd"), np.random.default_rng(0)
    for name, users, items, facets, per_user in (("five", 60, 5, 2, 4), ("many", 300, 600, 300, 30)):
        data = folder / "data" / name
        data.mkdir(parents=True)
        pd.DataFrame(
            {
                "user_id": np.repeat(np.arange(users), per_user),
                "item_id": np.concatenate([rng.choice(items, per_user, replace=False) for _ in range(users)]),
                "timestamp": rng.integers(1, 10**9, users * per_user),
            }
        ).to_csv(data / "interactions.csv", index=False)
        genres = [f"F{item * 7 % facets}|F{item * 3 % facets}" for item in range(items)]
        titles = [f"T{item}" for item in range(items)]
        pd.DataFrame({"item_id": range(items), "title": titles, "genres": genres}).to_csv(
            data / "items.csv", index=False
        )
    widths = ["sae.width=8", "sae.prefix_widths=[4, 8]"]
    config = load_config(settings=["sae.k=2", "sae.epochs=10", "recommender.dim=4", *widths])
    for name in ("five", "many"):
        base = train_base(str(folder / "data" / name), config)
        save_run(explain_base(base, config), folder / "runs" / name)
    base.recommender.item_embeddings.fill_(0.3)
    save_run(explain_base(base, config), folder / "runs" / "equal")
    return folder / "runs"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["five", "many", "equal"])
def test_every_view_and_map_of_odd_data_is_sound_or_says_why_not(app, odd_runs, monkeypatch, name):
    monkeypatch.setenv("EXPLORER_RUNS", str(odd_runs))
    monkeypatch.setenv("EXPLORER_DATA", str(odd_runs.parent / "data"))
    for view, kind in [("tree", "neurons"), *(("map", kind) for kind in MAP_KINDS), ("levels", "items")]:
        at = app(PAGE, run=name, view=view, map=kind)
        assert not at.exception
        assert not at.error and not at.warning
        empty = name == "equal" and (view, kind) == ("map", "items")
        assert ("no vector has a direction" in " ".join(box.value for box in at.info)) == empty
        assert view == "levels" or "explorer_grid" in drawn(at)
