"""The headline's ratios are of stored numbers, and what simpler methods reach is not hidden."""

from __future__ import annotations

import pytest

from explorer.audit import Audit, Review
from explorer.browse.headline import beside_simpler, headline, headline_sentence, popular_ndcg, times
from explorer.browse.overview import dictionary_parts
from explorer.runs import Run
from explorer.runs.metrics import RunMetrics
from tests.browse.test_overview import with_neurons


def facts(run: Run, audit: Audit | None = None) -> dict[str, tuple[str, str]]:
    audit = audit or Audit()
    made = headline(run, dictionary_parts(run, audit), audit, popular_ndcg(run))
    return {fact.label: (fact.value, fact.below) for fact in made}


def measured(run: Run, **baselines: dict) -> RunMetrics:
    """The metrics of a run with other values of some baselines."""
    values = run.metrics.as_json()
    for name, changed in baselines.items():
        values["baselines"][name].update(changed)
    return RunMetrics.model_validate(values)


def test_a_ratio_is_short_and_a_dash_where_there_is_nothing_to_compare_with():
    assert [times(0.96, 0.4), times(0.5, 0.5), times(1, 0.05), times(9.96, 1)] == ["2.4 ×", "1.0 ×", "20 ×", "10 ×"]
    assert {times(None, 1), times(1, None), times(1, 0.0)} == {"–"}


def test_the_headline_says_ratios_of_what_was_measured(demo_run):
    metrics, neurons = demo_run.metrics, demo_run.index.neurons
    found = facts(demo_run)
    held = neurons[neurons["named"]]
    lift = metrics.concepts.coverage.lift
    assert found["Taste in named neurons"] == ("98%", f"{lift:.0%} of what lifts items into lists")
    share = times(held["name_holds"].mean(), held["name_base_rate"].mean())
    assert found["Names hold"] == (f"{held['name_holds'].mean():.0%}", f"of unseen films, {share} their share of all")
    ours, chance = (getattr(metrics.baselines, name).held_out_purity[10] for name in ("neurons", "random"))
    assert found["Purity above chance"] == (
        times(ours, chance),
        f"{ours:.0%} against {chance:.0%} by random directions",
    )
    more = times(metrics.fidelity.rbo, metrics.baselines.rotation.rbo)
    assert found["Lists kept when rebuilt"][1] == f"agreement {more} a random rotation’s"
    assert found["Accuracy of lists"][0] == times(metrics.recommender.ndcg, popular_ndcg(demo_run))


def test_what_people_reject_is_no_longer_counted(demo_run):
    found = facts(demo_run, Audit((Review(5, "Ada", "not"),)))
    assert found["Taste in named neurons"] != facts(demo_run)["Taste in named neurons"]
    assert found["Taste in named neurons"][1] == "31 of 34 neurons have names"


def test_without_facets_the_headline_is_about_items_that_are_alike(tiny_variants):
    run = tiny_variants("relu-no-genres")
    run = with_neurons(run, named=False)
    found = facts(run)
    assert list(found) == [
        "Taste in clear neurons",
        "How alike their items are",
        "Lists kept when rebuilt",
        "Accuracy of lists",
    ]
    sentence = headline_sentence(run, dictionary_parts(run, Audit()), Audit())
    assert sentence.startswith("None of the 32 neurons has a name, as the data names no genres.")


@pytest.mark.parametrize(
    ("purity", "verb"), [(0.99, "does better on"), (0.91, "does as well on"), (0.5, "comes closest on")]
)
def test_the_best_of_the_simpler_methods_is_named_whether_or_not_it_does_better(demo_run, purity, verb):
    others = {name: {"held_out_purity": {"10": 0.1, "20": 0.1}} for name in ("kmeans", "pca", "raw", "rotation")}
    metrics = measured(
        demo_run,
        neurons={"held_out_purity": {"10": 0.9, "20": 0.9}},
        fastica={"held_out_purity": {"10": purity, "20": purity}},
        **others,
    )
    [said, _] = beside_simpler(metrics)
    assert "FastICA" in said and f"{verb} held-out purity: {purity:.0%} against 90%." in said


def test_a_run_of_an_older_format_says_what_was_not_measured(demo_run):
    values = demo_run.metrics.as_json()
    values.pop("concepts")
    for name in ("rotation", "fastica", "kmeans"):
        values["baselines"][name] = None
    for found in values["baselines"].values():
        if found:
            found.update(dict.fromkeys(("held_out_purity", "held_out_ap", "rbo@30", "ndcg@20")))
    old = with_neurons(demo_run, named=None, name_holds=None, name_ranks=None, facets=None)
    old = type(old)(**{**vars_of(old), "metrics": RunMetrics.model_validate(values)})
    found = facts(old)
    assert found["Names hold"] == found["Purity above chance"] == ("–", "not measured")
    assert found["Lists kept when rebuilt"][1] == "of 30 films"
    assert beside_simpler(old.metrics) == []


def vars_of(run: Run) -> dict:
    return {name: getattr(run, name) for name in run.__dataclass_fields__}
