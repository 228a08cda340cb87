"""People's own names for neurons in place of the proposed ones, everywhere: pages and commands open runs here."""

from __future__ import annotations

import logging
from pathlib import Path

from explorer.audit.store import AuditStore
from explorer.errors import UserError
from explorer.runs import Run, load_run


def open_run(folder: Path | str) -> Run:
    """Open a run folder, its neurons called as people call them.

    Where the database cannot be used, the proposed names stay, and a warning says why: a run is there without it, too.
    """
    run = load_run(Path(folder))
    try:
        return run.called(AuditStore(run).load().own_names())
    except UserError as problem:
        logging.getLogger(__name__).warning("%s Neurons have their proposed names.", problem)
        return run
