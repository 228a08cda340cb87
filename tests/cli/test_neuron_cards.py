"""`neurons --out`: the cards that the page exports, as a file."""

from __future__ import annotations

from explorer.figures.card_page import cards_html
from tests.helpers import assert_is_an_error


def test_the_cards_of_a_selection_are_written_as_the_page_exports_them(tiny_run, cli, place):
    assert cli("neurons", tiny_run.path, "--card", 3, 1, 3, "--out", "cards.html").code == 0
    assert (place / "cards.html").read_text() == cards_html(tiny_run, [3, 1])


def test_a_neuron_that_is_not_there_and_a_genre_beside_numbers_are_refused(tiny_run, cli, place):
    assert_is_an_error(cli("neurons", tiny_run.path, "--card", 99, "--out", "cards.html"), "no neuron 99")
    done = cli("neurons", tiny_run.path, "--card", 1, "--genre", tiny_run.dataset.genres[0], "--out", "cards.html")
    assert_is_an_error(done, "by one of these only")
    assert not list(place.glob("*.html"))
