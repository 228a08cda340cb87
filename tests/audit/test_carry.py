"""What was said of a neuron goes to the one that matches it, marked, and nothing that was said there is touched."""

from dataclasses import replace

import pandas as pd
import pytest
import torch

from explorer.audit import AuditStore, Resolution, Review
from explorer.audit.carry import carry_over
from explorer.audit.summary import summarise_audit
from explorer.comparison.matching import Chance, Matching
from explorer.sae import SparseAutoencoder
from tests.helpers import refused


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'audit.sqlite'}"


@pytest.fixture
def retrained(demo_run):
    """The demo run with its neurons in the opposite order, the first one another direction."""
    directions = demo_run.sae.W_dec.detach().clone()
    directions[0] = torch.randn(directions.shape[1], generator=torch.Generator().manual_seed(0))
    directions = torch.nn.functional.normalize(directions, dim=1).flip(0)
    sae = SparseAutoencoder.from_tensors(demo_run.sae.tensors() | {"W_dec": directions})
    table = demo_run.index.neurons.iloc[::-1].assign(neuron=range(demo_run.index.n)).reset_index(drop=True)
    return replace(demo_run, sae=sae, digest="another", path=None, index=replace(demo_run.index, neurons=table))


def test_reviews_go_to_the_matching_neuron_marked_as_inherited_and_count_only_once_confirmed(demo_run, retrained, url):
    old, new, last = AuditStore(demo_run, url), AuditStore(retrained, url), demo_run.index.n - 1
    old.review(Review(3, "Ann", "real", name="Mine", note="why", tags=("a",), confidence=3, seconds=9.0))
    old.review(Review(3, "Bob", "not"))
    old.review(Review(4, "Ann", "skip"))
    found = carry_over(demo_run, retrained, url)
    assert found.counterparts[last - 3][0] == 3
    ann, bob = new.load().of(last - 3)
    assert (ann.verdict, ann.name, ann.note, ann.tags, ann.inherited, ann.action) == (
        "real", "Mine", "why", ("a",), demo_run.name, "inherit",
    )  # fmt: skip
    assert ann.seconds is None and bob.verdict == "not"
    assert new.load().standing(last - 3) == "open"
    assert summarise_audit(retrained, new.load()).sentence() == (
        "Not reviewed by anybody yet; 1 inherited, unconfirmed"
    )
    new.review(replace(ann, inherited="", action="review"), since=ann.version)
    assert new.load().standing(last - 3) == "real"
    assert found.sentence() == f"2 reviews of 1 neuron carried over from {demo_run.name}"


def test_what_has_no_match_or_was_reviewed_there_or_was_only_inherited_stays_and_why_is_said(demo_run, retrained, url):
    old, new, last = AuditStore(demo_run, url), AuditStore(retrained, url), demo_run.index.n - 1
    for neuron in (0, 2):
        old.review(Review(neuron, "Ann", "real"))
    old.review(Review(5, "Ann", "real", inherited="older", action="inherit"))
    old.resolve(Resolution(2, "not", reviewer="Ann"))
    new.review(Review(last - 2, "ann", "not"))
    found = carry_over(demo_run, retrained, url)
    assert found.carried == ()
    reasons = {one.neuron: one.reason for one in found.left if "agreed" not in one.reason}
    assert "no neuron" in reasons[0]
    assert "already" in reasons[2]
    assert "never confirmed" in reasons[5]
    assert new.load().by(last - 2, "Ann").verdict == "not"
    assert found.sentence().startswith(f"Nothing carried over from {demo_run.name}: ")


@pytest.mark.parametrize(
    ("similarity", "mutual", "found", "carried"),
    [(0.7, True, True, 1), (0.69, True, True, 0), (0.9, False, True, 0), (0.9, True, False, 0)],
)
def test_a_match_is_mutual_above_chance_and_as_similar_as_the_same_neuron_is_elsewhere(
    demo_run, retrained, url, monkeypatch, similarity, mutual, found, carried
):
    table = pd.DataFrame(
        {"neuron": [3], "counterpart": [8], "similarity": similarity, "mutual": mutual, "found": found}
    )
    matching = Matching("directions", 100, table, Chance(0.2, 0.3))
    monkeypatch.setattr("explorer.audit.carry.match_neurons", lambda *_: matching)
    AuditStore(demo_run, url).review(Review(3, "Ann", "real"))
    AuditStore(demo_run, url).review(Review(4, "Ann", "real"))
    done = carry_over(demo_run, retrained, url)
    assert [said.neuron for said in done.carried] == [8] * carried
    assert done.left[-1].reason == "it never fires"  # 4 is not among the live ones


def test_a_second_time_nothing_is_new_even_where_it_was_taken_back(demo_run, retrained, url):
    old, new, last = AuditStore(demo_run, url), AuditStore(retrained, url), demo_run.index.n - 1
    for neuron in (2, 3):
        old.review(Review(neuron, "Ann", "real"))
    assert len(carry_over(demo_run, retrained, url).carried) == 2
    new.undo(last - 2, "Ann")
    before = new.load()
    again = carry_over(demo_run, retrained, url)
    assert again.carried == ()
    assert [one.reason for one in again.left] == [
        "its reviewer has already reviewed the neuron that matches it", "it was carried over before",
    ]  # fmt: skip
    assert new.load() == before
    with refused("the same run"):
        carry_over(demo_run, demo_run, url)
