"""What a guessed data set calls its items and facets, from the names of files and columns."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.data.nouns import Nouns

_NOUNS = {
    "book": "books", "movie": "movies", "film": "films", "song": "songs", "track": "tracks", "artist": "artists",
    "hotel": "hotels", "product": "products", "article": "articles", "joke": "jokes", "game": "games",
    "recipe": "recipes", "beer": "beers", "restaurant": "restaurants", "course": "courses", "video": "videos",
    "place": "places", "listing": "listings", "venue": "venues",
}  # fmt: skip


def plural(word: str) -> str:
    """The English plural of a word, for nearly all words."""
    if word.endswith(("s", "x", "ch", "sh")):
        return word + "es"
    return word[:-1] + "ies" if word.endswith("y") and word[-2:-1] not in "aeiou" else word + "s"


def singular(word: str) -> str:
    """The singular of a word that is a plural."""
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "series")) and len(word) > 3 else word


def nouns_of(hints: Sequence[str]) -> Nouns:
    """What the items are called: the first of the known words that is in one of some names."""
    for hint in hints:
        for word, several in _NOUNS.items():
            if word in hint.lower():
                return Nouns(item=word, items=several, facet="facet", facets="facets")
    return Nouns(facet="facet", facets="facets")


def with_facets(nouns: Nouns, words: tuple[str, str]) -> Nouns:
    """The same with what its facets are called, where that can be a noun."""
    try:
        return Nouns(item=nouns.item, items=nouns.items, facet=words[0], facets=words[1])
    except ValueError:
        return nouns
