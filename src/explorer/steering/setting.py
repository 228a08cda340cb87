"""What is chosen on the steering page, as one value: what an address and a file say of it, and what is wrong with them.

Whoever reads a setting gets the good part of it, and a sentence for everything that was left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args
from urllib.parse import quote, unquote

import torch

from explorer.choices import STEERING_MODES, STEERING_UNITS, SteeringMode
from explorer.errors import UserError, listed, quoted, shortened
from explorer.measures import SHOWN_LENGTH
from explorer.runs import Run
from explorer.steering.edits import Action, AnyEdit, Concept, ConceptEdit, Edit, check_edit, edits_text, read_edits
from explorer.steering.grouping import concepts_of, remembered
from explorer.steering.hiding import Hide, hidden_items, hide_text, read_hide
from explorer.steering.knobs import KNOB_CHOICES, KnobChoice

Part = TypeVar("Part")
VIEWS = ("list", "item", "experiment")
"""Parts of the page."""
PARAMETERS = ("view", "edits", "mode", "hide", "pins", "sliders", "top", "of")
"""Names in the address. `of` is the run's fingerprint: what `edits`, `hide` and `pins` mean depends on the run."""
OF_A_RUN = ("edits", "hide", "pins")
MAX_TEXT = 20_000
"""Characters of one parameter; a link with more was not made by hand or by the page."""
MAX_LENGTH = 200
"""Items of a list on the page."""
_HUGE = 1e300
"""Numbers in a file beyond this are not numbers of ours."""
_MAX_PROBLEMS = 3
"""Sentences about one parameter; further ones are counted."""


@dataclass(frozen=True)
class Setting:
    """Everything that makes a steered list what it is, but the run and the person."""

    edits: tuple[AnyEdit, ...] = ()
    mode: SteeringMode = "exact"
    hide: tuple[Hide, ...] = ()
    """Neurons whose items the steered list never shows."""
    pins: tuple[str, ...] = ()
    """Keys of knobs that are shown whoever the person is: a neuron's number as text, or a concept's name."""
    sliders: KnobChoice = "strongest"
    """How the other sliders are chosen."""
    top: int = SHOWN_LENGTH
    """Length of the lists."""
    view: str = VIEWS[0]
    """Part of the page."""


@dataclass(frozen=True)
class ReadSetting:
    """A setting as far as it could be read."""

    setting: Setting
    problems: tuple[str, ...] = ()
    """A sentence for everything that was left out."""


def fingerprint(run: Run) -> str:
    """Eight hexadecimal digits that change when the neurons do: of the autoencoder's weights and the data set."""
    return remembered(run, "fingerprint", lambda: _fingerprint(run))


def _fingerprint(run: Run) -> str:
    digest = hashlib.sha256(run.dataset.fingerprint.encode())
    for name, tensor in sorted(run.sae.tensors().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().to(torch.float32).contiguous().numpy().tobytes())
    return digest.hexdigest()[:8]


def parameters_of_setting(run: Run, setting: Setting) -> dict[str, str]:
    """All of `PARAMETERS`; nothing for what is as usual."""
    usual = Setting()
    said = {
        "view": setting.view if setting.view != usual.view else "",
        "edits": edits_text(setting.edits),
        "mode": setting.mode if setting.mode != usual.mode else "",
        "hide": hide_text(setting.hide),
        "pins": ",".join(quote(pin, safe=" ") for pin in setting.pins),
        "sliders": setting.sliders if setting.sliders != usual.sliders else "",
        "top": str(setting.top) if setting.top != usual.top else "",
    }
    return {**said, "of": fingerprint(run) if any(said[name] for name in OF_A_RUN) else ""}


def read_parameters(run: Run, texts: Mapping[str, str], asked_run: str | None = None) -> ReadSetting:
    """The inverse of `parameters_of_setting`, of an address that anybody may have written.

    asked_run: the run that the address names, where another one is shown.
    """
    reader = _Reader(run)
    texts = {name: text for name, text in texts.items() if text}
    for name in list(texts):
        if len(texts[name]) > MAX_TEXT:
            size = len(texts.pop(name))
            reader.problems.append(f"“{name}” has {size:,} characters; at most {MAX_TEXT:,} are read.")
    own = [name for name in OF_A_RUN if name in texts]
    if own and (asked_run is not None or texts.get("of") not in (None, fingerprint(run))):
        where = f"the run {quoted(asked_run)}" if asked_run else "another run, or before a new training of this one"
        what = listed(f"“{name}={shortened(texts.pop(name))}”" for name in own)
        reader.problems.append(f"The link was made on {where}; its {what} would mean something else here.")
    return ReadSetting(
        Setting(
            edits=reader.edits(texts.get("edits", "")),
            mode=reader.one_of("mode", texts, STEERING_MODES),
            hide=reader.hide(texts.get("hide", "")),
            pins=reader.pins(texts.get("pins", "")),
            sliders=reader.one_of("sliders", texts, KNOB_CHOICES),
            top=reader.top(texts.get("top")),
            view=reader.one_of("view", texts, VIEWS),
        ),
        tuple(reader.problems),
    )


def record_of_setting(setting: Setting) -> dict[str, Any]:
    """For a JSON file."""
    return {
        "edits": [
            {"concept": edit.concept, "value": edit.value}
            if isinstance(edit, ConceptEdit)
            else {"neuron": edit.neuron, "action": edit.action, "value": edit.value, "unit": edit.unit}
            for edit in setting.edits
        ],
        "mode": setting.mode,
        "hide": [{"neuron": each.neuron, "share": each.share} for each in setting.hide],
        "pins": list(setting.pins),
        "sliders": setting.sliders,
        "top": setting.top,
    }


def read_record(run: Run, record: object) -> ReadSetting:
    """The inverse of `record_of_setting`, of a file that anybody may have written."""
    if not isinstance(record, dict):
        raise UserError("The file has no setting.")
    reader = _Reader(run)
    texts = {name: str(record[name]) for name in ("mode", "sliders", "top") if name in record}
    edits = reader.each(_listed(record, "edits"), lambda each: reader.checked(_edit_of_record(each)))
    pins = [str(pin) for pin in _listed(record, "pins")]
    return ReadSetting(
        Setting(
            edits=tuple(edits),
            mode=reader.one_of("mode", texts, STEERING_MODES),
            hide=reader.hidden(reader.each(_listed(record, "hide"), _hide_of_record)),
            pins=reader.pinned(pins),
            sliders=reader.one_of("sliders", texts, KNOB_CHOICES),
            top=reader.top(texts.get("top")),
        ),
        tuple(reader.problems),
    )


def _listed(record: dict, name: str) -> list:
    value = record.get(name, [])
    if not isinstance(value, list):
        raise UserError(f"The file's “{name}” is not a list.")
    return value


def _edit_of_record(record: object) -> AnyEdit:
    value = record.get("value") if isinstance(record, dict) else None
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _HUGE:
        action, unit = record.get("action", "set"), record.get("unit", "max")
        if isinstance(record.get("concept"), str):
            return ConceptEdit(record["concept"], float(value))
        if _is_neuron(record.get("neuron")) and action in get_args(Action) and unit in STEERING_UNITS:
            return Edit(record["neuron"], action, float(value), unit)
    raise UserError(f"{quoted(record)} is not a change.")


def _hide_of_record(record: object) -> Hide:
    share = record.get("share") if isinstance(record, dict) else None
    if isinstance(share, int | float) and abs(share) < _HUGE and _is_neuron(record.get("neuron")):
        return Hide(record["neuron"], float(share))
    raise UserError(f"{quoted(record)} does not say which neuron to hide.")


def _is_neuron(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class _Reader:
    """Reads parts of a setting for a run, and remembers what was wrong."""

    def __init__(self, run: Run):
        self.run, self.problems = run, []

    @property
    def concepts(self) -> Mapping[str, Concept]:
        return concepts_of(self.run)

    def edits(self, text: str) -> tuple[AnyEdit, ...]:
        edits = [edit for each in self._parts(text, read_edits) for edit in each]
        good = self.each(edits, self.checked)
        last = {knob_key(edit): edit for edit in good}
        for key in last:
            if sum(knob_key(edit) == key for edit in good) > 1:
                what, value = last[key].what, f"{last[key].value:g}"
                self.problems.append(f"It changes {what} more than once; the last value, {value}, counts.")
        return tuple(last.values())

    def checked(self, edit: AnyEdit) -> AnyEdit:
        check_edit(edit, self.run.index.n, self.concepts)
        return edit

    def hide(self, text: str) -> tuple[Hide, ...]:
        return self.hidden([hide for each in self._parts(text, read_hide) for hide in each])

    def hidden(self, hide: Iterable[Hide]) -> tuple[Hide, ...]:
        good = self.each(hide, lambda each: (hidden_items(self.run, [each]), each)[1])
        return tuple({each.neuron: each for each in good}.values())

    def pins(self, text: str) -> tuple[str, ...]:
        return self.pinned(unquote(part) for part in text.split(",") if part)

    def pinned(self, keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.each(keys, self._checked_pin)))

    def top(self, text: str | None) -> int:
        if text is None:
            return SHOWN_LENGTH
        if text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= MAX_LENGTH:
            return int(text)
        self.problems.append(f"A list has 1 to {MAX_LENGTH} places, not {quoted(text)}; it has {SHOWN_LENGTH} now.")
        return SHOWN_LENGTH

    def one_of(self, name: str, texts: Mapping[str, str], known: tuple) -> Any:
        text = texts.get(name, known[0])
        if text in known:
            return text
        self.problems.append(
            f"“{name}” cannot be {quoted(text)}; it is {known[0]} now, and can be {listed(known[1:])}."
        )
        return known[0]

    def _checked_pin(self, key: str) -> str:
        if key.isascii() and key.isdecimal():
            self.run.neuron(key)
        else:
            self.checked(ConceptEdit(key, 0.0))
        return key

    def _parts(self, text: str, read: Callable[[str], Part]) -> list[Part]:
        return self.each(filter(None, text.split(",")), read)

    def each(self, parts: Iterable, read: Callable) -> list:
        """What could be read; the first few faults become sentences, the others are counted."""
        done, faults = [], []
        for part in parts:
            try:
                done.append(read(part))
            except UserError as error:
                faults.append(str(error))
        self.problems += faults[:_MAX_PROBLEMS]
        if len(faults) > _MAX_PROBLEMS:
            self.problems.append(f"{len(faults) - _MAX_PROBLEMS} further parts are not of this run either.")
        return done


def knob_key(edit: AnyEdit) -> str:
    """The key of the knob that an edit turns."""
    return edit.concept if isinstance(edit, ConceptEdit) else str(edit.neuron)
