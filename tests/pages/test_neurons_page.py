"""The neurons page: the table follows the filters, the card follows the neuron."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from explorer.audit import Audit
from explorer.browse.export import neurons_csv, neurons_parquet
from explorer.browse.table import about, neuron_table
from explorer.figures import audience_figure, decades_figure, genre_colours, popularity_figure, purity_figure
from explorer.neurons import PROFILE_DEPTH
from explorer.runs import save_run
from explorer.steering import strongest_effects
from explorer.text import percent
from explorer.ui import cache
from tests.helpers import opaque
from tests.pages.conftest import charts, open_tab, tables

PAGE = "pages/Neurons.py"


@pytest.fixture
def page(app):
    return app(PAGE)


def card_title(at) -> str:
    return at.subheader[0].value


def test_the_table_shows_every_neuron_until_it_is_filtered(page):
    numbers = tables(page)[0]["neuron"]
    assert sorted(numbers) == list(range(34))


def test_a_facet_filter_leaves_the_neurons_about_it(page, demo_run):
    page.selectbox(key="neurons:about").set_value("Heist").run()
    table = tables(page)[0]
    assert sorted(table["neuron"]) == np.flatnonzero(about(demo_run, "Heist")).tolist()
    assert 0 < len(table) < 34
    next(button for button in page.button if button.label == "About Heist").click().run()
    assert len(tables(page)[0]) == 34


def test_a_range_leaves_only_what_lies_in_it(page):
    page.selectbox(key="neurons:measure").set_value("purity").run()
    page.number_input(key="neurons:low").set_value(90).run()
    assert (tables(page)[0]["purity"] >= 90).all()
    assert page.query_params["where"] in ("purity>=0.9", ["purity>=0.9"])


def test_a_search_without_a_hit_offers_to_show_all(page):
    page.text_input(key="words").set_value("no such film (").run()
    assert "No neuron matches" in page.info[0].value
    next(button for button in page.button if "Show all" in button.label).click().run()
    assert len(tables(page)[0]) == 34


def test_an_address_with_search_filter_order_and_columns_shows_them_and_says_what_it_did_not_understand(app, demo_run):
    asked = {"q": "a", "in": "names", "where": "ap>=0.1;beauty>=1", "sort": "-density_items", "columns": "ap,year"}
    at = app(PAGE, neuron="17", view="purity.part", **asked)
    table = tables(at)[0]
    assert set(table) == {"neuron", "label", "why", "ap", "year"}
    density = demo_run.index.neurons["density_items"].iloc[table["neuron"]].to_numpy()
    assert 1 < len(table) < 34 and (np.diff(density) <= 0).all()
    assert [box.value for box in at.warning] and "beauty" in at.warning[0].value
    assert neuron_on_show(at) == 17
    page = app(PAGE, where="about=Nothing", **{"in": "nowhere"}, sort="-beauty")
    assert len(page.warning) == 3 and len(tables(page)[0]) == 34


def test_the_open_neuron_stays_open_when_the_address_hides_it_and_the_list_says_so(app):
    at = app(PAGE, neuron="17", where="reviews>=1")
    assert neuron_on_show(at) == 17 and not at.exception
    at = app(PAGE, neuron="17", where="ap>=0.99")
    listed = tables(at)[0]["neuron"].tolist()
    if 17 not in listed:
        assert any("not among those listed" in caption.value for caption in at.caption)


def test_the_listed_neurons_are_exported_as_they_are_listed(demo_run):
    rows = neuron_table(demo_run, Audit()).iloc[[5, 2]]
    table = pd.read_csv(io.BytesIO(neurons_csv(rows)))
    assert table["neuron"].tolist() == [5, 2] and table["mix"].str.contains("%").all()
    table = pd.read_parquet(io.BytesIO(neurons_parquet(rows)))
    assert table["neuron"].tolist() == [5, 2] and set(table["mix"].iloc[0][0]) == {"facet", "share"}


def test_a_search_by_title_finds_the_neurons_that_fire_on_it(page):
    title = items_on_show(page)["title"].iloc[0]
    shown = page.number_input(key="neuron").value
    page.text_input(key="words").set_value(title).run()
    assert (tables(page)[0]["why"] != "").all()
    assert shown in tables(page)[0]["neuron"].tolist()


def test_a_deep_link_opens_the_neuron(app):
    at = app(PAGE, neuron="17")
    assert card_title(at).startswith("17 ")


@pytest.mark.slow
def test_previous_and_next_walk_round_the_neurons_in_the_order_of_the_table(app):
    order = tables(app(PAGE))[0]["neuron"].tolist()
    at = app(PAGE, neuron=str(order[0]))
    for icon, row in (("chevron_left", -1), ("chevron_right", 0), ("chevron_right", 1)):
        expected = f"{order[row]} "
        next(button for button in at.button if icon in button.label).click().run()
        assert card_title(at).startswith(expected)


@pytest.mark.slow
def test_the_card_of_each_neuron_opens(app):
    at = app(PAGE)
    for neuron in (0, 21, 33):
        at.number_input(key="neuron").set_value(neuron).run()
        assert not at.exception
        assert not at.error
        assert card_title(at).startswith(f"{neuron} ")


def neuron_on_show(at) -> int:
    return at.number_input(key="neuron").value


def of(table, neuron: int):
    """The rows about a neuron."""
    return table[table["neuron"] == neuron]


def items_on_show(at):
    return next(table for table in tables(at) if {"title", "activation"} <= set(table))


def as_drawn(figure) -> list[dict]:
    """Names and shares of each trace of a figure, or of one that came from a page."""
    traces = json.loads(figure.to_json())["data"] if hasattr(figure, "to_json") else figure["data"]
    return [{name: trace[name] for name in ("x", "y", "name", "hovertemplate")} for trace in traces]


def test_the_strongest_items_come_in_falling_order(page):
    activations = items_on_show(page)["activation"]
    assert len(activations) == 50
    assert (np.diff(activations) <= 0).all()


@pytest.mark.parametrize(("choice", "kind"), [("Spread", "quantile"), ("Random", "random")])
def test_items_may_be_spread_over_the_neurons_range_or_drawn_at_random(page, demo_run, choice, kind):
    page.segmented_control(key="which_items").set_value(choice).run()
    rows = of(demo_run.index.examples, neuron_on_show(page)).query("kind == @kind")
    table = items_on_show(page)
    assert table["title"].tolist() == demo_run.dataset.items["title"].iloc[rows["row"]].tolist()
    np.testing.assert_allclose(table["activation"], rows["activation"], rtol=1e-6)
    if kind == "quantile":
        assert table["share"].tolist() == [f"{percent(share)} below" for share in rows["quantile"]]
    else:
        assert "share" not in table


def test_the_purity_chart_has_the_neurons_genres_to_the_chosen_depth(page, demo_run):
    for k in (10, 50):
        page.segmented_control(key="depth").set_value(k).run()
        [chart] = charts(page)
        assert as_drawn(chart) == as_drawn(
            purity_figure(demo_run.index.purity_of(neuron_on_show(page), k), k, items=demo_run.dataset.nouns.items)
        )


def test_every_genre_is_there_in_numbers(page, demo_run):
    [box] = [box for box in page.expander if "How certain" in box.label]
    [table] = tables(box)
    neuron = neuron_on_show(page)
    purity = demo_run.index.purity_of(neuron, 10)
    assert table["genre"].tolist() == purity["genre"].tolist()
    assert set(table["genre"]) == set(demo_run.dataset.genres)
    for name in ("value", "base_rate"):
        np.testing.assert_allclose(table[name], 100 * purity[name])
    for name in ("lift", "p"):
        np.testing.assert_allclose(table[name], purity[name])
    intervals = zip(purity["low"], purity["high"], strict=True)
    assert table["interval"].tolist() == [f"{percent(low)} – {percent(high)}" for low, high in intervals]
    detects = demo_run.index.association_of(neuron).set_index("genre").loc[table["genre"]]
    for name in ("auc", "ap"):
        np.testing.assert_allclose(table[name], 100 * detects[name])


def test_popularity_and_era_are_drawn_beside_those_of_the_catalogue(page, demo_run):
    neuron, index = neuron_on_show(page), demo_run.index
    drawn = [as_drawn(chart) for chart in charts(open_tab(page, "Popularity and era"))]
    items = demo_run.dataset.nouns.items
    assert drawn == [
        as_drawn(popularity_figure(of(index.popularity_profile, neuron), PROFILE_DEPTH, items=items)),
        as_drawn(decades_figure(of(index.decades, neuron), PROFILE_DEPTH, items=items)),
    ]
    row = index.neurons.iloc[neuron]
    captions = " ".join(caption.value for caption in page.caption)
    assert f"activation and popularity: {row['popularity_spearman']:+.2f}" in captions
    assert f"activation and release year: {row['year_spearman']:+.2f}" in captions


def test_the_neurons_users_come_with_the_genres_of_their_histories_and_a_way_to_steer_the_first(page, demo_run):
    neuron, index = neuron_on_show(page), demo_run.index
    open_tab(page, "Users")
    top = of(index.top_users, neuron)
    table = next(table for table in tables(page) if "user" in table)
    users = demo_run.dataset.users["user_id"].iloc[top["row"]].astype(str).tolist()
    assert table["user"].tolist() == users
    [chart] = charts(page)
    (bars, _), colours = chart["data"], genre_colours(demo_run.dataset, "light")
    assert bars["marker"]["color"] == [colours[genre] for genre in bars["y"]]
    assert as_drawn(chart) == as_drawn(audience_figure(of(index.user_genres, neuron), PROFILE_DEPTH))
    [link] = page.main.get("page_link")
    assert link.proto.query_string.endswith(f"user={users[0]}")


def effects_on_show(at, run) -> tuple:
    """The tables of what a neuron raises and lowers most, after checking what they hold."""
    raises, lowers = (table for table in tables(open_tab(at, "Effect")) if "effect" in table)
    raised, lowered = strongest_effects(run, neuron_on_show(at), 10)
    signs = (raised[raised["effect"] > 0], lowered[lowered["effect"] < 0])
    for table, rows in zip((raises, lowers), signs, strict=True):
        assert table["title"].tolist() == rows["title"].tolist()
        np.testing.assert_allclose(table["effect"], rows["effect"], rtol=1e-5)
        if "half" in table:
            np.testing.assert_allclose(table["half"], rows["half"], rtol=1e-5)
    return raises, lowers


def test_effects_on_a_dot_product_are_shown_at_one_dose_with_their_formula(page, demo_run):
    for table in effects_on_show(page, demo_run):
        assert "half" not in table
        assert "⟨d, q⟩" in table.attrs["help"]["effect"]


def test_effects_on_another_score_are_shown_at_half_and_whole_dose_and_explained_as_means(
    app, tiny_runs, runs_folder, monkeypatch
):
    run = opaque(save_run(tiny_runs("mf"), runs_folder / "curved"))
    monkeypatch.setattr(cache, "load_run", lambda folder: run)
    for table in effects_on_show(app(PAGE, run="curved"), run):
        assert "by half the strongest value" in table.attrs["help"]["half"]
        assert "mean over some users" in table.attrs["help"]["effect"]


def test_a_neuron_of_a_matryoshka_run_says_which_level_it_came_with(app, tiny_variants, runs_folder):
    save_run(tiny_variants("matryoshka"), runs_folder / "levels")
    at = app(PAGE, run="levels", neuron="0")
    for neuron, level in ((0, 1), (3, 1), (4, 2), (15, 3), (16, 4), (31, 4)):
        at.number_input(key="neuron").set_value(neuron).run()
        assert {metric.label: metric.value for metric in at.metric}.get("Level") == f"{level} of 4"


def test_a_run_without_genres_says_so_rather_than_that_a_neuron_fires_on_too_few_items(app, tiny_variants, runs_folder):
    save_run(tiny_variants("relu-no-genres"), runs_folder / "plain")
    at = app(PAGE, run="plain")
    assert [box.value for box in at.info] == ["This data set has no genres, so there is no purity."]
    assert "Too few" not in at.markdown[0].value
