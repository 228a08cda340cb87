"""The audit of a run as JSON: everything, with its history, resolutions and tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from explorer.audit.record import Record
from explorer.audit.rows import Rows, moment_text
from explorer.audit.values import MAX_NOTE, Action, Resolution, Review, Trial, TrialKind, Verdict
from explorer.errors import UserError, quoted
from explorer.runs import Run
from explorer.settings import requirement

FORMAT, VERSION = "concept-explorer-audit", 1
_MAX_TEXT = 4 * MAX_NOTE
"""Before a text is normalised and measured in a sentence of its own."""


def json_bytes(run: Run, rows: Rows | None) -> bytes:
    """All that was ever said of a run. The same audit gives the same bytes."""
    record = {
        "format": FORMAT,
        "version": VERSION,
        "run": {
            "digest": run.digest,
            "name": run.name,
            "dataset": run.dataset.name,
            "neurons": run.index.n,
        },
        **{
            name: [vars(said) for said in sorted(getattr(rows, name)() if rows else (), key=order)]
            for name, order in _ORDERS.items()
        },
    }
    return (json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


_ORDERS: dict[str, Callable[[Any], tuple]] = {
    "reviews": lambda said: (said.neuron, said.reviewer.casefold(), said.version),
    "resolutions": lambda said: (said.neuron, said.version),
    "trials": lambda said: (said.neuron, said.reviewer.casefold(), said.at),
}
"""What belongs to one history together and oldest first, not as a database or a file happens to have it."""


def read_json(content: bytes, what: str) -> Record:
    """The record of a file of `json_bytes`; raises `UserError` if it is none."""
    try:
        found = _File.model_validate_json(content)
    except ValidationError as error:
        raise _refusal(what, error, content) from None
    return Record(
        digest=found.run.digest,
        run=found.run.name,
        reviews=_placed("review", found.reviews, Review, _ORDERS["reviews"]),
        resolutions=_placed("resolution", found.resolutions, Resolution, _ORDERS["resolutions"]),
        trials=_placed("test", found.trials, Trial, _ORDERS["trials"]),
    )


def _refusal(what: str, error: ValidationError, content: bytes) -> UserError:
    fault = error.errors(include_url=False, include_input=True)[0]
    where = fault["loc"]
    if fault["type"] == "json_invalid":
        return UserError(f"{what} is not JSON, or it is cut short; export the audit again.")
    if where[:1] == ("version",) and isinstance(fault.get("input"), int) and fault["input"] > VERSION:
        return UserError(f"{what} was written by a newer version of Concept Explorer; update this one.")
    if not where or where[:1] in (("format",), ("version",)):
        return UserError(f"{what} is not an audit; give a file that Export wrote.")
    place = f"{where[0]}[{where[1] + 1}]" if len(where) > 1 and isinstance(where[1], int) else where[0]
    name = ".".join(str(part) for part in where[1:] if not isinstance(part, int))
    value = quoted(fault["input"]) if isinstance(fault.get("input"), str | int | float) else "it"
    said = f"{place} {name} {value}".replace("  ", " ")
    return UserError(f"{what} cannot be imported, and nothing of it was: {said} {_requirement(fault)}.")


def _requirement(fault: dict[str, Any]) -> str:
    return "must be a time, ISO 8601" if fault["type"] == "value_error" else requirement(fault)


def _placed(what: str, found: list[Any], kind: type, order: Callable[[Any], tuple]) -> tuple:
    """As values, with where they are in the file."""
    placed = [(f"{what} {place + 1}", kind(**dict(one))) for place, one in enumerate(found)]
    return tuple(sorted(placed, key=lambda entry: order(entry[1])))


def utc(text: str) -> str:
    """A time as it is stored; empty if there is none."""
    if not text:
        return ""
    try:
        return moment_text(datetime.fromisoformat(text))
    except OverflowError:
        raise ValueError("out of range") from None


_Text = Annotated[str, StringConstraints(max_length=_MAX_TEXT)]
_Time = Annotated[str, StringConstraints(max_length=60), AfterValidator(utc)]
_Whole = Annotated[int, Field(ge=-(2**53), le=2**53)]
_Rows = Annotated[tuple[_Whole, ...], Field(max_length=1000)]
_Tags = Annotated[tuple[_Text, ...], Field(max_length=1000)]
_Seconds = Annotated[float, Field(ge=0, le=1e9)] | None


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False, extra="ignore")


class _Review(_Part):
    neuron: _Whole
    reviewer: _Text
    verdict: Verdict | None = None
    name: _Text = ""
    note: _Text = ""
    tags: Annotated[_Tags, Field(strict=False)] = ()
    confidence: _Whole | None = None
    blind: bool = False
    inherited: _Text = ""
    seconds: _Seconds = None
    action: Action = "import"
    version: _Whole = 0
    at: _Time = ""


class _Resolution(_Part):
    neuron: _Whole
    verdict: Verdict | None = None
    name: _Text = ""
    note: _Text = ""
    reviewer: _Text
    version: _Whole = 0
    at: _Time = ""


class _Trial(_Part):
    neuron: _Whole
    reviewer: _Text
    kind: TrialKind
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    items: Annotated[_Rows, Field(strict=False)]
    answer: Annotated[_Rows, Field(strict=False)]
    right: Annotated[_Rows, Field(strict=False)]
    correct: _Whole
    decisions: _Whole
    chance: float
    seconds: _Seconds = None
    at: _Time = ""


class _About(_Part):
    digest: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    name: Annotated[str, StringConstraints(max_length=1000)] = ""


class _File(_Part):
    format: Annotated[str, StringConstraints(pattern=f"^{FORMAT}$")]
    version: Annotated[int, Field(ge=1, le=VERSION)]
    run: _About
    reviews: list[_Review] = []
    resolutions: list[_Resolution] = []
    trials: list[_Trial] = []
