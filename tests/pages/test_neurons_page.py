"""The neurons page: the table follows the filters, the card follows the neuron."""

import numpy as np
import pytest

PAGE = "pages/Neurons.py"


@pytest.fixture
def page(app):
    return app(PAGE)


def card_title(at) -> str:
    return at.subheader[0].value


def test_the_table_shows_every_neuron_until_it_is_filtered(page):
    numbers = page.dataframe[0].value["neuron"]
    assert sorted(numbers) == list(range(64))


def test_a_genre_filter_puts_the_purest_neuron_of_that_genre_first(page):
    page.selectbox(key="genre").set_value("Heist").run()
    table = page.dataframe[0].value
    assert set(table["genre"]) == {"Heist"}
    assert table["purity"].iloc[0] == 100


def test_the_purity_filter_leaves_only_purer_neurons(page):
    page.slider(key="least").set_value(90).run()
    assert (page.dataframe[0].value["purity"] >= 90).all()


def test_a_search_without_a_hit_offers_to_clear_the_filters(page):
    page.text_input(key="words").set_value("no such film (").run()
    assert "No neuron matches" in page.info[0].value
    next(button for button in page.button if "Clear" in button.label).click().run()
    assert len(page.dataframe[0].value) == 64


def test_a_search_by_title_finds_the_neurons_that_fire_on_it(page):
    top_items = next(table.value for table in page.dataframe if "activation" in table.value)
    title = top_items["title"].iloc[0]
    shown = page.number_input(key="neuron").value
    page.text_input(key="words").set_value(title).run()
    assert shown in page.dataframe[0].value["neuron"].tolist()


def test_a_deep_link_opens_the_neuron(app):
    at = app(PAGE, neuron="17")
    assert card_title(at).startswith("17 ")


def test_previous_and_next_walk_round_the_neurons(app):
    at = app(PAGE, neuron="0")
    for icon, expected in (("chevron_left", "63 "), ("chevron_right", "0 "), ("chevron_right", "1 ")):
        next(button for button in at.button if icon in button.label).click().run()
        assert card_title(at).startswith(expected)


def test_the_card_of_each_neuron_opens(app):
    at = app(PAGE)
    for neuron in range(0, 64, 7):
        at.number_input(key="neuron").set_value(neuron).run()
        assert not at.exception
        assert not at.error
        assert card_title(at).startswith(f"{neuron} ")


def test_the_strongest_items_come_in_falling_order(page):
    activations = next(table.value for table in page.dataframe if "activation" in table.value)["activation"]
    assert (np.diff(activations) <= 0).all()
