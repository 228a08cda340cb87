"""What is reviewed next: much used and doubtful neurons, or a random sample that is the same for everybody."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.audit import Audit, Review
from explorer.audit.queue import firing, progress, queue, random_order, uncertainty, use
from tests.audit.said import audit_of, resolved
from tests.helpers import refused


def test_use_is_the_share_of_the_users_code_energy(demo_run):
    energy = demo_run.reconstruction.user_activations.double().square().sum(dim=0).numpy()
    assert use(demo_run) == pytest.approx(energy / energy.sum(), abs=1e-6)


def test_doubt_is_the_mean_of_what_is_known_of_name_purity_and_reviewers(demo_run):
    table = demo_run.index.neurons.assign(held_out=np.nan)
    table.loc[:2, "named"], table.loc[:2, "name_holds"] = [True, True, False], [0.9, 0.9, np.nan]
    table.loc[:2, "held_out"] = [0.5, np.nan, 1.0]
    run = replace(demo_run, index=replace(demo_run.index, neurons=table))
    assert uncertainty(run, Audit())[:3] == pytest.approx([(0.1 + 1 + 1) / 3, (0.1 + 1) / 2, (1 + 0 + 1) / 3])


def test_reviewers_settle_a_neuron_and_their_differences_unsettle_it(demo_run):
    def doubt(*verdicts, **more):
        return uncertainty(demo_run, audit_of(*verdicts, **more), without="cy")[0]

    agreed, differ = doubt("r", "r"), doubt("r", "n")
    assert doubt("r", "n", resolutions=(resolved(0, "not"),)) < agreed < doubt("r") < differ < doubt()
    assert doubt("s", ".", "r") == doubt()


def test_the_first_is_the_one_with_the_most_use_times_doubt_and_what_never_fires_is_left_out(demo_run):
    silent = int(use(demo_run).argmax())
    table = demo_run.index.neurons.copy()
    table.loc[silent, "max_activation"] = 0
    run = replace(demo_run, index=replace(demo_run.index, neurons=table))
    priority = use(run) * uncertainty(run, Audit())
    found = queue(run, Audit(), "Ann")
    assert sorted(found) == sorted(firing(run).tolist()) and silent not in found
    assert (np.diff(priority[found]) <= 0).all()
    assert silent not in random_order(run)


def test_judged_and_skipped_neurons_are_done_inherited_ones_and_what_was_taken_back_are_not(demo_run):
    said = Audit(
        (
            Review(3, "Ann", "real"),
            Review(4, "ann", "skip"),
            Review(5, "Ann", "real", inherited="old"),
            Review(6, "Ann", None, note="?"),
            Review(7, "Bob", "real"),
        )
    )
    before, after = queue(demo_run, Audit(), "Ann"), queue(demo_run, said, "ANN")
    assert set(before) - set(after) == {3, 4}
    assert progress(demo_run, said, "Ann").done == 2
    assert progress(demo_run, said, "Ann").left == len(after)


def test_a_random_sample_is_the_same_for_everybody_and_a_larger_one_has_the_smaller_in_it(demo_run):
    ann = queue(demo_run, audit_of("rrr"), "Bob", "random", seed=3, size=8)
    assert ann == queue(demo_run, Audit(), "Ann", "random", seed=3, size=8) == random_order(demo_run, 3)[:8]
    assert random_order(demo_run, 3) != random_order(demo_run, 4)
    with refused("'best'", "use, random"):
        queue(demo_run, Audit(), "Ann", "best")
    with refused("at least 1"):
        queue(demo_run, Audit(), "Ann", size=0)


def test_time_left_is_the_reviewers_own_median_and_unknown_before_three_neurons(demo_run):
    def timed(*seconds):
        reviews = [Review(neuron, "Ann", "real", seconds=given) for neuron, given in enumerate(seconds)]
        return progress(demo_run, Audit((*reviews, Review(30, "Bob", "real", seconds=900.0))), "Ann", size=20)

    assert timed(10.0, 12.0).seconds_left is None
    found = timed(10.0, 12.0, 600.0)
    assert found.seconds_each == 12
    assert found.seconds_left == 12 * found.left
