"""The audit of a run as a file: export it, see what an import would change, import it whole or not at all."""

from __future__ import annotations

from pathlib import Path

from explorer.audit.csv_form import csv_of, read_csv
from explorer.audit.json_form import json_bytes, read_json
from explorer.audit.merging import Merged, compare
from explorer.audit.record import Record, checked_record
from explorer.audit.store import AuditStore
from explorer.errors import UserError, listed
from explorer.storage.files import read_regular_file

ENDS = (".json", ".csv")
"""Of the files that can be written and read."""
MAX_BYTES = 256 * 2**20
"""Of a file that is read: twenty reviewers of 8,192 neurons write some 60 MB of JSON."""


def export_json(store: AuditStore) -> bytes:
    """Everything that was ever said, with history, resolutions and tests. The same audit gives the same bytes."""
    with store.reading() as rows:
        return json_bytes(store.run, rows)


def export_csv(store: AuditStore) -> bytes:
    """What is said now, a row per neuron and reviewer, safe to open in a spreadsheet."""
    return csv_of(store.run, store.load())


def read_file(path: Path) -> bytes:
    """The content of a file to import."""
    try:
        return read_regular_file(path, MAX_BYTES)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None


def read_record(store: AuditStore, content: bytes, name: str, reviewer: str = "", other_run: bool = False) -> Record:
    """What a file says of the store's run, every line checked.

    name: of the file; its end says what it is.
    reviewer: of lines of a CSV that name nobody.
    other_run: whether the audit of another run may arrive, as inherited.
    """
    end = Path(name).suffix.lower()
    if end not in ENDS:
        raise UserError(f"{name} ends in none of {listed(ENDS)}, so it is not an audit.")
    if len(content) > MAX_BYTES:
        raise UserError(f"{name} has more than {MAX_BYTES // 2**20} MiB; it is not read.")
    record = read_csv(content, name, reviewer) if end == ".csv" else read_json(content, name)
    return checked_record(store.run, record, name, other_run)


def preview_import(store: AuditStore, record: Record) -> Merged:
    """What importing a record would change; stores nothing."""
    with store.reading() as rows:
        return compare(rows, record)[0]


def import_record(store: AuditStore, record: Record, overwrite: bool = False, seen: Merged | None = None) -> Merged:
    """Store what is new in a record, whole or not at all.

    overwrite: also where a review here differs from the record. The history keeps both.
    seen: the preview that this was decided by; refused if there are other conflicts meanwhile.
    """
    with store.reading() as rows:
        merged, _ = compare(rows, record, overwrite)
    if not merged.changes:
        return merged
    with store.writing() as rows:
        merged, said = compare(rows, record, overwrite)
        if overwrite and seen is not None and merged.conflicts != seen.conflicts:
            raise UserError("Somebody stored something meanwhile; look at what differs now, then decide again.")
        rows.add(said)
    return merged
