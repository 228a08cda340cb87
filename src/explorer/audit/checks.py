"""What may be stored: a sentence for everything that may not."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import replace

from explorer.audit.values import (
    ACTIONS,
    CONFIDENCES,
    MAX_NOTE,
    MAX_OWN_NAME,
    MAX_REVIEWER,
    MAX_TAG,
    MAX_TAGS,
    TRIAL_KINDS,
    VERDICTS,
    Resolution,
    Review,
    Trial,
)
from explorer.errors import UserError, listed, quoted
from explorer.runs import Run


def checked_review(run: Run, said: Review) -> Review:
    """A review that may be stored, its texts without the space around them."""
    tags = tuple(dict.fromkeys(filter(None, (line(tag, "A tag", MAX_TAG) for tag in said.tags))))
    if len(tags) > MAX_TAGS:
        raise UserError(f"There are {len(tags)} tags; a review may have at most {MAX_TAGS}.")
    _check_verdict(said)
    if said.confidence is not None and said.confidence not in CONFIDENCES:
        raise UserError(f"The confidence {said.confidence} must be 1, 2 or 3.")
    if said.action not in ACTIONS:
        raise UserError(f"{quoted(said.action)} is not an action of the audit.")
    return replace(
        said,
        **_checked_words(run, said),
        tags=tags,
        inherited=line(said.inherited, "The name of a run", MAX_OWN_NAME),
        confidence=None if said.confidence is None else int(said.confidence),
        blind=bool(said.blind),
        seconds=_seconds(said.seconds),
    )


def checked_resolution(run: Run, said: Resolution) -> Resolution:
    """A resolution that may be stored."""
    _check_verdict(said)
    return replace(said, **_checked_words(run, said))


def _checked_words(run: Run, said: Review | Resolution) -> dict[str, int | str]:
    """What both have: of which neuron, by whom, its name and the note."""
    return {
        "neuron": run.neuron(said.neuron),
        "reviewer": checked_reviewer(said.reviewer),
        "name": line(said.name, "A neuron's name", MAX_OWN_NAME),
        "note": _text(said.note, "The note", MAX_NOTE),
    }


def checked_trial(run: Run, trial: Trial) -> Trial:
    """An answered test that may be stored."""
    if trial.kind not in TRIAL_KINDS:
        raise UserError(f"{quoted(trial.kind)} is not a test of the audit; choose one of {listed(TRIAL_KINDS)}.")
    rows = (*trial.items, *trial.answer, *trial.right)
    if not all(0 <= row < run.dataset.n_items for row in rows):
        raise UserError(f"A test of neuron {trial.neuron} has items that this run does not have.")
    if not (0 <= trial.correct <= trial.decisions and trial.decisions > 0 and 0 <= trial.chance <= 1):
        raise UserError(f"The score of a test of neuron {trial.neuron} is impossible.")
    return replace(
        trial,
        neuron=run.neuron(trial.neuron),
        reviewer=checked_reviewer(trial.reviewer),
        items=_integers(trial.items),
        answer=_integers(trial.answer),
        right=_integers(trial.right),
        seed=int(trial.seed),
        seconds=_seconds(trial.seconds),
    )


def _check_verdict(said: Review | Resolution) -> None:
    if said.verdict is not None and said.verdict not in VERDICTS:
        raise UserError(f"{quoted(said.verdict)} is not a verdict; choose one of {listed(VERDICTS)}.")


def _integers(rows: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(row) for row in rows)  # of NumPy, which no database takes


def _seconds(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) and value >= 0 else None


def checked_reviewer(name: str) -> str:
    """A reviewer's name."""
    found = line(name, "A reviewer's name", MAX_REVIEWER)
    if not found:
        raise UserError("The reviewer has no name; type one.")
    return found


def line(text: str, what: str, most: int) -> str:
    """Text on one line: in any script, without space around it, runs of space as one, nothing that turns the line
    around; empty if there is nothing to see in it."""
    text = "".join(letter for letter in " ".join(_text(text, what, most).split()) if letter not in _TURNING)
    return text if any(unicodedata.category(letter) not in _INVISIBLE for letter in text) else ""


_INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that set the direction of what follows, beyond the text itself."""


def _text(text: str, what: str, most: int) -> str:
    if text == "":  # as most are, of the many of a file
        return ""
    text = unicodedata.normalize("NFC", str(text)).replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))
    text = text.strip()
    if len(text) > most:
        raise UserError(f"{what} has {len(text):,} characters; it may have at most {most:,}.")
    return text
