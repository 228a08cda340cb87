"""What a data set calls its items and their genres, so that pages speak of films here and of artists there."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Noun = Annotated[str, Field(pattern=r"^\p{L}[\p{L} '-]{0,29}$")]
"""Short and of letters: it stands in sentences of every page, and an imported run may say anything."""


class Nouns(BaseModel):
    """Singular and plural, in lower case, of an item and of what `Dataset.genres` lists."""

    model_config = ConfigDict(frozen=True)

    item: Noun = "item"
    items: Noun = "items"
    facet: Noun = "genre"
    facets: Noun = "genres"

    def count_items(self, n: int) -> str:
        """`1 film`, `9,742 films`."""
        return f"{n:,} {self.item if n == 1 else self.items}"


ITEMS = Nouns()
FILMS = Nouns(item="film", items="films")
ARTISTS = Nouns(item="artist", items="artists", facet="tag", facets="tags")
