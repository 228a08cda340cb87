"""Limits of what a reader takes."""

from __future__ import annotations

from explorer.data import limits
from explorer.storage.tables import MAX_LIST, MAX_TEXT_BYTES


def test_what_a_reader_accepts_a_run_can_hold():
    longest = max(limits.MAX_ID_LENGTH, limits.MAX_TITLE_LENGTH, limits.MAX_GENRE_LENGTH)
    assert 4 * longest <= MAX_TEXT_BYTES  # bytes of UTF-8
    assert limits.MAX_GENRES_PER_ITEM <= MAX_LIST
