"""Every neuron is in one part of the dictionary, and what the parts carry adds up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.audit import Audit, Resolution, Review
from explorer.browse.overview import PARTS, dictionary_parts
from explorer.neurons.labels import POPULAR
from explorer.runs import Run


def with_neurons(run: Run, **columns) -> Run:
    """The run with other columns in its table of neurons; those that are None are taken away."""
    table = run.index.neurons.drop(columns=[name for name, value in columns.items() if value is None])
    table = table.assign(**{name: value for name, value in columns.items() if value is not None})
    return replace(run, index=replace(run.index, neurons=table))


def said(*reviews: tuple, resolutions: tuple = ()) -> Audit:
    return Audit(tuple(Review(neuron, who, verdict, **more) for neuron, who, verdict, more in reviews), resolutions)


def part_of(run: Run, audit: Audit, neuron: int) -> str:
    return str(dictionary_parts(run, audit).part_of[neuron])


def test_every_neuron_is_in_exactly_one_part_and_all_of_taste_is_shared_out(demo_run):
    found = dictionary_parts(demo_run, Audit())
    assert sorted(n for part in found.parts.values() for n in part.neurons) == list(range(demo_run.index.n))
    assert tuple(found.parts) == PARTS
    assert sum(part.taste for part in found.parts.values()) == pytest.approx(1)
    assert sum(part.share for part in found.parts.values()) == pytest.approx(1)


def test_what_the_named_ones_carry_is_the_coverage_that_was_measured_on_all_codes(demo_run, tiny_runs):
    for run in (demo_run, tiny_runs("als")):
        found = dictionary_parts(run, Audit())
        assert found.named_taste == pytest.approx(run.metrics.concepts.coverage.energy, abs=1e-6)


def test_only_a_named_neuron_that_is_real_to_most_is_confirmed(demo_run):
    named, popular = 5, 0
    assert demo_run.index.named[named] and not demo_run.index.named[popular]
    for verdicts, expected in (
        ([], "named"),
        (["skip"], "named"),
        (["partly"], "named"),
        (["real"], "confirmed"),
        (["real", "real", "not"], "confirmed"),
        (["real", "not"], "open"),  # disputed
        (["not"], "open"),
    ):
        audit = said(*((named, f"reviewer {i}", verdict, {}) for i, verdict in enumerate(verdicts)))
        assert part_of(demo_run, audit, named) == expected, verdicts
    assert part_of(demo_run, said((popular, "Ada", "real", {})), popular) == "popularity"


def test_a_resolution_stands_and_what_is_inherited_does_not(demo_run):
    disputed = [(5, "Ada", "real", {}), (5, "Bo", "not", {})]
    assert part_of(demo_run, said(*disputed, resolutions=(Resolution(5, "real"),)), 5) == "confirmed"
    assert part_of(demo_run, said(*disputed, resolutions=(Resolution(5, "not"),)), 5) == "open"
    assert part_of(demo_run, said((5, "Ada", "real", {"inherited": "old"})), 5) == "named"


def test_a_name_that_people_gave_counts_whatever_was_proposed(demo_run):
    named = np.zeros(demo_run.index.n, bool)
    run = with_neurons(demo_run, named=named)
    for verdict, expected in ((None, "named"), ("real", "confirmed"), ("not", "open")):
        audit = said((7, "Ada", verdict, {"name": "Elves in town"}))
        assert part_of(run.called(audit.own_names()), audit, 7) == expected
    audit = said((0, "Ada", "real", {"name": "Blockbusters"}))
    assert part_of(demo_run.called(audit.own_names()), audit, 0) == "confirmed"
    assert part_of(demo_run.called({0: "Blockbusters"}), Audit(), 0) == "popularity"  # by the proposed name


def test_silent_is_silent_whatever_is_said_of_it(demo_run):
    columns = {f"{what}_{side}": 0.0 for what in ("density", "max") for side in ("items", "users")}
    run = with_neurons(demo_run, max_activation=0.0, **columns)
    audit = said((5, "Ada", "real", {"name": "Ghosts"}))
    found = dictionary_parts(run.called(audit.own_names()), audit)
    assert set(found.part_of) == {"silent"}
    assert found.named_taste is None and np.isnan(found.taste).all()
    assert found.sentence() == f"None of the {run.index.n} neurons ever fires, so there is nothing to name."


def test_popularity_in_disguise_is_about_popularity_unless_it_has_a_name(demo_run):
    disguise = np.zeros(demo_run.index.n, bool)
    disguise[[5, 6]] = True
    named = demo_run.index.named.to_numpy(bool).copy()
    named[5] = False
    run = with_neurons(demo_run, popularity_disguise=disguise, named=named)
    assert [part_of(run, Audit(), neuron) for neuron in (5, 6)] == ["popularity", "named"]


def test_a_run_whose_names_were_not_checked_tells_popularity_by_the_name(demo_run):
    labels = demo_run.index.neurons["label"].tolist()
    labels[:4] = [POPULAR, "Drama, popular", "unclear", "never fires"]
    missing = dict.fromkeys(("named", "name_holds", "name_ranks", "facets", "popularity_disguise"))
    run = with_neurons(demo_run, label=labels, **missing)
    assert dictionary_parts(run, Audit()).part_of[:4].tolist() == ["popularity", "named", "open", "open"]


def test_names_that_people_reject_or_dispute_are_said_to_be(demo_run):
    for verdicts, expected in ((["not"], "1 other name is"), (["real", "not"], "1 other name is"), (["partly"], "")):
        found = dictionary_parts(demo_run, said(*((5, f"{i}", what, {}) for i, what in enumerate(verdicts))))
        assert found.rejected == ((5,) if expected else ())
        assert found.doubts() == (f"{expected} rejected or disputed." if expected else "")
    two = dictionary_parts(demo_run, said((5, "Ada", "not", {}), (6, "Ada", "not", {}), (0, "Ada", "not", {})))
    assert two.doubts() == "2 other names are rejected or disputed."


def test_what_somebody_said_of_neurons_of_another_run_is_passed_over(demo_run):
    assert dictionary_parts(demo_run, said((10_000, "Ada", "real", {}))).n == demo_run.index.n


@pytest.mark.parametrize(
    ("named", "real", "expected"),
    [
        (0, 0, "None of the 34 neurons has a name that holds."),
        (1, 0, "1 of 34 neurons has a name and carries 100% of users’ taste, not confirmed by people yet."),
        (1, 1, "1 of 34 neurons has a name and carries 100% of users’ taste. People have confirmed it."),
        (2, 0, "2 of 34 neurons have names and carry 100% of users’ taste. None is confirmed by people yet."),
        (3, 2, "3 of 34 neurons have names and carry 100% of users’ taste. People have confirmed 2 of them."),
    ],
)
def test_the_sentence_says_what_the_parts_are(demo_run, named, real, expected):
    first = np.arange(demo_run.index.n) < named
    run = with_neurons(demo_run, named=first, density_users=np.where(first | (named == 0), 0.5, 0.0))
    audit = said(*((neuron, "Ada", "real", {}) for neuron in range(real)))
    assert dictionary_parts(run, audit).sentence() == expected
