"""The exported page says what was changed and what that did, and nothing in it can run or be fetched."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from explorer.figures.list_page import list_page
from explorer.people import fold_in
from explorer.steering import Edit, Hide, PersonScores, explain, person_of, steer
from explorer.steering.setting import Setting

HARM = "<img src=x onerror=alert(1)> & Söhne"


class Reader(HTMLParser):
    """What a browser would make of it: tags with their attributes, and the text."""

    def __init__(self, page: str):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def run(tiny_runs):
    return tiny_runs("als")


def page_of(run, person, setting) -> tuple[Reader, object]:
    scores = PersonScores(run, person)
    lists = steer(run, scores, setting.edits, setting.mode, setting.top, setting.hide)
    return Reader(list_page(run, scores, lists, setting)), lists


def test_it_has_both_lists_the_sentence_and_the_changes(run):
    setting = Setting(edits=(Edit(3, "set", 1.1), Edit(7, "set", -0.5)), hide=(Hide(2),), top=7)
    read, lists = page_of(run, person_of(run, 11), setting)
    for name in ("recommender", "steered"):
        assert all(title in read.text for title in getattr(lists, name)["title"])
    assert " ".join(explain(run, lists).sentence.split()) in read.text
    labels = run.index.neurons["label"]
    assert f"3 · {labels[3]}" in read.text and "1.10" in read.text and "−0.50" in read.text
    assert f"what fires on 2 · {labels[2]}" in read.text
    out = len(set(lists.recommender["row"]) - set(lists.steered["row"]))
    assert [tag for tag, said in read.tags if said.get("class") == "gone"] == ["tr"] * out


def test_text_of_the_data_stays_text_and_nothing_is_fetched(run):
    genres = [[*genres, HARM] for genres in run.dataset.items["genres"]]
    items = run.dataset.items.assign(title=HARM, genres=genres)
    users = run.dataset.users.assign(user_id=HARM)
    harmful = replace(run, dataset=replace(run.dataset, items=items, users=users, name=HARM))
    read, _ = page_of(harmful, person_of(harmful, 11), Setting(edits=(Edit(3, "set", 1.0),)))
    assert read.text.count(HARM) > 10
    assert not {tag for tag, _ in read.tags} & {"img", "script", "link", "iframe", "a"}
    assert not [said for _, said in read.tags if {"src", "href", "onerror"} & said.keys()]
    policy = next(said["content"] for tag, said in read.tags if said.get("http-equiv"))
    assert policy.startswith("default-src 'none'")


def test_somebody_who_has_nothing_left_to_see_or_is_not_in_the_data_has_a_page_too(run):
    everything, _ = page_of(run, replace(person_of(run, 1), seen=person_of(run, 1).seen[:0]), Setting())
    assert "No concept was changed." in everything.text
    new, _ = page_of(run, fold_in(run, range(8)), Setting())
    assert re.search(r"somebody who likes .* and 3 more", new.text)
    full, _ = page_of(run, replace(person_of(run, 1), seen=np.arange(run.dataset.n_items)), Setting())
    assert "left to recommend" in full.text
