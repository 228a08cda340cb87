"""An experiment is done once, one at a time, and can be stopped; what goes wrong is a sentence."""

from __future__ import annotations

import threading

from explorer.errors import UserError
from explorer.ui.steering.experiment_work import Works


def finished(work):
    assert work.ended.wait(10)
    return work


def test_the_same_experiment_is_done_once_and_its_result_kept():
    works, calls = Works(), []

    def do(progress):
        calls.append(1)
        progress("lists", 0.5, "half")
        progress("measures", 1.0, "all")
        return "found"

    work = finished(works.start("a", do, 2))
    assert works.start("a", do, 2) is work and works.get("a") is work
    assert (work.result, work.error, work.done, work.message, calls) == ("found", None, 1.0, "all", [1])


def test_progress_goes_through_the_stages_from_0_to_1():
    works, seen, work = Works(), [], None
    started = threading.Event()

    def do(progress):
        started.wait(10)
        for stage in ("lists", "measures"):
            for done in (0.0, 0.5, 1.0):
                progress(stage, done, stage)
                seen.append(work.done)

    work = works.start("a", do, 2)
    started.set()
    finished(work)
    assert seen == [0.0, 0.25, 0.5, 0.5, 0.75, 1.0]


def test_one_experiment_runs_at_a_time():
    works, order, go = Works(), [], threading.Event()

    def first(progress):
        go.wait(10)
        order.append("first")

    one = works.start("a", first, 1)
    two = works.start("b", lambda progress: order.append("second"), 1)
    assert two.running and two.message == "waiting for another experiment"
    go.set()
    finished(one), finished(two)
    assert order == ["first", "second"]


def test_a_stopped_experiment_says_so_and_can_be_started_again():
    works, reached, go = Works(), threading.Event(), threading.Event()

    def do(progress):
        reached.set()
        go.wait(10)
        progress("lists", 0.5, "half")
        return "found"

    work = works.start("a", do, 1)
    assert reached.wait(10)
    work.stop()
    go.set()
    assert finished(work).error == "The experiment was stopped." and work.result is None
    assert works.start("a", do, 1) is work
    works.retry("a")
    assert finished(works.start("a", do, 1)).result == "found"
    works.retry("a")
    assert works.get("a").result == "found"


def test_what_goes_wrong_is_a_sentence():
    def user_error(progress):
        raise UserError("No user fits.")

    def fault(progress):
        raise ZeroDivisionError

    works = Works()
    assert finished(works.start("a", user_error, 1)).error == "No user fits."
    assert "ZeroDivisionError" in finished(works.start("b", fault, 1)).error


def test_only_the_last_ones_are_kept():
    works = Works()
    for i in range(40):
        finished(works.start(i, lambda progress: "found", 1))
    assert works.get(0) is None and works.get(39).result == "found"
