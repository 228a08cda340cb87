"""The hierarchy page: the tree, the map, the chosen concept and the tables say what the package says of the run."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import psutil
import pytest

from explorer.errors import UserError
from explorer.figures import PALETTES, genre_colours
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.explain import NO_MORE_THAN_CHANCE, evidence, trend_sentences, why_no_parent
from explorer.hierarchy.hierarchy import ONE_LEVEL
from explorer.jobs import control
from explorer.jobs.folder import STATUS, Status
from explorer.maps import MAP_KINDS, available_colours, cluster_labels, find_points, load_map, make_map, save_map
from explorer.runs import Run, save_run
from explorer.steering import level_lists
from explorer.text import md_escape, p_value, percent
from explorer.ui import cache
from tests.pages.conftest import TABS, assert_sound, charts, open_tab, tables

pytestmark = pytest.mark.slow

PAGE = "pages/Hierarchy.py"
LIKE_UMAP = {"n_neighbors": 15, "min_dist": 0.1, "metric": "cosine", "epochs": 200, "seed": 0, "left_out": []}


@pytest.fixture(scope="module")
def library(tiny_variants, tmp_path_factory) -> dict[str, Run]:
    """Runs without stored maps that no test changes, all in one folder, so that the server opens each only once."""
    folder = tmp_path_factory.mktemp("library")
    names = {"levels": "matryoshka", "flat": "relu-no-genres"}
    return {name: save_run(tiny_variants(variant), folder / name) for name, variant in names.items()}


@pytest.fixture
def levelled(library, runs_folder, monkeypatch) -> Run:
    """A run of four levels, beside others."""
    monkeypatch.setenv("EXPLORER_RUNS", str(library["levels"].path.parent))
    return library["levels"]


@pytest.fixture
def drawable(tiny_variants, runs_folder) -> Run:
    """A run of four levels whose maps may be drawn."""
    return save_run(tiny_variants("matryoshka"), runs_folder / "levels")


@pytest.fixture(scope="module")
def found(tiny_variants) -> Hierarchy:
    """The hierarchy of the run of four levels."""
    return Hierarchy.from_run(tiny_variants("matryoshka"))


@pytest.fixture
def started(monkeypatch) -> list:
    """Drawings are not started, only the folders noted."""
    folders = []
    monkeypatch.setattr(control, "start_maps", folders.append)
    return folders


def tab(at, name: str):
    return next(shown for shown in at.tabs if shown.label == name)


def captions(at) -> str:
    return " ".join(caption.value for caption in at.caption)


def figure(at, *kinds: str) -> dict:
    """The chart that has a trace of one of these kinds."""
    return next(chart for chart in charts(at) if any(trace["type"] in kinds for trace in chart["data"]))


def draw_button(at) -> list:
    return [button for button in at.button if button.key == "hierarchy:draw"]


def store_as_umap(run: Run, *kinds: str) -> None:
    """Maps by PCA in the run's folder that say they are by UMAP."""
    for kind in kinds:
        made = replace(make_map(run, kind, "pca"), method="umap", parameters=LIKE_UMAP, explained=None)
        save_map(run.path, made, cluster_labels(run, made.table))


def write_status(run: Run, **status) -> None:
    (run.path / "maps").mkdir(exist_ok=True)
    (run.path / "maps" / STATUS).write_text(Status(**status).model_dump_json())


# --- opening


def test_the_built_in_run_in_two_levels_opens_with_maps_by_umap_and_every_tab(app):
    at = app(PAGE, run=cache.TREE_NAME)
    assert at.sidebar.selectbox(key="run").value == cache.TREE_NAME
    assert_sound(at)
    assert "UMAP of " in captions(at) and not draw_button(at)
    assert [shown.label for shown in at.tabs] == list(TABS[PAGE][1])
    for label in TABS[PAGE][1]:
        assert_sound(open_tab(at, label))


@pytest.mark.parametrize("name", [pytest.param("flat", marks=pytest.mark.slow), cache.DEMO_NAME])
def test_a_run_of_one_level_has_its_map_in_full_width_and_nothing_of_a_hierarchy(app, levelled, name):
    at = app(PAGE, run=name)
    assert_sound(at)
    assert [box.value for box in at.info] == [ONE_LEVEL]
    assert not at.metric and not at.tabs
    assert {trace["type"] for chart in charts(at) for trace in chart["data"]} <= {"scatter", "scattergl"}
    assert figure(at, "scattergl", "scatter")
    assert "Nothing is selected" in captions(at)
    written = " ".join([captions(at), *(text.value for text in at.markdown)])
    for word in ("tree", "Parent", "Children", "rank correlation", "ρ", "–"):
        assert word not in written
    at.selectbox(key="hierarchy:neuron").set_value(5).run()
    assert_sound(at)


def test_a_run_of_one_level_leads_to_the_built_in_run_of_two(app, levelled):
    at = app(PAGE, run="flat")
    (button,) = [button for button in at.button if "two levels" in button.label]
    assert_sound(button.click().run())
    assert at.sidebar.selectbox(key="run").value == cache.TREE_NAME


@pytest.mark.parametrize("built_in", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_the_cards_have_the_numbers_of_the_hierarchy(app, built_in, levelled, found):
    if built_in:
        run, at = cache.load_run(cache.TREE_RUN), app(PAGE, run=cache.TREE_NAME)
    else:
        run, at = levelled, app(PAGE, run="levels")
    found = Hierarchy.from_run(run) if built_in else found
    flags, trend = found.flags, found.trends.set_index("measure").loc["popularity"]
    later = flags[flags["living"] & (flags["level"] > 1)]
    cards = {metric.label: (metric.value, metric.delta) for metric in at.metric}
    assert cards["Levels"] == (str(len(run.sae.levels)), f"{', '.join(map(str, run.sae.levels))} neurons")
    counted = found.with_parent
    assert counted.with_parent == (later["parent"] >= 0).sum() and counted.neurons == len(later)
    detail = f"{counted.with_parent} of {len(later)}; random directions {percent(counted.random_share)}"
    assert cards["With a parent"] == (percent(counted.with_parent / len(later)), detail)
    assert (NO_MORE_THAN_CHANCE in captions(at)) == (counted.ratio < 2)
    assert cards["Split"] == (str(flags["split"].sum()), f"broad concepts, {flags['absorbs'].sum()} absorbed")
    assert ("Popular concepts come first" in cards) == trend.notna()["spearman"]
    if built_in:
        verdict, numbers = cards["Popular concepts come first"]
        assert verdict == ("yes" if trend["holds"] else "no")
        assert numbers == f"ρ = {trend['spearman']:+.2f}, {p_value(trend['p'])}"


# --- the tree


@pytest.mark.parametrize("shape", [pytest.param("sunburst", marks=pytest.mark.slow), "icicle"])
def test_the_tree_has_every_living_neuron_under_its_parent_in_both_shapes(app, levelled, found, shape):
    at = app(PAGE, run="levels")
    at.segmented_control(key="hierarchy:shape").set_value(shape).run()
    assert_sound(at)
    (trace,) = figure(at, shape)["data"]
    drawn = {name: parent for name, parent in zip(trace["ids"], trace["parents"], strict=True) if name.isdecimal()}
    assert set(map(int, drawn)) == set(np.flatnonzero(found.flags["living"]))
    for neuron, parent in drawn.items():
        expected = found.parents_of(int(neuron))
        assert parent == str(expected[0]) if expected else parent in ("all", "no-parent")
    colours, purest = genre_colours(levelled.dataset, "light"), levelled.index.neurons["genre"]
    for name, colour in zip(trace["ids"], trace["marker"]["colors"], strict=True):
        if name.isdecimal():
            assert colour == colours.get(purest[int(name)], PALETTES["light"].muted)


def test_the_tree_may_be_read_as_names_and_a_parent_is_one_click_away(app, levelled, found):
    at = app(PAGE, run="levels")
    at.segmented_control(key="hierarchy:shape").set_value("names").run()
    assert_sound(at)
    labels, families = levelled.index.neurons["label"], found.families()
    buttons = {button.key: button.label for button in at.button if (button.key or "").startswith("hierarchy:family:")}
    assert buttons == {f"hierarchy:family:{i}": md_escape(f"{i} {labels[i]}") for i in families} != {}
    for children in families.values():
        assert "\n".join(f"- {md_escape(f'{child} {labels[child]}')}" for child in children) in captions(at)
    parent = list(families)[-1]
    assert_shows(at.button(key=f"hierarchy:family:{parent}").click().run(), levelled, found, parent)


# --- the chosen concept


def assert_shows(at, run: Run, found: Hierarchy, neuron: int) -> None:
    """The concept's name, its relatives as buttons and its strongest items."""
    labels = run.index.neurons["label"]
    assert_sound(at)
    assert at.selectbox(key="hierarchy:neuron").value == neuron
    assert f"**{neuron} {md_escape(labels[neuron])}**" in [text.value for text in at.markdown]
    buttons = {button.key: button.label for button in at.button}
    for role, relatives in (("parent", found.parents_of(neuron)), ("child", found.children_of(neuron))):
        shown = [key for key in buttons if key and key.startswith(f"hierarchy:{role}:")]
        assert shown == [f"hierarchy:{role}:{relative}" for relative in relatives]
        assert all(buttons[f"hierarchy:{role}:{i}"] == md_escape(f"{i} {labels[i]}") for i in relatives)
    top = run.index.top_items.query("neuron == @neuron and rank <= 8")
    if len(top):
        table = next(table for table in tables(at) if {"rank", "title"} <= set(table))
        assert table["title"].tolist() == run.dataset.items["title"].iloc[top["row"]].tolist()
        assert table["rank"].tolist() == top["rank"].tolist()
    (link,) = at.main.get("page_link")
    assert link.proto.query_string.endswith(f"neuron={neuron}")


def family(found: Hierarchy) -> tuple[int, int]:
    """A neuron with a child, and the child."""
    edge = found.edges.iloc[0]
    return int(edge["parent"]), int(edge["child"])


def test_choosing_a_concept_by_name_shows_its_relatives_and_items(app, levelled, found):
    at = app(PAGE, run="levels")
    for neuron in (*found.orphans()[:1], 31):
        at.selectbox(key="hierarchy:neuron").set_value(neuron).run()
        assert_shows(at, levelled, found, neuron)


@pytest.mark.slow
def test_a_relative_is_one_click_away_and_marked_in_the_tree(app, levelled, found):
    at, (parent, child) = app(PAGE, run="levels"), family(found)
    at.selectbox(key="hierarchy:neuron").set_value(parent).run()
    at.button(key=f"hierarchy:child:{child}").click().run()
    assert_shows(at, levelled, found, child)
    (trace,) = figure(at, "sunburst")["data"]
    widths = dict(zip(trace["ids"], trace["marker"]["line"]["width"], strict=True))
    assert [name for name, width in widths.items() if width > 1] == [str(child)]
    at.button(key=f"hierarchy:parent:{parent}").click().run()
    assert_shows(at, levelled, found, parent)


def test_why_a_concept_has_no_parent_is_said(app, levelled, found):
    at = app(PAGE, run="levels")
    said = {
        found.roots()[0]: "on the first level",
        **{orphan: why_no_parent(found, orphan) for orphan in found.orphans()[:1]},
        **dict.fromkeys(found.flags.query("not living")["neuron"][:1], "It never fires."),
    }
    for neuron, sentence in said.items():
        at.selectbox(key="hierarchy:neuron").set_value(int(neuron)).run()
        assert_sound(at)
        assert sentence in captions(at)


def test_a_link_to_no_concept_says_so_and_opens_the_first(app, levelled, found):
    for neuron in ("32", "9" * 5000):
        at = app(PAGE, run="levels", neuron=neuron)
        assert_shows(at, levelled, found, 0)
        assert neuron[:9] in at.warning[0].value.replace("\\", "") and "Shown instead: neuron 0" in at.warning[0].value


# --- the map


def choose_colours(at, run: Run, kind: str, which: slice) -> None:
    """Colour a map of one kind by some of what it may be coloured by."""
    at.selectbox(key="hierarchy:kind").set_value(kind).run()
    known = available_colours(run, kind)
    assert len(at.selectbox(key=f"hierarchy:colour:{kind}").options) == len(known)
    for by in known[which]:
        at.selectbox(key=f"hierarchy:colour:{kind}").set_value(by).run()
        assert_sound(at)


@pytest.mark.slow
def test_a_map_of_every_kind_is_shown_with_the_last_of_its_colours(app, library, levelled):
    at = app(PAGE, run="levels")
    for kind in MAP_KINDS:
        choose_colours(at, library["levels"], kind, slice(-1, None))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["levels", "flat"])
def test_a_map_of_every_kind_may_have_every_colour_the_run_has(app, library, levelled, name):
    at = app(PAGE, run=name)
    for kind in MAP_KINDS:
        choose_colours(at, library[name], kind, slice(None))


@pytest.mark.slow
def test_names_of_groups_may_be_left_out(app):
    at = app(PAGE, run=cache.TREE_NAME)
    box = at.selectbox(key="hierarchy:zoom:neurons")
    assert box.options[0] == "none" and box.value is not None
    for zoom in (None, len(box.options) - 2):
        assert_sound(at.selectbox(key="hierarchy:zoom:neurons").set_value(zoom).run())


def test_a_map_that_was_not_drawn_is_a_preview_by_pca_with_a_way_to_draw_it(app, drawable, started):
    at = app(PAGE, run="levels")
    assert_sound(at)
    assert "PCA of 3" in captions(at) and "preview by PCA" in captions(at)
    (button,) = draw_button(at)
    button.click().run()
    assert_sound(at)
    assert started == [drawable.path]


def test_a_drawing_that_cannot_be_started_is_said(app, drawable, monkeypatch):
    def refuse(folder):
        raise UserError("The disk is full of *stars*.")

    monkeypatch.setattr(control, "start_maps", refuse)
    at = app(PAGE, run="levels")
    draw_button(at)[0].click().run()
    assert not at.exception
    assert [box.value for box in at.error] == [md_escape("The disk is full of *stars*.")]
    assert not at.run().error


@pytest.mark.slow
def test_with_stored_maps_there_is_no_button_and_they_are_shown(app, drawable, started):
    store_as_umap(drawable, *MAP_KINDS)
    at = app(PAGE, run="levels")
    for kind in MAP_KINDS:
        at.selectbox(key="hierarchy:kind").set_value(kind).run()
        assert_sound(at)
        assert not draw_button(at) and "preview" not in captions(at)
        assert md_escape(load_map(drawable.path, kind)[0].describe()) in captions(at)


@pytest.mark.slow
def test_where_only_another_kind_was_drawn_the_preview_says_so(app, drawable):
    store_as_umap(drawable, "together")
    at = app(PAGE, run="levels")
    assert_sound(at)
    assert draw_button(at) and "preview by PCA" in captions(at)
    at.selectbox(key="hierarchy:kind").set_value("together").run()
    assert_sound(at)
    assert not draw_button(at)


@pytest.mark.slow
def test_a_stored_map_that_is_damaged_is_replaced_by_the_preview(app, drawable):
    store_as_umap(drawable, *MAP_KINDS)
    table = drawable.path / "maps" / "neurons-points.parquet"
    table.write_bytes(table.read_bytes()[:-9])
    at = app(PAGE, run="levels")
    assert_sound(at)
    assert draw_button(at)


def progress_bars(at) -> list:
    return [bar.proto for bar in at.get("progress")]


def test_while_a_drawing_runs_its_progress_is_shown_and_no_button(app, drawable):
    me = psutil.Process()
    write_status(drawable, state="running", done=0.25, message="items: *", pid=me.pid, pid_started=me.create_time())
    at = app(PAGE, run="levels")
    assert_sound(at)
    ((bar,), shown) = progress_bars(at), draw_button(at)
    assert bar.value == 25 and md_escape("items: *") in bar.text and not shown
    write_status(drawable, state="queued", asked=time.time())
    assert "starting" in progress_bars(at.run())[0].text


@pytest.mark.slow
def test_when_the_drawing_has_ended_the_map_takes_the_previews_place(app, drawable):
    me = psutil.Process()
    write_status(drawable, state="running", pid=me.pid, pid_started=me.create_time())
    at = app(PAGE, run="levels")
    store_as_umap(drawable, *MAP_KINDS)
    write_status(drawable, state="done")
    assert_sound(at.run())
    assert "UMAP of " in captions(at) and not progress_bars(at) and not draw_button(at)


@pytest.mark.slow
def test_a_drawing_that_failed_says_why_and_may_be_asked_for_again(app, drawable, started):
    write_status(drawable, state="failed", error="The disk is *full*.")
    at = app(PAGE, run="levels")
    assert not at.exception
    assert [box.value for box in at.error] == [md_escape("The disk is *full*.")]
    draw_button(at)[0].click().run()
    assert started == [drawable.path] and not at.exception


# --- tables


def test_the_levels_are_there_in_numbers_with_what_the_trends_say(app, levelled, found):
    at = open_tab(app(PAGE, run="levels"), "Levels")
    (table,) = tables(tab(at, "Levels"))
    assert table["width"].tolist() == [4, 8, 16, 32]
    np.testing.assert_allclose(table["density_items"], 100 * found.level_metrics["density_items"])
    for name in ("living", "breadth", "rbo@30", "ndcg@20"):
        np.testing.assert_allclose(table[name], found.level_metrics[name])
    said = [text.value for text in tab(at, "Levels").markdown]
    assert said == [f"- {sentence}" for sentence in trend_sentences(found, levelled.dataset.nouns)] != []


def test_the_edges_are_there_with_every_candidate(app, levelled, found):
    at = open_tab(app(PAGE, run="levels"), "Parents")
    (table,) = tables(tab(at, "Parents"))
    candidates, labels = found.candidates[found.candidates["parent"] >= 0], levelled.index.neurons["label"]
    assert table["child"].tolist() == candidates["child"].tolist()
    assert table["is_edge"].tolist() == candidates["is_edge"].tolist()
    assert 0 < table["is_edge"].sum() <= len(table)
    assert table["parent_name"].tolist() == labels[candidates["parent"]].tolist()
    assert table["child_name"].tolist() == labels[candidates["child"]].tolist()
    for name in ("score", "null_99", "strength"):
        np.testing.assert_allclose(table[name], candidates[name])
    for name in ("confidence", "share"):
        np.testing.assert_allclose(table[name], 100 * candidates[name])


def test_a_link_opens_a_concept_with_the_evidence_of_its_candidate(app, levelled, found):
    _, child = family(found)
    row = found.candidates.set_index("child").loc[child]
    at = app(PAGE, run="levels", neuron=str(child))
    assert_shows(at, levelled, found, child)
    assert " ".join(evidence(found, child)) in captions(at)
    assert f"Neuron {row['parent']} is its parent. Score {row['score']:.2f} " in captions(at)


@pytest.mark.slow
def test_a_users_list_is_shown_beside_that_of_each_level(app, levelled):
    at = open_tab(app(PAGE, run="levels"), "A user, level by level")
    ids = levelled.dataset.users["user_id"].astype(str).tolist()
    at.selectbox(key="hierarchy:user").set_value(ids[17]).run()
    assert at.select_slider(key="hierarchy:cut").value == 32
    lists = level_lists(levelled, 17)
    for level in lists.levels[:2]:
        at.select_slider(key="hierarchy:cut").set_value(level.width).run()
        assert_sound(at)
        part = tab(at, "A user, level by level")
        own, cut = tables(part)
        assert own["title"].tolist() == lists.recommender["title"].tolist()
        assert cut["title"].tolist() == level.table["title"].tolist()
        if level is lists.levels[0]:
            assert "move" not in cut
        else:
            assert [move == "new" for move in cut["move"]] == level.table["new"].tolist()
        said = captions(part)
        assert f"RBO@20: {level.agreement:.2f}" in said
        assert all(f"{neuron} " in said for neuron in level.neurons[:12])
        assert ("the level before" in said) == (level.width > 4)


@pytest.mark.slow
def test_a_search_by_name_lists_the_points_that_have_it(app, levelled):
    at = open_tab(app(PAGE, run="levels"), "Selected points")
    assert "Nothing is selected" in captions(at)
    at.selectbox(key="hierarchy:kind").set_value("items").run()
    titles = levelled.dataset.items["title"].tolist()
    word = titles[0].split()[-1]
    at.text_input(key="hierarchy:search").set_value(word.upper()).run()
    assert_sound(at)
    (table,) = tables(tab(at, "Selected points"))
    assert table["name"].tolist() == [titles[i] for i in find_points(titles, word)]
    assert titles[0] in table["name"].tolist() and set(table["entity"]) == {"item"}
    at.text_input(key="hierarchy:search").set_value("no such film (").run()
    assert "Nothing is selected" in captions(at)


# --- another run


@pytest.mark.slow
def test_what_was_chosen_in_one_run_does_no_harm_in_the_next(app, levelled):
    """Runs with other neurons, levels, colours, users, groups and points, in one session."""
    at = app(PAGE, run=cache.TREE_NAME)
    at.selectbox(key="hierarchy:neuron").set_value(63).run()
    at.selectbox(key="hierarchy:colour:neurons").set_value("level").run()
    zoom = at.selectbox(key="hierarchy:zoom:neurons")
    zoom.set_value(len(zoom.options) - 2).run()
    open_tab(at, "A user, level by level")
    users = at.selectbox(key="hierarchy:user")
    users.set_value(users.options[-1]).run()
    at.select_slider(key="hierarchy:cut").set_value(10).run()
    assert_sound(at)
    for name in ("levels", "flat", cache.TREE_NAME):
        assert_sound(at.sidebar.selectbox(key="run").set_value(name).run())


def test_points_drawn_around_on_one_runs_map_are_not_those_of_the_next(app, levelled):
    at = app(PAGE, run="levels")
    at.session_state["hierarchy:picked"] = (levelled.path, "items", [0, 3])
    open_tab(at, "Selected points")
    (table,) = tables(tab(at, "Selected points"))
    opened = make_map(levelled, "items", "pca").table
    assert table["name"].tolist() == levelled.dataset.items["title"].iloc[opened["row"].iloc[[0, 3]]].tolist()
    at.sidebar.selectbox(key="run").set_value("flat").run()
    assert "Nothing is selected" in captions(at)
