"""The exported page of cards stands by itself, shows data as it is, and says where it comes from."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from explorer.audit import Audit, Review
from explorer.browse.evidence import evidence
from explorer.figures.card_page import MAX_CARDS, cards_html
from explorer.text import html_escape
from tests.helpers import refused

HOSTILE = '<img src="http://host/x.png" onerror=alert(1)>'


class Tags(HTMLParser):
    """All tags and attributes of a page."""

    def __init__(self, page: str):
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open = 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs


def test_a_card_has_its_sentence_its_pictures_and_where_it_comes_from(demo_run):
    page = cards_html(demo_run, [33])
    assert html_escape(evidence(demo_run, 33).sentence) in page
    assert page.count('role="img"') == 6  # facets, two histograms, popularity, decades, audience
    for text in (demo_run.digest, demo_run.dataset.fingerprint, demo_run.created[:10], "Lowers films of its own name"):
        assert text in page
    for title in demo_run.top_items(33, 5)["title"]:
        assert html_escape(title) in page


def test_several_cards_stand_in_the_order_asked_for_with_contents(demo_run):
    page = cards_html(demo_run, [5, 2, 9])
    assert re.findall(r'<article id="n(\d+)">', page) == re.findall(r'href="#n(\d+)"', page) == ["5", "2", "9"]


def test_it_asks_for_nothing_elsewhere_and_hostile_texts_stay_texts(demo_run):
    items = demo_run.dataset.items.assign(title=HOSTILE, genres=[[HOSTILE]] * demo_run.dataset.n_items)
    run = replace(demo_run, dataset=replace(demo_run.dataset, items=items)).called({33: HOSTILE * 50})
    page = cards_html(run, [33, 0], Audit((Review(33, HOSTILE, "real", note=HOSTILE),)))
    found = Tags(page)
    assert not {"img", "script", "link", "iframe", "object"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on") or name == "src"]
    goals = {value for name, value in found.attributes if name == "href"}
    assert goals == {"#n33", "#n0"} and "@import" not in page and "url(" not in page
    assert "default-src 'none'" in page and "prefers-color-scheme: dark" in page and "@media print" in page


@pytest.mark.parametrize("variant", ["relu-no-genres", "topk-no-years"])
def test_every_neuron_has_a_card_whatever_the_data_lacks(tiny_variants, variant):
    run = tiny_variants(variant)
    page = cards_html(run, range(run.index.n))
    assert page.count("<article") == run.index.n and ">nan<" not in page and "None" not in Tags(page).tags


def test_none_or_too_many_cards_are_refused(demo_run):
    with refused("no neuron"):
        cards_html(demo_run, [])
    with refused("too many", str(MAX_CARDS)):
        cards_html(demo_run, [0] * (MAX_CARDS + 1))
    with refused("no neuron 99"):
        cards_html(demo_run, [99])
