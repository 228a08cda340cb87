"""The audit of a run as it was read last, brought up to date by what was stored since.

Nothing is ever overwritten, so what was read stays true as long as the newest rows that were read are still there as
they were: then only newer rows are read. Where they are not, the database was replaced, and all is read again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace

from sqlalchemy import URL

from explorer.audit.rows import Rows, reviewer_key
from explorer.audit.values import Audit, Resolution, Review, Trial

MAX_NEW = 1000
"""Rows since; where there are more, all are read anew, which is as quick."""
_MAX_KEPT = 16
_kept: dict[tuple[URL, int], Snapshot] = {}


@dataclass(frozen=True)
class Snapshot:
    """An audit, and the newest row of each table when it was read."""

    audit: Audit
    newest: dict[type, tuple[int, object]]


def read_audit(database: URL, rows: Rows) -> Audit:
    """The audit of a run; the same object as long as nothing is stored."""
    key = (database, rows.run_id)
    kept = _kept.get(key)
    if kept is None or kept.audit.stamp != rows.stamp:
        kept = (kept and _brought_up_to_date(kept, rows)) or _read(rows)
        if key not in _kept and len(_kept) >= _MAX_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = kept
    return kept.audit


def _read(rows: Rows) -> Snapshot:
    audit = Audit(tuple(rows.current_reviews()), tuple(rows.current_resolutions()), tuple(rows.trials()), rows.stamp)
    return Snapshot(audit, {kind: rows.newest(kind) for kind in (Review, Resolution, Trial)})


def _brought_up_to_date(kept: Snapshot, rows: Rows) -> Snapshot | None:
    """With what was stored since; None if that is too much, or if the database is not the one that was read."""
    new, newest = {}, {}
    for kind, last in kept.newest.items():
        if last != (0, None) and rows.numbered(kind, last[0]) != last[1]:
            return None
        new[kind] = rows.since(kind, last[0], MAX_NEW + 1)
        if len(new[kind]) > MAX_NEW:
            return None
        newest[kind] = new[kind][-1] if new[kind] else last
    said = {kind: [row for _, row in found] for kind, found in new.items()}
    audit = replace(
        kept.audit,
        reviews=_with_reviews(kept.audit.reviews, said[Review]),
        resolutions=_with_resolutions(kept.audit.resolutions, said[Resolution]),
        trials=(*kept.audit.trials, *said[Trial]),
        stamp=rows.stamp,
    )
    return Snapshot(audit, newest)


def _with_reviews(reviews: tuple[Review, ...], new: list[Review]) -> tuple[Review, ...]:
    for said in new:
        first = bisect_left(reviews, said.neuron, key=_neuron)
        end = bisect_right(reviews, said.neuron, lo=first, key=_neuron)
        others = (one for one in reviews[first:end] if reviewer_key(one.reviewer) != reviewer_key(said.reviewer))
        # Sorting keeps the order of those of the same moment, which is that in which they were stored.
        reviews = (*reviews[:first], *sorted([*others, said], key=lambda one: one.at), *reviews[end:])
    return reviews


def _with_resolutions(resolutions: tuple[Resolution, ...], new: list[Resolution]) -> tuple[Resolution, ...]:
    by_neuron = {one.neuron: one for one in (*resolutions, *new)}
    return tuple(by_neuron[neuron] for neuron in sorted(by_neuron))


def _neuron(said: Review) -> int:
    return said.neuron
