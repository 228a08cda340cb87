"""What people say about the neurons of a run: verdicts, own names, tests, and whether people agree."""

from explorer.audit.naming import open_run
from explorer.audit.store import AuditStore, Conflict
from explorer.audit.values import (
    CONFIDENCES,
    JUDGEMENTS,
    STANDINGS,
    TRIAL_KINDS,
    VERDICTS,
    Audit,
    Resolution,
    Review,
    Standing,
    Trial,
    TrialKind,
    Verdict,
)

__all__ = [
    "CONFIDENCES",
    "JUDGEMENTS",
    "STANDINGS",
    "TRIAL_KINDS",
    "VERDICTS",
    "Audit",
    "AuditStore",
    "Conflict",
    "Resolution",
    "Review",
    "Standing",
    "Trial",
    "TrialKind",
    "Verdict",
    "open_run",
]
