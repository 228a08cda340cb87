"""What a reviewer sees: items first, without anything that gives the name away, from the stored index."""

import json
from dataclasses import replace

import pandas as pd

from explorer.audit.material import PER_POINT, RANDOM, STRONGEST, Material


def test_items_are_the_neurons_own_and_nothing_of_what_the_run_says_is_among_them(demo_run):
    neuron = int(demo_run.index.named.idxmax())
    found = Material(demo_run).as_json(neuron)
    titles = [one["title"] for one in found["blind"]["strongest"]]
    assert titles == demo_run.top_items(neuron, STRONGEST)["title"].tolist()
    assert set(found["blind"]) == {"strongest", "spread", "random"}
    assert {key for items in found["blind"].values() for one in items for key in one} == {"title", "year"}
    points = demo_run.index.examples.query("neuron == @neuron and kind == 'quantile'")["quantile"].nunique()
    assert len(found["blind"]["spread"]) == PER_POINT * points and 0 < len(found["blind"]["random"]) <= RANDOM
    told = found["told"]
    assert told["name"] == demo_run.index.neurons["label"].iloc[neuron] and told["named"]
    best = demo_run.index.purity_of(neuron, told["depth"]).iloc[0]
    assert told["facets"][0] == {"name": best["genre"], "share": best["value"], "base_rate": best["base_rate"]}


def test_the_proposed_name_stays_beside_the_name_that_people_gave(demo_run):
    told = Material(demo_run.called({1: "Night films"})).evidence(1)
    assert told.own_name == "Night films" and told.name == demo_run.index.neurons["label"].iloc[1]


def test_a_neuron_that_fires_on_nothing_and_items_without_titles_or_years_have_material(demo_run, tiny_variants):
    tables = {name: getattr(demo_run.index, name) for name in ("top_items", "examples", "purity")}
    silent = replace(demo_run.index, **{name: table[table["neuron"] != 3] for name, table in tables.items()})
    items = demo_run.dataset.items.assign(title=pd.NA, year=pd.NA)
    run = replace(demo_run, index=silent, dataset=replace(demo_run.dataset, items=items))
    assert Material(run).blind(3).empty and not Material(run).evidence(3).facets
    assert {one.title for one in Material(run).blind(1).strongest} == {"(no title)"}
    for name in ("relu-no-genres", "topk-no-years"):
        bare = tiny_variants(name)
        material = Material(bare)
        everything = [material.as_json(neuron) for neuron in range(bare.index.n)]
        assert "NaN" not in json.dumps(everything)


def test_a_year_that_the_title_says_is_not_said_twice(demo_run):
    items = demo_run.dataset.items.assign(year=1990)
    items["title"] = [f"Film {row} (1990)" if row % 2 else f"Film {row}" for row in range(len(items))]
    shown = Material(replace(demo_run, dataset=replace(demo_run.dataset, items=items))).items([0, 1])
    assert [(one.title, one.year) for one in shown] == [("Film 0", 1990), ("Film 1 (1990)", None)]
