"""Filters of neurons: as text and back, what they let through, and in which order."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.audit import Audit
from explorer.browse.filter_words import chips, filter_sentence
from explorer.browse.filters import (
    MEASURES,
    SORTABLE,
    NeuronFilter,
    checked_filter,
    filter_text,
    matching,
    read_filter,
    sort_text,
)
from explorer.browse.table import about, neuron_table
from explorer.errors import UserError

FACETS = ["Horror", "Rock and Roll", "a|b; c=d 100%", "Ünï"]
MANY = NeuronFilter(
    ranges={"held_out": (0.8, None), "density_items": (0.001, 0.05), "year": (1980, 1989.5), "p": (None, 1e-9)},
    about=tuple(FACETS),
    verdict=("real", "open"),
    part=("named",),
    only=("significant", "trusted"),
    sort="ap",
)


@pytest.fixture(scope="module")
def table(demo_run):
    return neuron_table(demo_run, Audit())


def test_a_filter_comes_back_from_its_text_whatever_facets_are_called():
    assert read_filter(filter_text(MANY), sort_text(MANY), FACETS) == (MANY, [])
    assert read_filter("", "") == (NeuronFilter(), [])
    assert filter_text(NeuronFilter()) == sort_text(NeuronFilter()) == ""


def test_a_person_may_write_it_in_several_ways():
    asked = checked_filter("Held_Out >= 80% and about = horror|rock and roll; year=1999", "-year", FACETS)
    assert asked.ranges == {"held_out": (0.8, None), "year": (1999, 1999)}
    assert asked.about == ("Horror", "Rock and Roll")
    assert (asked.sort, asked.ascending) == ("year", False)


@pytest.mark.parametrize(
    ("text", "sort", "part"),
    [
        ("nonsense", "", "nonsense"),
        ("quality>=1", "", "quality"),
        ("ap>=much", "", "much"),
        ("ap>=nan", "", "nan"),
        ("about=Nothing", "", "Nothing"),
        ("verdict>=real", "", "verdict"),
        ("verdict=perhaps", "", "perhaps"),
        ("year>=2000;year<=1990", "", "1990"),
        ("", "-beauty", "beauty"),
        ("x" * 5000 + ">=1", "", "xxx"),
    ],
)
def test_what_is_not_understood_is_said_and_the_rest_holds(text, sort, part):
    asked, problems = read_filter(f"{text};purity>=0.5", sort, FACETS)
    assert len(problems) == 1 and part in problems[0] and len(problems[0]) < 400
    assert asked.ranges["purity"] == (0.5, None)
    with pytest.raises(UserError, match=part):
        checked_filter(text, sort, FACETS)


@pytest.mark.parametrize("name", MEASURES)
def test_a_range_keeps_what_lies_in_it_and_nothing_that_is_missing(demo_run, table, name):
    values = table[name].to_numpy(float)
    low, high = (0.0, 0.0) if np.isnan(values).all() else np.nanquantile(values, [0.25, 0.75])
    found = matching(NeuronFilter(ranges={name: (low, high)}), table, demo_run)
    assert sorted(found) == [i for i, value in enumerate(values) if low <= value <= high]
    assert len(matching(NeuronFilter(ranges={name: (None, None)}), table, demo_run)) == (~np.isnan(values)).sum()


def test_a_strict_end_leaves_the_number_itself_out(demo_run, table):
    value = table["purity"].max()
    at_least, above = (matching(checked_filter(f"purity{sign}{value}"), table, demo_run) for sign in (">=", ">"))
    assert len(at_least) and not len(above)


def test_conditions_join(demo_run, table):
    genre = table["genre"].mode()[0]
    asked = NeuronFilter(about=(genre,), only=("named", "significant"), verdict=("open",), part=("named",))
    found = matching(asked, table, demo_run)
    expected = about(demo_run, genre) & table["named"] & (table["p"] < 0.01)
    assert sorted(found) == np.flatnonzero(expected).tolist()


def test_without_an_order_named_neurons_come_first_by_how_well_they_detect_their_facet(demo_run, table):
    rows = table.iloc[matching(NeuronFilter(), table, demo_run)]
    assert rows["named"].is_monotonic_decreasing
    assert rows.loc[rows["named"], "ap"].is_monotonic_decreasing


@pytest.mark.parametrize("column", SORTABLE)
def test_every_order_puts_what_is_missing_last_and_keeps_every_neuron(demo_run, table, column):
    for ascending in (True, False):
        found = matching(NeuronFilter(sort=column, ascending=ascending), table, demo_run)
        assert sorted(found) == list(range(len(table)))
        values = table[column].iloc[found]
        missing = (values.isna() | (values.astype(str) == "")).to_numpy()
        assert (np.diff(missing.astype(int)) >= 0).all()
        known = values[~missing]
        if known.dtype.kind in "if":
            steps = np.diff(known.to_numpy(float))
            assert ((steps >= 0) if ascending else (steps <= 0)).all()


def test_a_search_is_ordered_by_how_well_it_matches_unless_an_order_is_asked_for(demo_run, table):
    among = np.array([7, 3, 5])
    assert matching(NeuronFilter(), table, demo_run, among).tolist() == [7, 3, 5]
    assert matching(NeuronFilter(sort="neuron", ascending=True), table, demo_run, among).tolist() == [3, 5, 7]


def test_a_heading_is_clicked_three_times_round():
    first = NeuronFilter().sorted_by("ap")
    assert (first.sort, first.ascending) == ("ap", False)
    assert first.sorted_by("ap").ascending
    assert first.sorted_by("ap").sorted_by("ap") == NeuronFilter()
    assert NeuronFilter().sorted_by("label").ascending


def test_each_condition_is_a_chip_that_can_be_taken_off():
    shown = chips(MANY)
    assert [text for text, _ in shown][:3] == ["Held-out purity ≥ 80%", "Fires on items 0.1% – 5%", "Year 1980 – 1990"]
    for _, without in shown:
        assert len(chips(without)) == len(shown) - 1
    assert filter_sentence(NeuronFilter()) == ""


def test_per_cent_of_popularity_which_is_a_percentile_are_not_made_a_share():
    assert read_filter("popularity>=80%; ap>=80%")[0].ranges == {"popularity": (80.0, None), "ap": (0.8, None)}
