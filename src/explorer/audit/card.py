"""What people say about a run, on its card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from explorer.audit.store import AuditStore, anything_said
from explorer.audit.summary import summarise_audit
from explorer.audit.values import Audit
from explorer.errors import UserError
from explorer.runs import Run, RunEntry, load_run, read_entry, run_card
from explorer.text import md_escape

TITLE = "## What people say"


def audited_card(run: RunEntry | Path, opened: Callable[[Path], Run] = load_run) -> str:
    """The card of a run folder, with what people say of its neurons if anybody said anything; where the database cannot
    be used, with why. `opened` opens the folder, which only an audit needs."""
    entry = run if isinstance(run, RunEntry) else read_entry(Path(run))
    if entry.manifest is None:
        raise UserError(entry.problem)
    try:
        if not anything_said(entry.manifest.digest):
            return run_card(entry)
        found = opened(entry.path)
        return run_card(entry, [audit_section(found, AuditStore(found).load())])
    except UserError as problem:
        return run_card(entry, [f"{TITLE}\n\n{md_escape(problem)}"])


def audit_fault(run: RunEntry) -> str:
    """Why the audit of a run cannot be read; empty if it can."""
    try:
        anything_said(run.manifest.digest)
        return ""
    except UserError as problem:
        return str(problem)


def audit_section(run: Run, audit: Audit) -> str:
    """The state of a run's audit as Markdown."""
    summary = summarise_audit(run, audit)
    rows = "\n".join(f"| {md_escape(name)} | {md_escape(value)} |" for name, value in summary.lines())
    return f"{TITLE}\n\n**{md_escape(summary.sentence())}.**\n\n| | |\n| --- | --- |\n{rows}"
