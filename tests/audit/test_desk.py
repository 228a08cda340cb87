"""A reviewer's queue while they work at it, and what a browser sends twice, late or in a wrong order."""

from dataclasses import replace

import pytest

from explorer.audit import Audit, AuditStore, Review
from explorer.audit.desk import AHEAD, Desk, QueueSettings, make_queue, place
from explorer.errors import UserError


def message(seq, neuron=3, verdict="real", since=0, **more):
    return {"seq": seq, "kind": "review", "neuron": neuron, "verdict": verdict, "since": since, **more}


@pytest.fixture
def send(store):
    """Send messages of one tab to one desk; returns the answers to them by number."""
    desk = Desk()

    def send_(*messages, tab="a"):
        desk.take(store, "Ann", tab, messages)
        return {seq: answer for (of, seq), answer in desk.answers.items() if of == tab}

    return send_


def test_the_browser_has_the_next_neurons_to_review_and_those_beside_it():
    queue, done = list(range(100, 200)), {100, 101, 105}
    first = place(queue, done)
    assert first.neuron == 102 and first.left == 97
    assert [queue[i] for i in first.near] == [100, 101, 102, 103, 104, *range(106, 124)]
    at_the_end = place(queue, done, 199)
    assert [queue[i] for i in at_the_end.near][:AHEAD] == [102, 103, 104, *range(106, 123)]
    assert place(queue, set(queue), 120).neuron == 120
    assert place(queue, set(queue)).neuron is None and place([], set()).near == ()


def test_a_queue_does_not_move_while_it_is_worked_at(demo_run):
    before = Audit((Review(0, "Bob", "real", at="1"), Review(1, "Ann", "skip", at="1", version=1)))
    queue = make_queue(demo_run, before, "ann", QueueSettings())
    assert queue.done == {1} and {0, 1} <= set(queue.neurons)
    now = Audit((*before.reviews, Review(2, "Ann", "not", at="2", version=1), Review(3, "Bob", "not", at="2")))
    assert queue.done_now(now, "Ann", before) == {1, 2}
    undone = replace(now, reviews=(*before.reviews[:1], Review(1, "Ann", None, at="3", version=2)))
    assert queue.done_now(undone, "Ann", before) == set()


def test_disputed_and_inherited_neurons_have_queues_of_their_own(demo_run):
    said = Audit(
        (
            Review(4, "Ann", "real", at="1"),
            Review(4, "Bob", "not", at="1"),
            Review(5, "Ann", "real", at="1", inherited="old", version=1),
        )
    )
    assert make_queue(demo_run, said, "Ann", QueueSettings("disputed")).neurons == (4,)
    inherited = make_queue(demo_run, said, "Ann", QueueSettings("inherited"))
    assert inherited.neurons == (5,) and not inherited.done
    confirmed = Audit((*said.reviews[:2], Review(5, "Ann", "real", at="2", version=2)))
    assert inherited.done_now(confirmed, "Ann", said) == {5}
    sample = QueueSettings("open", "random", 5, 7)
    drawn = make_queue(demo_run, Audit(), "Ann", sample).neurons
    other = next(neuron for neuron in range(demo_run.index.n) if neuron not in drawn)
    assert len(drawn) == 5
    assert make_queue(demo_run, Audit(), "Ann", sample, first=other).neurons == (other, *drawn)
    assert make_queue(demo_run, Audit(), "Ann", sample, first=drawn[3]).neurons == drawn


def test_what_is_sent_twice_is_stored_once_also_by_a_server_that_forgot(store, send):
    one = message(1, note="a  note ", confidence=3, tags=["x"], blind=True, seconds=4.2)
    assert send(one)[1]["stored"]["version"] == 1
    assert send(one, message(2, since=1, verdict="not"))[2]["stored"]["version"] == 2
    [now] = store.load().of(3)
    assert (now.verdict, now.version) == ("not", 2)
    forgetful = Desk()
    forgetful.take(store, "Ann", "a", [message(2, since=1, verdict="not")])
    assert forgetful.answers["a", 2]["stored"]["version"] == 2
    assert len(store.history(3)) == 2


def test_another_tab_is_not_overwritten_also_by_what_was_built_on_the_refused_message(store, send):
    send(message(1, verdict="not"), tab="b")
    answers = send(message(1), message(2, since=1, after=1, verdict="partly"))
    assert answers[1]["conflict"]["verdict"] == answers[2]["conflict"]["verdict"] == "not"
    assert "another tab" in answers[1]["sentence"]
    assert [one.verdict for one in store.history(3)] == ["not"]
    assert send(message(3, since=1))[3]["stored"]["version"] == 2


def test_a_fault_is_in_words_and_is_tried_again_in_order(store, send, monkeypatch):
    good = AuditStore.review

    def broken(*args):
        raise UserError("The disk is full.")

    monkeypatch.setattr(AuditStore, "review", broken)
    first, second = message(1), message(2, since=1, after=1, verdict="partly")
    assert {answer["fault"] for answer in send(first, second).values()} == {"The disk is full."}
    monkeypatch.setattr(AuditStore, "review", good)
    assert [answer["stored"]["version"] for answer in send(first, second).values()] == [1, 2]
    assert [one.verdict for one in store.history(3)] == ["real", "partly"]


def test_undo_takes_back_the_last_and_refuses_what_was_not_seen(store, send):
    send(message(1), message(2, since=1, verdict="not"))
    undone = send({"seq": 3, "kind": "undo", "neuron": 3, "since": 2})[3]["stored"]
    assert (undone["verdict"], undone["version"]) == ("real", 3)
    assert "conflict" in send({"seq": 4, "kind": "undo", "neuron": 3, "since": 1})[4]
    assert store.load().by(3, "Ann").verdict == "real"


@pytest.mark.parametrize(
    "sent",
    [None, {}, {"seq": "1"}, message(1, neuron=10**6), message(1, verdict="maybe"), message(1, note="x" * 10_001)],
)
def test_nonsense_from_a_browser_stores_nothing(store, send, sent):
    answers = send(sent)
    assert not answers or "fault" in answers[1]
    assert not store.load().reviews
