"""What the live board gets: all that it needs to rank by itself as one buffer, once per person and choice of knobs; and
the server's own result after each release, by which it checks itself.

The buffer is a header (JSON) and arrays of single-precision floats and whole numbers:

    length of the header, uint32 | header, UTF-8, spaces up to a multiple of 4 | the arrays, one after the other

`board_ranking.js` reads it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from explorer import glossary
from explorer.choices import SteeringMode
from explorer.neurons.profiles import release_years
from explorer.neurons.statistics import percentiles
from explorer.runs import Run
from explorer.steering.candidates import Range, candidates, change_ranges
from explorer.steering.edits import AnyEdit
from explorer.steering.explanation import explain
from explorer.steering.grouping import concepts_of, remembered
from explorer.steering.hiding import Hide, hidden_items
from explorer.steering.knobs import Knob, knob_of
from explorer.steering.ranking import ranks_of
from explorer.steering.scores import PersonScores
from explorer.steering.setting import knob_key
from explorer.steering.steer import steer

MAX_ITEMS, MAX_SENT = 50_000, 250_000
"""A browser gets a catalogue up to the first size whole; of a larger one those items that the sliders can bring into
the list, and if these are more than the second, the server ranks."""
NO_SUM = "This model's score is not a sum of concepts, so the server ranks again while you drag."
TOO_MANY = "This catalogue is too large for the browser, so the server ranks again while you drag."
HIDDEN, HELD_OUT = 1, 2
"""Flags of items."""


def knobs_with(run: Run, scores: PersonScores, knobs: Sequence[Knob], edits: Iterable[AnyEdit]) -> list[Knob]:
    """The knobs, and behind them those that are turned without being among them."""
    keys = [knob.key for knob in knobs]
    turned = dict.fromkeys(key for edit in edits if (key := knob_key(edit)) not in keys)
    return [*knobs, *(knob_of(run, scores, key) for key in turned)]


def board_id(run: Run, scores: PersonScores, knobs: Sequence[Knob], mode: str, hide: Sequence, length: int) -> str:
    """What a buffer and the results that belong to it have in common."""
    person = scores.person
    what = [str(run.path), run.created, [knob.key for knob in knobs], mode, [repr(one) for one in hide], length]
    digest = sha256(json.dumps(what).encode() + person.embedding.numpy().tobytes() + person.seen.tobytes())
    return digest.hexdigest()[:16]


def board_buffer(
    run: Run,
    scores: PersonScores,
    knobs: Sequence[Knob],
    offered: int,
    mode: SteeringMode,
    hide: Sequence[int | Hide],
    length: int,
    link: str = "",
) -> bytes:
    """All that the board needs to rank a person's items for any setting of the knobs.

    knobs: of these the first `offered` get a slider.
    link: an item's page, up to its id.
    """
    low = min((knob.low for knob in knobs[:offered]), default=-1.0)
    high = max((knob.high for knob in knobs[:offered]), default=1.0)
    neurons = sorted({neuron for knob in knobs for neuron in knob.neurons})
    own, hidden = scores.own.astype(np.float64), hidden_items(run, hide)
    before = scores.best(own, length)
    ranges = {knob.key: (low, high) for knob in knobs}
    rows, reason = _rows_to_send(scores, mode, np.union1d(scores.person.seen, hidden), ranges, length)
    rows = np.union1d(rows, before).astype(np.int64)
    flags = HIDDEN * np.isin(rows, hidden) + HELD_OUT * np.isin(rows, scores.person.held_out)
    allowed = run.dataset.n_items - len(np.union1d(scores.person.seen, hidden))
    header = {
        "id": board_id(run, scores, knobs, mode, hide, length),
        "person": board_id(run, scores, [], "", [], 0),
        "length": length,
        "link": link,
        "mode": mode,
        "linear": not reason,
        "reason": reason,
        "complete": not reason and len(rows) - int((flags & HIDDEN > 0).sum()) == allowed,
        "held_out": len(scores.person.held_out),
        "nouns": run.dataset.nouns.model_dump(),
        "low": low,
        "high": high,
        "knobs": [_knob(run, scores, knob, neurons, shown=i < offered) for i, knob in enumerate(knobs)],
        "neurons": [_neuron(run, scores, neuron) for neuron in neurons],
        "before": np.searchsorted(rows, before).tolist(),
        "facets": run.dataset.genres,
        "items": _items(run, rows),
        "tips": _tips(run),
    }
    arrays = {
        "rows": rows.astype(np.int32),
        "ranks": ranks_of(own, scores.person.seen, rows).astype(np.int32),
        "flags": flags.astype(np.int32),
        "base": (scores.own if mode == "exact" else scores.rebuilt)[rows],
    }
    if not reason:
        arrays |= {f"effect{i}": scores.effect(neuron)[rows] for i, neuron in enumerate(neurons)}
    return pack(header, arrays)


def _rows_to_send(
    scores: PersonScores, mode: SteeringMode, barred: np.ndarray, ranges: Mapping[str, Range], length: int
) -> tuple[np.ndarray, str]:
    """Row numbers of the items that the browser gets to rank, none if the server has to, and then why."""
    run = scores.run
    if not run.recommender.dot_product:
        return np.empty(0, np.int64), NO_SUM
    rows = np.setdiff1d(np.arange(run.dataset.n_items), barred)
    if len(rows) > MAX_ITEMS:
        start = (scores.own if mode == "exact" else scores.rebuilt).astype(np.float64)
        of_neurons = change_ranges(scores, ranges)
        rows = candidates(start, {neuron: scores.effect(neuron) for neuron in of_neurons}, of_neurons, barred, length)
    return (rows, "") if len(rows) <= MAX_SENT else (np.empty(0, np.int64), TOO_MANY)


def pack(header: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """A header and arrays, float32 or int32, as one buffer; the header lists the arrays."""
    listed = [[name, "f" if array.dtype == np.float32 else "i", len(array)] for name, array in arrays.items()]
    text = json.dumps({**header, "arrays": listed}, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    head = text.encode()
    head += b" " * (-len(head) % 4)
    return b"".join([len(head).to_bytes(4, "little"), head, *(_bytes(array) for array in arrays.values())])


def unpack(buffer: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The inverse of `pack`."""
    at = 4 + int.from_bytes(buffer[:4], "little")
    header, arrays = json.loads(buffer[4:at]), {}
    for name, kind, length in header.pop("arrays"):
        arrays[name] = np.frombuffer(buffer, np.dtype("<f4" if kind == "f" else "<i4"), length, at)
        at += 4 * length
    return header, arrays


def _bytes(array: np.ndarray) -> bytes:
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def board_answer(
    run: Run,
    scores: PersonScores,
    edits: Sequence[AnyEdit],
    mode: SteeringMode,
    hide: Sequence[int | Hide],
    length: int,
) -> dict[str, Any]:
    """The server's own result for some edits, by `steer`."""
    lists = steer(run, scores, edits, mode, length, hide)
    said, steered = explain(run, lists), lists.steered
    moved = scores.scores(scores.changes(edits), mode)
    barred = np.union1d(scores.person.seen, lists.hidden)
    gone = [row for row in said.gone if row not in lists.hidden]
    rows = steered["row"].to_numpy()
    base = (scores.own if mode == "exact" else scores.rebuilt)[rows]
    return {
        "edits": [[knob_key(edit), edit.value] for edit in edits],
        "rows": rows.tolist(),
        "scores": steered["score"].tolist(),
        "base": base.astype(float).tolist(),
        "ranks": steered["recommender_rank"].tolist(),
        "held_out": np.isin(rows, scores.person.held_out).tolist(),
        "gone": [[row, int(rank)] for row, rank in zip(gone, ranks_of(moved, barred, np.array(gone)), strict=True)]
        if gone
        else [],
        "items": _items(run, rows),
        "sentence": said.sentence,
        "warnings": said.warnings,
    }


def _knob(run: Run, scores: PersonScores, knob: Knob, neurons: list[int], shown: bool) -> dict[str, Any]:
    made = {
        "key": knob.key,
        "label": knob.label,
        "own": knob.own,
        "usual": knob.usual,
        "why": knob.why,
        "about": knob.about,
        "shown": shown,
        "concept": knob.is_concept,
        "at": [neurons.index(neuron) for neuron in knob.neurons],
    }
    if knob.is_concept:
        concept = concepts_of(run)[knob.key]
        squares = 0.0
        for weight in concept.weights:
            squares += float(weight) * float(weight)
        made["push"] = [concept.strongest * float(weight) / squares for weight in concept.weights]
    return made


def _neuron(run: Run, scores: PersonScores, neuron: int) -> dict[str, Any]:
    return {
        "neuron": neuron,
        "label": str(run.index.neurons["label"].iloc[neuron]),
        "value": float(scores.values[neuron]),
        "activation": float(scores.activations[neuron]),
        "unit": float(run.units[neuron]),
    }


def _items(run: Run, rows: np.ndarray) -> dict[str, list]:
    """What is shown of some items: a list for each column."""
    facts = remembered(run, "board-items", lambda: _facts(run))
    return {
        "id": [facts["id"][row] for row in rows],
        "title": [facts["title"][row] for row in rows],
        "facets": [facts["facets"][row] for row in rows],
        "year": [facts["year"][row] for row in rows],
        "popularity": [facts["popularity"][row] for row in rows],
    }


def _facts(run: Run) -> dict[str, list]:
    items, facets = run.dataset.items, {name: i for i, name in enumerate(run.dataset.genres)}
    return {
        "id": items["item_id"].astype(str).tolist(),
        "title": [str(title) for title in items["title"]],
        "facets": [[facets[facet] for facet in of_item] for of_item in items["genres"]],
        "year": [None if math.isnan(year) else int(year) for year in release_years(run.dataset)],
        "popularity": percentiles(items["popularity"].to_numpy()).tolist(),
    }


def _tips(run: Run) -> dict[str, str]:
    """What numbers mean, in the words of the glossary."""
    nouns = run.dataset.nouns
    return {
        "kept": f"How many {nouns.items} of the recommender's own list are still in the steered one.",
        "agreement": f"{glossary.RBO_OF_USER.sentence} {glossary.RBO_OF_USER.details}",
        "held_out": glossary.HIT.sentence,
        "list": "The bar of each row is its score: grey the part without changes, a colour for each changed concept, "
        "hatched where it takes away. Point at a row to read it.\n" + glossary.HIT.sentence,
        "mix": f"How many {nouns.items} of the list have each {nouns.facet}; one may have several. "
        "Thin bars: before. Thick bars: now.",
        "popularity": f"Mean popularity of the {nouns.items} in the list: 100 is the most popular of the catalogue, 50 "
        "the middle.",
        "year": f"Mean release year of the {nouns.items} in the list, where it is known.",
        "slider": f"{glossary.SLIDER.sentence} {glossary.SLIDER.details}",
    }
