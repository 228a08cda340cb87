"""People's own names for neurons in place of the proposed ones, everywhere: pages and commands open runs here."""

from __future__ import annotations

from pathlib import Path

from explorer.audit.store import AuditStore
from explorer.runs import Run, load_run


def open_run(folder: Path) -> Run:
    """Open a run folder, its neurons called as people call them."""
    run = load_run(folder)
    return run.called(AuditStore(run).load().own_names())
