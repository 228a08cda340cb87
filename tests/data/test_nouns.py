"""The words of a data set."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from explorer.data import Nouns
from explorer.data.nouns import FILMS


def test_one_item_and_many_are_counted_in_the_data_sets_words():
    assert [FILMS.count_items(n) for n in (0, 1, 9742)] == ["0 films", "1 film", "9,742 films"]


def test_words_of_other_languages_are_words():
    assert Nouns(item="Küken", items="livres d'enfants").item == "Küken"


@pytest.mark.parametrize("word", ["", " film", "film\nfilm", "![a](http://host/x.png)", "<b>", "x" * 31, 7, None])
def test_what_is_not_a_short_word_is_refused(word):
    with pytest.raises(ValidationError):
        Nouns(item=word)
