"""Sentences that quote what a person typed or what a file says."""

from __future__ import annotations

import pytest

from explorer.errors import UserError, listed, quoted, shortened


@pytest.mark.parametrize("character", ["\n", "\r", "\0", "\x1b", "\x85", "\u2028", "\udcff"])
def test_an_error_is_one_line_that_can_be_printed(character):
    message = str(UserError(f"The run {character}x is damaged."))
    assert message.isprintable()
    assert message.startswith("The run \\") and message.endswith("x is damaged.")


def test_ordinary_text_of_any_language_stands_in_an_error_as_it_is():
    sentence = "‘Amélie’ – 10\u202f000 films 🎬 (日本)"
    assert str(UserError(sentence)) == sentence


def test_long_text_is_cut_and_its_quotes_are_closed():
    assert shortened("x" * 60) == "x" * 60
    assert shortened("x" * 61) == "x" * 59 + "…"
    assert quoted("Alien\u200b") == "'Alien\\u200b'"
    assert quoted("x" * 10**6, 5) == "'xxxx…'"


def test_a_long_list_is_cut_and_says_how_much_is_left_out():
    assert listed("abc") == "a, b, c"
    assert listed("abcde", 3) == "a, b, c and 2 more"
