"""What may be stored: a sentence for everything that may not."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import get_args

from explorer.audit.values import (
    CONFIDENCES,
    MAX_NOTE,
    MAX_OWN_NAME,
    MAX_REVIEWER,
    MAX_TAG,
    MAX_TAGS,
    VERDICTS,
    Action,
    Resolution,
    Review,
)
from explorer.errors import UserError, listed, quoted
from explorer.runs import Run


def checked_review(run: Run, said: Review) -> Review:
    """A review that may be stored, its texts without the space around them."""
    tags = tuple(dict.fromkeys(filter(None, (line(tag, "A tag", MAX_TAG) for tag in said.tags))))
    if len(tags) > MAX_TAGS:
        raise UserError(f"There are {len(tags)} tags; a review may have at most {MAX_TAGS}.")
    if said.verdict is not None and said.verdict not in VERDICTS:
        raise UserError(f"{quoted(said.verdict)} is not a verdict; choose one of {listed(VERDICTS)}.")
    if said.confidence is not None and said.confidence not in CONFIDENCES:
        raise UserError(f"The confidence {said.confidence} must be 1, 2 or 3.")
    if said.action not in get_args(Action):
        raise UserError(f"{quoted(said.action)} is not an action of the audit.")
    return replace(
        said,
        neuron=run.neuron(said.neuron),
        reviewer=checked_reviewer(said.reviewer),
        name=line(said.name, "A neuron's name", MAX_OWN_NAME),
        note=_text(said.note, "The note", MAX_NOTE),
        tags=tags,
    )


def checked_resolution(run: Run, said: Resolution) -> Resolution:
    """A resolution that may be stored."""
    if said.verdict is not None and said.verdict not in VERDICTS:
        raise UserError(f"{quoted(said.verdict)} is not a verdict; choose one of {listed(VERDICTS)}.")
    return replace(
        said,
        neuron=run.neuron(said.neuron),
        reviewer=checked_reviewer(said.reviewer),
        name=line(said.name, "A neuron's name", MAX_OWN_NAME),
        note=_text(said.note, "The note", MAX_NOTE),
    )


def checked_reviewer(name: str) -> str:
    """A reviewer's name."""
    found = line(name, "A reviewer's name", MAX_REVIEWER)
    if not found:
        raise UserError("The reviewer has no name; type one.")
    return found


def line(text: str, what: str, most: int) -> str:
    """Text on one line: in any script, without space around it, runs of space as one, nothing invisible."""
    return " ".join(_text(text, what, most).split())


def _text(text: str, what: str, most: int) -> str:
    text = unicodedata.normalize("NFC", str(text)).replace("\r\n", "\n").strip()
    text = "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))
    if len(text) > most:
        raise UserError(f"{what} has {len(text):,} characters; it may have at most {most:,}.")
    return text
