"""Titles as they are said."""

from __future__ import annotations

import pytest

from explorer.neurons.titles import MAX_TITLE, short_title


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Forrest Gump (1994)", "Forrest Gump"),
        ("Matrix, The (1999)", "The Matrix"),
        ("Life Is Beautiful (La Vita è bella) (1997)", "Life Is Beautiful"),
        ("American in Paris, An (1951)", "An American in Paris"),
        ("Avventura, L' (1960)", "L'Avventura"),
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey"),
        ("1984", "1984"),
        ("(500)", "(500)"),
        ("  The   Cure ", "The Cure"),
        ("", ""),
    ],
)
def test_a_title_loses_its_year_and_has_its_article_in_front(title, said):
    assert short_title(title) == said


@pytest.mark.parametrize("title", ["Dr. Strangelove or: How I Learned to Stop Worrying (1963)", "x" * 100])
def test_a_long_title_is_cut_at_a_word_where_there_is_one(title):
    said = short_title(title)
    assert said.endswith("…") and len(said) <= MAX_TITLE
    start = said[:-1]
    assert title.startswith(start) and (" " not in title or title[len(start)] in " :")
