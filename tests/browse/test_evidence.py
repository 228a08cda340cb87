"""The sentence about a neuron says what its numbers say, and no more."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from explorer.browse.evidence import HOLDS_WELL, evidence, name_of
from explorer.neurons import NeuronIndex
from explorer.neurons.columns import COLUMNS
from explorer.runs import Run
from explorer.storage.tables import empty_table

NEURON = 7
"""Of the demo run: its name holds."""


def changed(run: Run, neuron: int = NEURON, tables: dict | None = None, **values) -> Run:
    """The run with other numbers of one neuron, and other tables."""
    table = run.index.neurons.copy()
    for name, value in values.items():
        table[name] = table[name].astype(object)
        table.loc[neuron, name] = value
        table[name] = table[name].astype(run.index.neurons[name].dtype)
    return replace(run, index=replace(run.index, neurons=table, **(tables or {})))


def few(run: Run, n: int) -> dict[str, pd.DataFrame]:
    """Tables of an index in which the neuron fires on n ranked items."""
    top, purity = run.index.top_items, run.index.purity
    top = top[(top["neuron"] != NEURON) | (top["rank"] <= n)]
    purity = purity[(purity["neuron"] != NEURON) | (purity["k"] <= n)]
    return {"top_items": top.reset_index(drop=True), "purity": purity.reset_index(drop=True)}


def test_a_name_that_holds_is_said_with_its_hits_and_the_base_rate(demo_run):
    row = demo_run.index.neurons.iloc[NEURON]
    found = evidence(demo_run, NEURON)
    hits, tested = round(row["name_holds"] * row["name_ranks"] // 2), int(row["name_ranks"]) // 2
    assert found.case == "holds" and f"“{row['label']}” holds: {hits} of {tested} strong films" in found.sentence
    assert f"of all ranked films, {row['name_base_rate']:.0%} do" in found.sentence and not found.warnings


@pytest.mark.parametrize(("holds", "case"), [(HOLDS_WELL, "holds"), (HOLDS_WELL - 0.01, "partly"), (0.5, "partly")])
def test_how_far_a_name_holds_decides_how_it_is_said(demo_run, holds, case):
    found = evidence(changed(demo_run, name_holds=holds), NEURON)
    assert found.case == case and ("in part" in found.sentence) == (case == "partly")


def test_the_warnings_of_a_name_come_with_their_numbers(demo_run):
    run = changed(demo_run, narrower=True, lowers=True, name_recall=0.31)
    assert list(evidence(run, NEURON).warnings) == [
        "Fires on 31% of the films of that name",
        "Lowers films of its own name",
    ]


def test_without_a_name_that_holds_the_best_facet_is_said_and_whether_chance_explains_it(demo_run):
    purity = demo_run.index.purity
    row = demo_run.index.neurons.iloc[NEURON]
    at = (purity["neuron"] == NEURON) & (purity["k"] == 10) & (purity["genre"] == row["genre"])
    by_chance = purity.assign(p=purity["p"].where(~at, 0.4))
    clear = evidence(changed(demo_run, named=False), NEURON)
    assert clear.case == "no name" and "No name holds" in clear.sentence and "chance" not in clear.sentence
    assert f"{row['genre']}, is on 10 of its 10 strongest films" in clear.sentence
    unclear = evidence(changed(demo_run, named=False, tables={"purity": by_chance}), NEURON)
    assert "which chance may explain (p = .40)" in unclear.sentence


def test_popularity_is_told_by_its_correlation_whatever_people_call_the_neuron(demo_run):
    row, renamed = demo_run.index.neurons.iloc[0], demo_run.called({0: "Blockbusters"})
    for run in (demo_run, renamed):
        found = evidence(run, 0)
        assert found.case == "popularity" and f"{row['popularity_spearman']:+.2f}" in found.sentence
        assert f"{row['popularity']:.0f}% of the catalogue" in found.sentence


def test_too_few_items_and_none_and_silence_are_said_as_such(demo_run):
    unnamed = {"named": False}
    assert "only 7 of the films" in evidence(changed(demo_run, tables=few(demo_run, 7), **unnamed), NEURON).sentence
    assert evidence(changed(demo_run, tables=few(demo_run, 0), **unnamed), NEURON).case == "unranked"
    silent = evidence(changed(demo_run, max_activation=0.0, **unnamed), NEURON)
    assert silent.case == "silent" and "never fires" in silent.sentence


def test_without_facets_and_years_nothing_is_claimed(tiny_variants):
    run = tiny_variants("relu-no-genres")
    unnamed = run.index.neurons.assign(named=False)
    index = replace(run.index, decades=empty_table(COLUMNS["decades"]), neurons=unnamed)
    cases = {evidence(replace(run, index=index), neuron).case for neuron in range(run.index.n)}
    assert "no facets" in cases and cases <= {"no facets", "popularity", "few", "unranked", "silent"}


def test_what_people_call_a_neuron_is_not_what_was_tested(demo_run):
    run = demo_run.called({NEURON: "Mine"})
    assert name_of(run, NEURON) == name_of(demo_run, NEURON) in evidence(run, NEURON).sentence


def test_every_neuron_of_every_kind_of_run_has_one_sentence(tiny_variants, tiny_runs):
    for run in (tiny_variants("relu-no-genres"), tiny_variants("topk-no-years"), tiny_runs("als")):
        assert isinstance(run.index, NeuronIndex)
        for neuron in range(run.index.n):
            sentence = evidence(run, neuron).sentence
            assert sentence.endswith(".") and "nan" not in sentence and "None" not in sentence, sentence
