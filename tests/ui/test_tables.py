"""Every number has its explanation, and none is left half written."""

import string

import pytest

from explorer.ui import tables
from explorer.ui.neurons.table import neuron_columns

ITEM_COLUMNS = ("rank", "move", "title", "why", "held_out", "activation", "share", "half", "effect", "genres", "year")
TABLES = {
    "neurons": neuron_columns(),
    "genres": tables.genre_columns(),
    "baselines": tables.baseline_columns("0.12"),
    "levels": tables.level_columns(),
    "items": tables.item_columns(*ITEM_COLUMNS, "popularity", "score"),
    "runs": tables.run_columns(),
    "concepts": tables.concept_columns(),
    "items of another score": tables.item_columns(*ITEM_COLUMNS, exact=False),
}


def fields(text: str) -> set[str]:
    """The places for values in a text; a brace of a formula, as in R_{i−1}, is none."""
    return {part[1] for part in string.Formatter().parse(text) if part[1] is not None and part[1].isidentifier()}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_each_column_has_a_heading_and_no_explanation_with_an_open_place(table):
    for column in table.values():
        assert column["label"]
        assert not fields(column["help"] or "")


def test_an_effect_is_explained_as_the_recommenders_score_allows():
    exact, curved = (tables.item_columns("why", "half", "effect", exact=exact) for exact in (True, False))
    assert "⟨d, q⟩" in exact["effect"]["help"] and "⟨d, q − q̄⟩" in exact["why"]["help"]
    assert "by half the strongest" in curved["half"]["help"] and "to the strongest" in curved["effect"]["help"]
    assert "switching each neuron off" in curved["why"]["help"]
