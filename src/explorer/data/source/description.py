"""`source.toml`: which files a data set has, how they are written, what their columns mean, and what happens to rows
that cannot be used. The wizard writes it, command line and pages read it, and the same file gives the same data.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from explorer.data.nouns import Nouns
from explorer.errors import UserError, shortened
from explorer.settings import requirement
from explorer.storage.toml import read_toml

DESCRIPTION_FILE = "source.toml"
MAX_BAD_SHARE = 0.05
"""Share of a file's rows that may be rejected before the whole is refused."""

Column = Annotated[str, Field(max_length=300)]
"""A column's name as the file has it; of a file without a header its place from 1, as text."""
Form = Literal["table", "parquet", "jsonl", "lists", "matrix"]
"""How a file is laid out. table: cells between separators. lists: each line is `user item item …`, or, where
`users` is "lines", `item item …` of a user without an id. matrix: a row per user, a column per item."""


class Described(BaseModel):
    """A part of a description: immutable, and refuses names that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TableFormat(Described):
    """How text becomes cells. Of Parquet and JSON lines nothing of it is used but `form`."""

    form: Form = "table"
    separator: str = Field(",", min_length=1, max_length=5)
    """One or more characters; `" "` stands for any run of blanks and tabs."""
    encoding: str = Field("utf-8", max_length=40)
    """A name that Python's codecs know."""
    header: bool = True
    quote: Literal['"', "'", ""] = '"'
    decimal: Literal[".", ","] = "."
    """What stands before the fractions of a number."""


class TimeFormat(Described):
    """How a column of times is written."""

    kind: Literal["seconds", "milliseconds", "microseconds", "iso", "pattern"] = "seconds"
    pattern: str | None = Field(None, max_length=100)
    """As `strptime` has it, such as `%d.%m.%Y %H:%M`; only of the kind `pattern`."""


class Ratings(Described):
    """What a number beside an interaction says, and when the interaction is a positive."""

    column: Column
    meaning: Literal["rating", "count"] = "rating"
    """A count (plays, purchases) is how often; rows of one user and item add up."""
    threshold: float | None = None
    """Lower values are no positives; None: all are."""
    seen: tuple[float, ...] = ()
    """Values that say "seen, not rated" (such as -1 or 0): never positives."""
    confidence: bool = False
    """Whether counts go to the base models that can weigh interactions by them."""


class Interactions(Described):
    """Who interacted with what."""

    files: tuple[str, ...] = Field(min_length=1)
    """Paths, relative to the description's folder or absolute; read one after the other."""
    format: TableFormat = TableFormat()
    whole_numbers: bool = False
    """Whether an id that is no whole number is a fault, as in publishers' files that have no others."""
    user: Column | None = None
    """None: a line is a user (`lists` and baskets without users' ids), numbered from 1."""
    item: Column | None = None
    """None only of `lists` and `matrix`, whose layout says it."""
    ignored: tuple[Column, ...] = ()
    """Of a matrix: columns that are no items, such as how many a row has."""
    item_separator: str | None = Field(None, max_length=5)
    """What stands between items where a cell of `item` lists several; `json`: a JSON list."""
    rating: Ratings | None = None
    time: Column | None = None
    time_format: TimeFormat | None = None


class Facet(Described):
    """A column of the items table by whose values neurons are named and measured."""

    name: str = Field(min_length=1, max_length=60)
    """As pages call it, in the singular: `category`."""
    plural: str | None = Field(None, max_length=60)
    """None: as English has it of most words, with an s."""
    columns: tuple[Column, ...] = Field(min_length=1)
    """Several columns are one facet where each holds part of the values, or is named like a value and holds 0 or 1."""
    separator: str | None = Field(None, max_length=5)
    """What stands between several values of a cell; `json`: a JSON list; None: one value."""
    flags: bool = False
    """Whether each column is a value, marked 0 or 1."""
    values: tuple[str, ...] | None = None
    """Of flags: what each column stands for, where its name does not say."""
    merge_spellings: bool = True
    """Whether `Drama`, `drama` and `DRAMA ` are one value, in the spelling that most rows have."""
    as_written: bool = False
    """Whether `NA` or `none` is a value like others, and quotes and blanks within one stay."""
    at_most: int | None = Field(None, ge=1, le=5000)
    """Only the values that most items carry; None: all, up to the limit of a data set."""


class Items(Described):
    """What the items are. A data set does without: then ids are the titles."""

    files: tuple[str, ...] = Field(min_length=1)
    format: TableFormat = TableFormat()
    id: Column
    whole_numbers: bool = False
    """As of interactions."""
    title: Column | None = None
    as_written: bool = False
    """Whether blanks around a title stay."""
    year: Column | None = None
    """A year or a date, of which the year is taken."""
    year_in_title: bool = False
    """Whether titles end in a year in parentheses, as MovieLens' do."""


class Rows(Described):
    """What happens to rows that cannot be used."""

    bad: Literal["report", "refuse"] = "report"
    at_most: float = Field(MAX_BAD_SHARE, ge=0, le=1)
    """Share of a file's rows that may be rejected; beyond it the whole is refused."""
    repeated: Literal["merge", "error"] = "merge"
    """A user who has an item twice: the last row counts (counts add up), or the file is refused."""
    unknown_items: Literal["keep", "reject"] = "keep"
    """Interactions with items that the items table lacks: kept, their id as the title, or rejected."""


class SourceDescription(Described):
    """The whole of `source.toml`."""

    format: Literal[1] = 1
    name: str = Field(min_length=1, max_length=200)
    licence: str | None = Field(None, max_length=2000)
    origin: str | None = Field(None, max_length=2000)
    """Where it comes from, such as an address."""
    nouns: Nouns = Nouns()
    interactions: Interactions
    items: Items | None = None
    facets: tuple[Facet, ...] = ()
    """In the order in which pages show them; colours are those of the first."""
    rows: Rows = Rows()
    min_item_interactions: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _consistent(self):
        names = [facet.name for facet in self.facets]
        if len(set(names)) < len(names):
            raise ValueError("two facets have the same name; give each its own")
        if self.facets and self.items is None:
            raise ValueError("facets are columns of the items table, and there is none; add [items]")
        for facet in self.facets:
            if facet.values is not None and (not facet.flags or len(facet.values) != len(facet.columns)):
                raise ValueError(f"facet {facet.name}: values must name the columns of flags, one each")
        layout, who = self.interactions.format.form, self.interactions
        if layout not in ("lists", "matrix") and who.item is None:
            raise ValueError("interactions.item is missing; say which column has the items")
        return self

    def as_toml(self) -> str:
        """What `source.toml` holds."""
        return tomli_w.dumps(self.model_dump(mode="json", exclude_none=True))


def read_description(path: Path) -> SourceDescription:
    """Read and check `source.toml`; every fault is a `UserError` with the key and what is allowed."""
    try:
        return SourceDescription.model_validate(read_toml(path, "The description"))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "the description"
        said = (
            first["msg"].removeprefix("Value error, ")
            if first["type"] == "value_error"
            else f"{key} {requirement(first)}"
        )
        raise UserError(f"{shortened(path, 300)}: {said}.") from None
