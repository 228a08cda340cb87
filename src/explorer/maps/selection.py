"""Points that were chosen on a map, independent of where they lie on it: rows of neurons, items and users.

A map is drawn anew when UMAP has replaced PCA, and another kind of map has some of the same points; a selection is the
same on all of them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd

from explorer.choices import MAP_KINDS, MapKind
from explorer.errors import UserError, quoted
from explorer.maps.vectors import Entity
from explorer.runs.run import Run

ENTITIES: tuple[Entity, ...] = get_args(Entity)
ID_DIGITS = 10
"""Hexadecimal digits of a selection's id; two of a million selections of a run share theirs with probability .36."""


@dataclass(frozen=True, eq=False)
class Selection:
    """Points of a run's maps.

    kind: of the map on which they were chosen.
    rows: by entity its row numbers, int32, ascending, each once; entities without any are left out.
    """

    kind: MapKind
    rows: Mapping[Entity, np.ndarray]

    def __post_init__(self):
        kept = {entity: np.unique(np.asarray(self.rows.get(entity, ()), np.int32)) for entity in ENTITIES}
        object.__setattr__(self, "rows", {entity: rows for entity, rows in kept.items() if len(rows)})

    def __len__(self) -> int:
        return sum(map(len, self.rows.values()))

    def of(self, entity: Entity) -> np.ndarray:
        """Its row numbers of one entity, int32 `[≥0]`."""
        return self.rows.get(entity, np.empty(0, np.int32))

    def same_points(self, other: Selection) -> bool:
        """Whether both have the same points, wherever they were chosen."""
        return all(np.array_equal(self.of(entity), other.of(entity)) for entity in ENTITIES)


def selection_of(table: pd.DataFrame, kind: MapKind, positions: Iterable[int]) -> Selection:
    """The points at these positions of a map's table (`entity`, `row`). Raises `UserError` for a position beyond it."""
    if kind not in MAP_KINDS:
        raise UserError(f"There is no map of {quoted(kind)}; reload the page.")
    positions = np.unique(np.asarray(positions, np.int64))
    if len(positions) and not 0 <= positions[0] <= positions[-1] < len(table):
        raise UserError(f"The map has {len(table):,} points, and others were chosen; reload the page.")
    entity = table["entity"].to_numpy(object)[positions]
    row = table["row"].to_numpy()[positions]
    return Selection(kind, {one: row[entity == one] for one in ENTITIES})


def selection_of_rows(**rows: Iterable[int]) -> Selection:
    """`selection_of_rows(item=[3, 5])`: rows that were chosen without a map, with the kind of map that shows them."""
    there = {entity for entity, some in rows.items() if len(some)}
    kinds = {frozenset({"neuron"}): "neurons", frozenset({"item"}): "items", frozenset({"user"}): "users"}
    kind = kinds.get(frozenset(there), "together")
    return Selection(kind if kind in MAP_KINDS else "together", rows)


def positions_in(table: pd.DataFrame, selection: Selection) -> np.ndarray:
    """Where a map has points of a selection, int64, ascending; points that the map does not show are left out."""
    entity, row = table["entity"].to_numpy(object), table["row"].to_numpy()
    there = np.zeros(len(table), bool)
    for one, rows in selection.rows.items():
        wanted = np.zeros(int(max(rows[-1], row.max(initial=0))) + 1, bool)
        wanted[rows] = True
        there |= (entity == one) & wanted[row]
    return np.flatnonzero(there)


def selection_id(run: Run, selection: Selection) -> str:
    """Ten hexadecimal digits that are the same for the same points of the same neurons and data."""
    digest = hashlib.sha256(run.digest.encode())
    for entity, rows in selection.rows.items():
        digest.update(entity.encode())
        digest.update(rows.astype("<i4").tobytes())
    return digest.hexdigest()[:ID_DIGITS]


def record_of_selection(selection: Selection) -> dict[str, Any]:
    """As JSON has it: `kind`, and by entity in `rows` a set of bits, one per row, compressed, in base64."""
    return {"kind": selection.kind, "rows": {entity: _packed(rows) for entity, rows in selection.rows.items()}}


def selection_of_record(record: Mapping[str, Any], sizes: Mapping[Entity, int]) -> Selection:
    """The inverse of `record_of_selection`. sizes: how many rows a run has of each entity; it holds no row beyond.

    Raises `ValueError` if it is not such a record.
    """
    if record.get("kind") not in MAP_KINDS or not isinstance(record.get("rows"), dict):
        raise ValueError("a kind of map and rows are missing")
    if not set(record["rows"]) <= set(ENTITIES):
        raise ValueError("its rows are of nothing known")
    return Selection(record["kind"], {e: _unpacked(text, sizes[e]) for e, text in record["rows"].items()})


def sizes_of_run(run: Run) -> dict[Entity, int]:
    """How many neurons, items and users a run has."""
    return {"neuron": run.index.n, "item": run.dataset.n_items, "user": run.dataset.n_users}


def _packed(rows: np.ndarray) -> str:
    bits = np.zeros(int(rows[-1]) + 1, bool)
    bits[rows] = True
    return base64.b64encode(zlib.compress(np.packbits(bits).tobytes(), 9)).decode()


def _unpacked(text: object, size: int) -> np.ndarray:
    if not isinstance(text, str):
        raise ValueError("rows are not packed")
    most = size // 8 + 1
    try:
        stream = zlib.decompressobj()
        content = stream.decompress(base64.b64decode(text, validate=True), most + 1)  # however much it would become
    except (binascii.Error, zlib.error) as error:
        raise ValueError(str(error)) from None
    rows = np.flatnonzero(np.unpackbits(np.frombuffer(content, np.uint8)))
    if not stream.eof or not len(rows) or rows[-1] >= size:
        raise ValueError("rows are cut short or not of this run")
    return rows
