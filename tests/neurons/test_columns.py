"""What is said about the tables of the index is what they hold."""

from dataclasses import fields

import pandas as pd
import pytest

from explorer.neurons import COLUMNS, NeuronIndex
from explorer.neurons.columns import MEASURED
from explorer.neurons.config import NeuronConfig
from explorer.neurons.item_measures import ItemFacts, measure_items
from explorer.neurons.ranking import Ranking
from tests.neurons.conftest import make_dataset


def kind(column: pd.Series) -> str:
    """`str` for text, else the dtype."""
    if pd.api.types.is_string_dtype(column) or (len(column) and column.map(lambda value: isinstance(value, str)).all()):
        return "str"
    return str(column.dtype)


def test_every_table_has_its_columns_in_their_order_and_types(index):
    assert list(COLUMNS) == [field.name for field in fields(NeuronIndex)]
    for name, columns in COLUMNS.items():
        table = getattr(index, name)
        said = {column: about.dtype.replace("string", "str") for column, about in columns.items()}
        assert {column: kind(table[column]) for column in table} == said
        assert list(table) == list(columns)


@pytest.mark.parametrize("years", [True, False])
def test_only_optional_columns_miss_values(index_of, years):
    found = index_of(make_dataset(genres=years, years=years))
    for name, columns in COLUMNS.items():
        missing = getattr(found, name).isna().any()
        assert all(said.optional for column, said in columns.items() if missing[column]), name


def test_what_is_measured_of_any_ranking_of_items_is_a_part_of_it(dataset, activations, embeddings):
    facts = ItemFacts.of(dataset, embeddings["item_embeddings"], NeuronConfig())
    measured = measure_items(Ranking.of(activations[0], facts.eligible), facts)
    assert list(measured.neurons) == list(MEASURED)
