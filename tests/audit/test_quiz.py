"""Questions one after the other, and answers that come twice."""

import pytest

from explorer.audit.people import reviewer_table
from explorer.audit.quiz import Quiz, next_questions
from explorer.audit.store import AuditStore
from explorer.audit.values import Review


@pytest.fixture
def demo_store(demo_run, url):
    return AuditStore(demo_run, url)


def answer(question, seq, chosen):
    return {"seq": seq, "neuron": question.neuron, "kind": question.kind, "seed": question.seed, "chosen": chosen}


def test_questions_are_of_neurons_that_one_was_tested_on_least_and_answers_are_stored_once(demo_run, demo_store):
    (first, second, *_), more = next_questions(demo_run, demo_store.load(), "Ann", "intruder", seconds=60)
    quiz, right = Quiz(), first.items.index(first.right[0])
    for _ in range(2):
        quiz.take(demo_store, "Ann", "a", [answer(first, 1, [right]), answer(second, 2, [(right + 1) % 6])])
    Quiz().take(demo_store, "ann", "b", [answer(first, 1, [right])])  # a server that forgot
    trials = demo_store.load().trials
    assert [one.neuron for one in trials] == [first.neuron, second.neuron] and trials[0].correct == 1
    assert more
    later, more = next_questions(demo_run, demo_store.load(), "Ann", "intruder", n=40, seconds=60)
    assert not more
    assert {first.neuron, second.neuron} == {one.neuron for one in later[-2:]}
    assert not {first.neuron, second.neuron} & {one.neuron for one in later[:-2]}
    assert later[-2].seed != first.seed


def test_an_answer_that_makes_no_sense_is_refused_in_words(demo_run, demo_store):
    [question], _ = next_questions(demo_run, demo_store.load(), "Ann", "intruder", n=1, seconds=60)
    quiz = Quiz()
    sent = [answer(question, 1, [0, 1]), {"seq": 2, "neuron": 0, "kind": "both", "seed": 1}, answer(question, 3, None)]
    quiz.take(demo_store, "Ann", "a", sent)
    assert all("fault" in answer for answer in quiz.answers.values())
    assert not demo_store.load().trials


def test_each_reviewer_has_a_row_with_what_they_did(demo_run, demo_store):
    for neuron, verdict in enumerate(["real", "not", "skip", "real"]):
        demo_store.review(
            Review(neuron, "Ann", verdict, name="A name" * (neuron == 0), blind=neuron < 1, seconds=4 + neuron)
        )
    demo_store.review(Review(0, "Bob", "real", inherited="old"))
    table = reviewer_table(demo_store.load()).set_index("reviewer")
    ann = table.loc["Ann"]
    assert (ann["judged"], ann["real"], ann["not"], ann["skip"], ann["named"]) == (3, 2, 1, 1, 1)
    assert ann["blind"] == pytest.approx(1 / 3) and ann["seconds"] == 5.5
    assert (table.loc["Bob", "judged"], table.loc["Bob", "inherited"]) == (0, 1)
