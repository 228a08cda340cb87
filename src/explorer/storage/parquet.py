"""What a Parquet file says of itself, read before anything is decoded: its columns, and the size of every page.

Why by hand: pyarrow aborts the whole process, which no `except` catches, when it parses some forged footers, and it
allocates what a footer says. So it may only see a footer that was checked before, and nothing of its own can check it:
it shows no page headers, without which a file of 600 bytes may decode to gigabytes. Thrift's own libraries want the
schema of Parquet compiled, and other readers of Parquet (fastparquet) keep their parsers of headers to themselves.

Hence a reader of Thrift's compact protocol that knows whole numbers, bytes, lists and structs and nothing else.
`FileMetaData` and `PageHeader` are those of parquet.thrift (format 2.x); numbers in brackets are its field ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MAGIC = b"PAR1"
_MAX_FOOTER = 2**17
"""Bytes of a file's summary; that of a run's largest table takes 11,000."""
_MAX_HEADER = 2**15
"""Bytes of a page's header; its smallest and largest value may stand in it."""
_MAX_PAGES = 10_000
"""Of a column in a group of rows; a page has about a MiB."""
_MAX_DEPTH = 8
BYTES = 6
"""Physical type of text."""
_WIDTHS = {0: 1, 1: 4, 2: 8, 3: 12, 4: 4, 5: 8, BYTES: 8}
"""Bytes of a value by its physical type: boolean, int32, int64, int96, float, double, bytes."""


class Unreadable(ValueError):
    """A file is not Parquet, or not as a table of a run is written."""


@dataclass(frozen=True)
class Leaf:
    """A column of a file: its path, how it is stored, and what it will take.

    path: with dots; that of a list goes on below the column's name.
    physical: type of its values.
    size: bytes of its pages, unpacked, a dictionary included.
    n_values: how many there are; of a list its members.
    """

    path: str
    physical: int
    size: int
    n_values: int

    @property
    def decoded(self) -> int:
        """Bytes that decoding takes, beyond that of text."""
        return max(self.size, _WIDTHS.get(self.physical, 8) * self.n_values)


def read_leaves(data: bytes) -> tuple[int, list[Leaf]]:
    """The number of rows of a Parquet file, and its columns with what they will take."""
    try:
        about = _footer(data)
        leaves, groups = _columns(about[2]), about[4]
        if sum(group[3] for group in groups) != about[3] or min([0, *(group[3] for group in groups)]) < 0:
            raise Unreadable("groups that are not all rows")
        if any(len(group[1]) != len(leaves) for group in groups):
            raise Unreadable("a group without a column")
        found = [_leaf(data, leaf, [(group[3], group[1][i]) for group in groups]) for i, leaf in enumerate(leaves)]
        return about[3], found
    except (IndexError, KeyError, TypeError, AttributeError, UnicodeDecodeError):
        raise Unreadable("a broken summary") from None


def _footer(data: bytes) -> dict[int, Any]:
    length = int.from_bytes(data[-8:-4], "little")
    whole = len(data) >= 12 and data[:4] == data[-4:] == _MAGIC
    if not whole or not 0 < length <= min(_MAX_FOOTER, len(data) - 12):
        raise Unreadable("not a Parquet file")
    return _struct(data[-8 - length : -8])[0]


def _columns(elements: list[dict[int, Any]]) -> list[dict[int, Any]]:
    """The columns of a schema, which goes from its root down; a list is two levels above its members."""
    columns, depth = [], 0
    for element in elements[1:]:
        depth = depth + 1 if element.get(5) else 0
        if element.get(5, 0) > 1 or depth > 2:
            raise Unreadable("columns within columns")
        if not element.get(5):
            columns.append(element)
    if elements[0][5] != len(columns):
        raise Unreadable("columns that are not those of the schema")
    return columns


def _leaf(data: bytes, element: dict[int, Any], chunks: list[tuple[int, dict[int, Any]]]) -> Leaf:
    size = values = 0
    path, physical = element[4].decode(), element[1]
    for rows, chunk in chunks:
        about = chunk[3]  # ColumnMetaData
        if chunk.keys() & {1, 8, 9} or about[1] != physical or about[3][-1] != element[4]:
            raise Unreadable("a column elsewhere, or of another type")
        path, flat = b".".join(about[3]).decode(), len(about[3]) == 1
        if not rows:
            continue  # such a group's pages are nowhere
        there = 0
        for page_size, page_values in _pages(data, about):
            size, there = size + page_size, there + page_values
        if there != about[5] or (flat and there != rows):
            raise Unreadable("pages that hold other values than their column")
        values += there
    return Leaf(path, physical, size, values)


def _pages(data: bytes, about: dict[int, Any]) -> Iterator[tuple[int, int]]:
    """Bytes, unpacked, and number of values of each page of a column; a dictionary's are not values of the column."""
    at = about[9]
    if 0 < about.get(11, 0) < at:
        at = about[11]  # the dictionary comes first
    end = at + about[7]
    if not 0 < at <= end <= len(data):
        raise Unreadable("pages outside the file")
    view = memoryview(data)
    for _ in range(_MAX_PAGES):
        if at >= end:
            break
        header, length = _struct(view[at : at + _MAX_HEADER])
        size, packed = header[2], header[3]
        of_page = header.get(5) or header.get(8) or {1: 0}  # DataPageHeader, DataPageHeaderV2
        if min(size, packed, of_page[1]) < 0:
            raise Unreadable("a page of a negative size")
        yield size, of_page[1]
        at += length + packed
    if at != end:
        raise Unreadable("a page beyond its column, or too many")


# --- Thrift's compact protocol


def _struct(data: bytes | memoryview, at: int = 0, depth: int = 0) -> tuple[dict[int, Any], int]:
    """A struct from a place on: its values by field, and where it ends."""
    if depth > _MAX_DEPTH:
        raise Unreadable("structs within structs")
    fields, field = {}, 0
    while head := data[at]:
        at += 1
        if head >> 4:
            field += head >> 4
        else:
            number, at = _varint(data, at)
            field = number >> 1 ^ -(number & 1)
        if field in fields:
            raise Unreadable("a field twice")
        kind = head & 15
        if kind in (4, 5, 6):  # whole numbers of 16, 32 and 64 bits, by far the most
            number, at = _varint(data, at)
            fields[field] = number >> 1 ^ -(number & 1)
        elif kind in (1, 2):  # true and false have no bytes of their own
            fields[field] = kind == 1
        else:
            fields[field], at = _value(data, at, kind, depth)
    return fields, at + 1


def _value(data: bytes | memoryview, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in (4, 5, 6):
        number, at = _varint(data, at)
        return number >> 1 ^ -(number & 1), at
    if kind in (1, 2, 3):
        return data[at], at + 1
    if kind == 7:
        return None, at + 8
    if kind == 8:
        length, at = _varint(data, at)
        return data[at : at + length], at + length
    if kind in (9, 10):
        size, kind, at = data[at] >> 4, data[at] & 15, at + 1
        if size == 15:
            size, at = _varint(data, at)
        if depth > _MAX_DEPTH:
            raise Unreadable("lists within lists")
        values = []
        for _ in range(size):  # each takes a byte at least, so the end of the data is the end of the list
            value, at = _value(data, at, kind, depth + 1)
            values.append(value)
        return values, at
    if kind == 12:
        return _struct(data, at, depth + 1)
    raise Unreadable("a value of an unknown kind")


def _varint(data: bytes | memoryview, at: int) -> tuple[int, int]:
    value = data[at]
    at += 1
    if value < 128:
        return value, at
    value, shift = value & 127, 7
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise Unreadable("a number of more than 64 bits")
