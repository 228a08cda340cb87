"""On data of hotels with category, brand and tags, and without years, nothing speaks of genres, films or decades."""

from __future__ import annotations

import random
import re

import pytest

from explorer import train
from explorer.audit import Audit
from explorer.browse.filter_words import chips
from explorer.browse.filters import NeuronFilter, matching
from explorer.browse.table import neuron_table
from explorer.data.genres import OTHER
from explorer.data.source.add import add_source
from explorer.data.source.guess import guess_source
from explorer.maps import available_colours, colour_values, make_map
from tests.pages.conftest import RUN_PAGES, html_of, texts

pytestmark = pytest.mark.slow
_FOREIGN = re.compile(r"\b(genres?|films?|movies?|decades?|artists?)\b", re.IGNORECASE)
_KEYS = re.compile(r'"genres?"')
"""Names of columns in what components are given; nobody reads them."""


@pytest.fixture
def hotels(runs_folder, tmp_path):
    """A run on invented stays: guests like one category."""
    rng, folder = random.Random(0), tmp_path / "hotels"
    folder.mkdir()
    categories, brands, tags = ("Spa", "Beach", "City"), ("Nova", "Arc"), ("pool", "wifi", "view", "quiet")
    rows = [(f"h{n}", categories[n % 3], rng.choice(brands), "|".join(rng.sample(tags, 2))) for n in range(150)]
    table = "hotel_id,name,category,brand,tags\n" + "".join(
        f"{hotel},Hotel {hotel},{category},{brand},{tag}\n" for hotel, category, brand, tag in rows
    )
    (folder / "hotels.csv").write_text(table)
    stays = []
    for guest in range(300):
        own = categories[guest % 3]
        liked = [row[0] for row in rows if row[1] == own]
        stays += [
            f"g{guest},{rng.choice(liked if rng.random() < 0.8 else [row[0] for row in rows])}" for _ in range(15)
        ]
    (folder / "stays.csv").write_text("guest,hotel_id\n" + "\n".join(stays) + "\n")
    source = add_source(guess_source([folder]).description, tmp_path / "data")
    return train(source, runs_folder / "hotels", settings={"sae.width": 8, "sae.k": 2})


def test_the_facets_of_the_data_are_those_of_the_run(hotels):
    assert hotels.inner.dataset.facets.keys() == {"category", "brand", "tag"}
    assert hotels.inner.dataset.nouns.items == "hotels"
    assert {"Spa", "Nova", "pool"} <= set(hotels.inner.dataset.genres)


def test_neurons_are_filtered_by_values_of_each_facet(hotels, app):
    run = hotels.inner
    table = neuron_table(run, Audit())
    spa, pool = (set(matching(NeuronFilter(about=(value,)), table, run).tolist()) for value in ("Spa", "pool"))
    both = NeuronFilter(about=("Spa", "pool"))
    assert set(matching(both, table, run).tolist()) == spa & pool
    assert set(matching(NeuronFilter(about=("Spa", "Beach")), table, run).tolist()) >= spa
    assert [text for text, _ in chips(both, run.dataset.nouns, run.dataset.facet_of)] == ["About Spa", "About pool"]
    at = app("pages/Neurons.py", run="hotels")
    boxes = {box.label: box for box in at.multiselect}
    assert {"Category", "Brand", "Tag"} <= boxes.keys()
    boxes["Category"].set_value(["Spa"]).run()
    {box.label: box for box in at.multiselect}["Tag"].set_value(["pool"]).run()
    assert not at.exception
    assert at.session_state["neurons:filter"].about == ("Spa", "pool")


def test_maps_are_coloured_by_any_of_the_facets(hotels):
    run = hotels.inner
    offered = available_colours(run, "items")
    assert offered[:3] == ["genre", "genre:brand", "genre:tag"]
    table = make_map(run, "items", "pca").table
    for by, values in (("genre", {"Spa", "Beach", "City"}), ("genre:brand", {"Nova", "Arc"})):
        colours = colour_values(run, table, by)
        assert {value for value in colours.value if value is not None} == values
    neurons = make_map(run, "neurons", "pca").table
    assert set(colour_values(run, neurons, "genre:tag").categories) <= {"pool", "wifi", "view", "quiet", OTHER}


def test_each_facet_has_its_own_chart_on_the_card(hotels, app):
    at = app("pages/Neurons.py", run="hotels", neuron=str(hotels.neurons["density_items"].idxmax()))
    assert {"**Category**", "**Brand**", "**Tag**"} <= {caption.value for caption in at.caption}


def test_no_page_speaks_of_what_the_data_does_not_have(hotels, app):
    found = {}
    for page in (*RUN_PAGES, "pages/Runs.py"):
        at = app(page, run="hotels")
        assert not at.exception, page
        shown = [*map(str, texts(at.main)), html_of(at.main)]
        shown += [one.proto.json for one in at.main.get("bidi_component")]
        said = {match[0] for text in shown for match in _FOREIGN.finditer(_KEYS.sub("", text))}
        if said:
            found[page] = said
    assert not found
