"""The audit of a run travels in the run's zip, and is merged into the audit of wherever it arrives.

It is a file of its own beside those of the run. A run's files are its own evidence, each with its checksum; the audit
is what people said about it. So an audit that is damaged, or that somebody made up, keeps nobody from importing the
run: the run is imported, nothing of the audit is, and a sentence says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import URL

from explorer.audit.exchange import export_json, import_record, read_record
from explorer.audit.merging import Merged
from explorer.audit.store import AuditStore, anything_said
from explorer.errors import UserError
from explorer.runs import AUDIT_FILE, export_run, import_run, load_run, read_beside, read_manifest


@dataclass(frozen=True)
class Arrived:
    """A run that was imported."""

    path: Path
    audit: Merged | None = None
    """What its audit changed here; None if it brought none."""
    problem: str = ""
    """Why its audit was not imported; empty if it was, or if there is none."""

    def sentence(self) -> str:
        """`Imported as final; of its audit 12 reviews new, 0 known already`."""
        if self.problem:
            return f"Imported as {self.path.name}, but without its audit: {self.problem}"
        if self.audit is None:
            return f"Imported as {self.path.name}."
        if not self.audit.changes and not self.audit.conflicts:
            return f"Imported as {self.path.name}; its audit is known here already."
        return f"Imported as {self.path.name}; of its audit {self.audit.sentence()}."


def export_with_audit(folder: Path, url: str | URL | None = None) -> bytes:
    """A run as a zip, with its audit if anybody said anything. The same run and audit give the same bytes."""
    folder = Path(folder)
    if not anything_said(read_manifest(folder).digest, url):
        return export_run(folder)
    return export_run(folder, {AUDIT_FILE: export_json(AuditStore(load_run(folder), url))})


def import_with_audit(
    archive: BinaryIO | Path, runs: Path, name: str | None = None, url: str | URL | None = None
) -> Arrived:
    """Unpack a run, whole or not at all, and merge the audit that it brings into the one here; what differs here is
    left as it is."""
    content, problem = None, ""
    try:
        content = read_beside(archive, AUDIT_FILE)
    except UserError as damage:  # of the run too, maybe: then the next line says so
        problem = str(damage)
    path = import_run(archive, runs, name)
    if content is None:
        return Arrived(path, None, problem)
    try:
        store = AuditStore(load_run(path), url)
        return Arrived(path, import_record(store, read_record(store, content, AUDIT_FILE)))
    except UserError as fault:
        return Arrived(path, None, str(fault))
