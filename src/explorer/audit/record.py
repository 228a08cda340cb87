"""The audit of a run as one value that can be written into a file and read back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from explorer.audit.checks import checked_resolution, checked_review, checked_trial
from explorer.audit.values import Resolution, Review, Trial
from explorer.errors import UserError
from explorer.runs import Run

CONTENT = ("verdict", "name", "note", "tags", "confidence", "blind", "inherited")
"""What a review says; the rest is who said it when, and of what."""
DIGITS = 12
"""Of a run's digest where it is written for people to see."""
MAX_FAULTS = 8
"""Of a file, that a sentence names one by one."""


@dataclass(frozen=True)
class Record:
    """What people said about a run."""

    digest: str = ""
    """The run's, or its first `DIGITS` digits; empty if the file does not say."""
    run: str = ""
    """Its name when the file was written."""
    reviews: tuple[tuple[str, Review], ...] = ()
    """With where in the file each is, for a sentence. Several of one reviewer and neuron are in the order in which they
    were said."""
    resolutions: tuple[tuple[str, Resolution], ...] = ()
    trials: tuple[tuple[str, Trial], ...] = ()
    given: frozenset[str] = frozenset(CONTENT)
    """What the file says of a review; the rest is left as it is."""
    faults: tuple[str, ...] = ()
    """What was wrong with it already when it was read."""


def checked_record(run: Run, record: Record, what: str, other_run: bool = False) -> Record:
    """A record whose every line may be stored for a run.

    A record of another run is refused unless `other_run`: then what it says now arrives as inherited from there,
    without what was agreed on and without tests, which are of that run's own neurons.

    Raises `UserError` that names all that is wrong, as far as a sentence can.
    """
    if record.digest and not run.digest.startswith(record.digest):
        if not other_run:
            raise UserError(
                f"{what} is the audit of another run ({record.run or 'of unknown name'}, {record.digest[:DIGITS]}), "
                f"not of {run.name} ({run.digest[:DIGITS]}); import it there, or here as that of another run "
                "(--other-run)."
            )
        record = _inherited(record)
    faults = list(record.faults)

    def checked(check, entries):
        found = []
        for where, said in entries:
            try:
                found.append((where, check(run, said)))
            except UserError as fault:
                faults.append(f"{where}: {str(fault).rstrip('.')}")
        return tuple(found)

    record = replace(
        record,
        reviews=checked(checked_review, record.reviews),
        resolutions=checked(checked_resolution, record.resolutions),
        trials=checked(checked_trial, record.trials),
    )
    if faults:
        raise _faulty(what, faults)
    return record


def _faulty(what: str, faults: list[str]) -> UserError:
    """All that is wrong with a file, of which nothing is imported then."""
    named = "; ".join(faults[:MAX_FAULTS])
    more = f" and {len(faults) - MAX_FAULTS:,} more" if len(faults) > MAX_FAULTS else ""
    return UserError(f"{what} cannot be imported, and nothing of it was: {named}{more}.")


def _inherited(record: Record) -> Record:
    latest = {(said.neuron, said.reviewer.casefold()): (where, said) for where, said in record.reviews}
    source = record.run or record.digest[:DIGITS]
    return replace(
        record,
        reviews=tuple(
            (where, replace(said, inherited=source, action="inherit", seconds=None))
            for where, said in latest.values()
            if not said.inherited
        ),
        resolutions=(),
        trials=(),
    )
