"""The neurons page: the table follows the filters, the card follows the neuron."""

import io

import numpy as np
import pandas as pd
import pytest

from explorer.audit import Audit
from explorer.browse.export import neurons_csv, neurons_parquet
from explorer.browse.table import about, neuron_table
from tests.pages.conftest import tables

PAGE = "pages/Neurons.py"


@pytest.fixture
def page(app):
    return app(PAGE)


def neuron_on_show(at) -> int:
    return at.number_input(key="neuron").value


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


def test_a_search_by_title_finds_the_neurons_that_fire_on_it(page, demo_run):
    shown = neuron_on_show(page)
    title = demo_run.top_items(shown, 1)["title"].iloc[0]
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
