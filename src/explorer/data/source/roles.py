"""What a column is, by its name and by its cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from explorer.data.source.description import TimeFormat

_NAMES = {
    "user": "user users userid uid customer customerid client clientid member memberid visitor visitorid account "
    "accountid reviewer reviewerid person personid listener guest guestid buyer player reader viewer subscriber "
    "household householdid cookie profile profileid session sessionid basket basketid order orderid invoice invoiceno "
    "transaction transactionid",
    "item": "item items itemid iid product productid sku asin isbn isbn10 isbn13 book bookid movie movieid film filmid "
    "song songid track trackid artist artistid hotel hotelid listing listingid article articleid joke jokeid game "
    "gameid appid recipe recipeid beer beerid business businessid place placeid poi poiid venue venueid course "
    "courseid video videoid anime animeid news newsid stockcode restaurant restaurantid parentasin bookisbn",
    "rating": "rating ratings stars star score rate overall grade mark reviewscore bookrating userrating",
    "count": "count counts plays playcount listens weight quantity qty times views clicks visits nights purchases "
    "scrobbles hours playtime listeningcount",
    "time": "timestamp time date when datetime created createdat ts unixreviewtime reviewtime day added dateadded "
    "orderdate invoicedate purchased checkin",
    "title": "title name booktitle productname itemname movietitle songname artistname trackname hotelname description "
    "label originaltitle moviename gamename",
    "year": "year releaseyear yearofpublication published publicationyear originalpublicationyear releasedate built "
    "opened",
    "facet": "genre genres category categories brand tag tags type style author authors country city language "
    "publisher department aisle color colour class topic topics subject subjects maker manufacturer label keyword "
    "keywords cuisine cuisines group platform series actors director shelf shelves maincategory",
}
_ROLES = {word: role for role, words in _NAMES.items() for word in words.split()}
_ROLES["label"] = "facet"
_PATTERNS = (
    "%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d",
    "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%m %d, %Y", "%m/%d/%y", "%d/%m/%y",
)  # fmt: skip
_TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M %p")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?( ?(Z|[+-]\d{2}:?\d{2}))?")


def plain_name(column: str) -> str:
    """`User-ID`, `userId`, `user_id:token` → `userid`."""
    return re.sub(r"[^a-z0-9]", "", column.split(":")[0].lower())


def role_of(column: str) -> str | None:
    """What the name of a column says that it is: a key of the list above, or `id`; None if it says nothing."""
    name = plain_name(column)
    if name in _ROLES:
        return _ROLES[name]
    if name in ("id", "key", "code"):
        return "id"
    for word in ("user", "customer"):
        if name.startswith(word) and name.removeprefix(word) in ("id", "number", "no", "key", "hash", "code"):
            return "user"
    ends = {"rating": "rating", "date": "time", "timestamp": "time", "title": "title", "genres": "facet"}
    ends |= {"category": "facet", "categories": "facet", "count": "count", "tags": "facet"}
    return next((role for end, role in ends.items() if name.endswith(end) and len(name) > len(end)), None)


def cells_of(column: pd.Series) -> list[str]:
    """Its cells that are not empty, as text."""
    return [str(cell).strip() for cell in column if cell is not None and not pd.isna(cell) and str(cell).strip()]


def numbers_of(cells: Sequence[str], decimal: str = ".") -> list[float] | None:
    """The cells as numbers; None if some are none."""
    texts = [cell.replace(",", ".") if decimal == "," else cell for cell in cells]
    if not texts or not all(_NUMBER.fullmatch(text) for text in texts):
        return None
    return [float(text) for text in texts]


def most_numbers_of(cells: Sequence[str], decimal: str = ".") -> list[float] | None:
    """The cells that are numbers, if at least nine in ten are: what is broken in a few rows is still a number."""
    texts = [cell.replace(",", ".") if decimal == "," else cell for cell in cells]
    found = [float(text) for text in texts if _NUMBER.fullmatch(text)]
    return found if found and len(found) >= 0.9 * len(texts) else None


def time_formats(cells: Sequence[str], decimal: str = ".") -> list[TimeFormat]:
    """The forms in which all but one in a hundred cells are times, the likeliest first; several: it is ambiguous."""
    numbers = numbers_of(cells, decimal)
    if numbers is not None:
        middle = sorted(numbers)[len(numbers) // 2]
        if all(re.fullmatch(r"(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])", cell) for cell in cells[:200]):
            return [TimeFormat(kind="pattern", pattern="%Y%m%d")]
        limits = ((1e8, 1e10, "seconds"), (1e11, 1e13, "milliseconds"), (1e14, 1e17, "microseconds"))
        return [TimeFormat(kind=kind) for low, high, kind in limits if low <= middle < high]
    if not cells:
        return []
    enough = 0.99 * len(cells)
    if sum(bool(_ISO.fullmatch(cell)) for cell in cells) >= enough:
        return [TimeFormat(kind="iso")]
    found = []
    for pattern in (date + time for time in _TIMES for date in _PATTERNS):
        if _fits(cells[:1], pattern) and _fits(cells, pattern) >= enough:
            found.append(TimeFormat(kind="pattern", pattern=pattern))
    return found


def _fits(cells: Sequence[str], pattern: str) -> int:
    n = 0
    for cell in cells:
        try:
            datetime.strptime(cell, pattern)
            n += 1
        except ValueError:
            pass
    return n


def list_separator(cells: Sequence[str]) -> str | None:
    """What stands between several values of a cell; None if a cell is one value.

    A separator must be in some of the cells, and splitting must bring values together: there are fewer different
    parts than different cells.
    """
    if cells and sum(cell[:1] in "[{" and cell[-1:] in "]}" for cell in cells) > 0.8 * len(cells):
        return "json" if any('"' in cell or "'" in cell for cell in cells) else ","
    whole = len(set(cells))
    for separator in ("|", ";", ",", " / "):
        holding = [cell for cell in cells if separator in cell]
        parts = {part.strip() for cell in cells for part in cell.split(separator)}
        long = sum(len(part.split()) > 5 for part in parts)
        if len(holding) > max(0.05 * len(cells), 1) and len(parts) <= whole + 1 and long < 0.1 * len(parts):
            return separator
    return None
