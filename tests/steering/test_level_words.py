"""The sentence of a level counts what the level brought, and names a concept only if one brought the most."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.data.nouns import FILMS
from explorer.steering.by_level import LevelList, LevelLists
from explorer.steering.level_words import level_sentences

LABELS = [f"c{i}" for i in range(30)]


def level(number: int, concepts: list[int], kept: int = 0, agreement: float = 0.7) -> LevelList:
    table = pd.DataFrame(
        {"concept": [-1] * kept + concepts, "new": [False] * kept + [number > 1] * len(concepts)}, dtype=object
    ).astype({"concept": int, "new": bool})
    return LevelList(number, 10 * number, table, table[:0], agreement, 0.5, np.array([]))


def said(concepts: list[int], kept: int = 10, exact: bool = True, agreement: float = 0.7) -> str:
    lists = LevelLists(pd.DataFrame(), [level(1, [0] * 20, agreement=0.37), level(2, concepts, kept, agreement)], exact)
    return level_sentences(lists, LABELS, FILMS)[1]


@pytest.mark.parametrize(
    ("concepts", "by"),
    [
        ([4] * 4 + [5, 6], "adds 6 of 16 films, most of them by c4 (4);"),
        ([4] * 3 + [5, 5, 6, 7], "adds 7 of 17 films, the most by c4 (3);"),
        ([4, 4, 5, 5, 6], "adds 5 of 15 films, the most by c4 and c5 (2 each);"),
        ([4, 5, 6], "adds 3 of 13 films, by 3 concepts, none of which brought more than 1;"),
        ([4, 4], "adds 2 of 12 films, all by c4;"),
        ([-1, -1], "adds 2 of 12 films, none by a concept of its own;"),
        ([], "adds no film;"),
    ],
)
def test_who_brought_the_new_items(concepts, by):
    assert said(concepts) == f"Level 2 {by} agreement with the recommender rises from 0.37 to 0.70."


def test_what_becomes_of_the_agreement_and_scores_that_are_no_sum():
    assert said([4], agreement=0.2).endswith("falls from 0.37 to 0.20.")
    assert said([4], agreement=0.371).endswith("stays at 0.37.")
    assert "by no single concept;" in said([-1], exact=False)
    assert "no film left" in said([], kept=0)
