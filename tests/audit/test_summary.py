"""The sentence on the run card says what people said, and of how many people."""

import json
from dataclasses import replace

import pytest

from explorer.audit import Audit, Review
from explorer.audit.queue import random_order
from explorer.audit.summary import MIN_SAMPLE, sample_estimate, sample_margin, summarise_audit
from tests.audit.said import audit_of, forward_trial, intruder_trial, resolved


@pytest.fixture
def run(demo_run):
    """Neurons 0 to 9 have names, the others do not."""
    table = demo_run.index.neurons.copy()
    table["named"] = table["neuron"] < 10
    return replace(demo_run, index=replace(demo_run.index, neurons=table))


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ((), "Not reviewed by anybody yet"),
        (("s",), "Not reviewed by anybody yet"),
        (("rrrpn.....r",), "3 of 10 named neurons confirmed by 1 person"),
        (("nn",), "0 of 10 named neurons confirmed by 1 person"),
        (("rrrrnp", "rrrrnr"), "4 of 10 named neurons confirmed by 2 people, κ .60"),
        (("rrrr", "rr.."), "4 of 10 named neurons confirmed, 2 of them by 2 people"),
        (("rr", "..r"), "3 of 10 named neurons confirmed by one person each"),
        (("rr", "rr", "rr"), "2 of 10 named neurons confirmed by 2 people or more"),
    ],
)
def test_the_sentence_says_how_many_are_confirmed_and_by_how_many_people(run, rows, sentence):
    assert summarise_audit(run, audit_of(*rows)).sentence() == sentence


def test_a_name_that_somebody_gave_counts_as_a_name(run):
    audit = Audit((Review(20, "Ann", "real", name="Mine"),))
    assert summarise_audit(run, audit).sentence() == "1 of 11 named neurons confirmed by 1 person"
    assert summarise_audit(run.called({20: "Mine"}), audit).named == 11


def test_what_was_agreed_on_is_said_by_those_who_judged_so_and_who_wrote_it_down(run):
    audit = audit_of("rr", "nn", resolutions=(resolved(0, "real", "Bob"), resolved(1, "not")))
    found = summarise_audit(run, audit)
    assert (found.confirmed, found.confirmed_by_several) == (1, 1)
    assert (found.standings["real"], found.standings["not"], found.standings["disputed"]) == (1, 1, 0)


def test_everything_is_in_the_lines_and_in_plain_json(run):
    trials = (
        *(intruder_trial(neuron, True) for neuron in range(5)),
        forward_trial(0, "0123"),
        forward_trial(0, "", "Bob"),
    )
    found = summarise_audit(run, audit_of("rrrrnpr", "rrrrnrr", trials=trials))
    lines = dict(found.lines())
    assert lines["Agreement"].startswith("κ .61 (Cohen; 95% interval")
    assert lines["Intruder test"].startswith("100% right, chance 17% (95% interval 48% to 100%; p < .001; 5 neurons)")
    assert lines["Forward test"].endswith("1 neuron)")
    values = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert values["confirmed"] == values["standings"]["real"] == 5
    assert values["agreement"]["kappa"] == pytest.approx(found.agreement.kappa)
    assert values["tests"]["intruder"]["neurons"] == 5
    assert [(one["reviewer"], one["share"]) for one in values["tests"]["by_reviewer"]] == [("Ann", 0.9), ("Bob", 0.5)]
    assert lines["Forward test, Bob"].startswith("50% right")
    assert dict(summarise_audit(run, Audit()).lines())["Reviewers"] == "nobody"


def test_a_larger_sample_says_more_and_all_neurons_everything(run):
    margins = [sample_margin(run, size) for size in (5, 15, 30, run.index.n, 10_000)]
    assert margins == sorted(margins, reverse=True)
    assert margins[-2:] == [0, 0]


def test_without_any_name_it_says_so(run):
    unnamed = replace(run, index=replace(run.index, neurons=run.index.neurons.assign(named=False)))
    found = summarise_audit(unnamed, audit_of("rr"))
    assert found.sentence() == f"2 of {found.live} neurons confirmed; none of them has a name"


def test_a_random_sample_speaks_for_all_neurons_once_its_top_is_judged_without_a_gap(run):
    order = random_order(run)

    def judged(numbers, verdict="real"):
        return Audit(tuple(Review(neuron, "Ann", verdict) for neuron in sorted(numbers)))

    assert sample_estimate(run, judged(order[: MIN_SAMPLE - 1])) is None
    assert sample_estimate(run, judged(order[1:])) is None
    found = sample_estimate(run, judged(order[:MIN_SAMPLE] + order[MIN_SAMPLE + 1 :]))
    assert (found.neurons, found.real, found.share) == (MIN_SAMPLE, MIN_SAMPLE, 1)
    assert found.low < 1 == found.high
    every = sample_estimate(run, judged(order))
    assert (every.low, every.high) == (1, 1)
    skipped = Audit((Review(order[0], "Ann", "skip"), *judged(order[1:]).reviews))
    assert (sample_estimate(run, skipped).skipped, sample_estimate(run, skipped).of) == (1, len(order) - 1)
