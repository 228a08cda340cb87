"""What is changed of a person's code: single neurons, and concepts that several neurons share.

Values are in the units of sliders: 0 is off, 1 the strongest user of the data, and below 0 pushes against the concept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote

import numpy as np

from explorer.choices import SteeringUnit
from explorer.errors import UserError

Action = Literal["set", "add", "scale"]
MAX_VALUE = 1e6
"""Largest value of an edit; sliders end far below, and beyond the list no longer changes."""


@dataclass(frozen=True)
class Edit:
    """One change of one neuron."""

    neuron: int
    action: Action
    """`set` it to the value, `add` the value, or `scale` it by the value."""
    value: float
    """May be negative: to suppress a concept, switching its neuron off is often not enough."""
    unit: SteeringUnit = "max"
    """Of the value of `set` and `add`: `max`, multiples of the neuron's maximum over users (`Run.units`), or raw
    `activation`."""

    @property
    def what(self) -> str:
        return f"neuron {self.neuron}"


@dataclass(frozen=True)
class ConceptEdit:
    """A concept that is set to a value."""

    concept: str
    """The name of one of the run's concepts."""
    value: float

    @property
    def what(self) -> str:
        return f"“{self.concept}”"


AnyEdit = Edit | ConceptEdit


@dataclass(frozen=True, eq=False)
class Concept:
    """Neurons that mean one thing and move together as one knob.

    Its value for a person is the weighted mean of the members' values, divided by that of the strongest user.
    """

    name: str
    neurons: tuple[int, ...]
    weights: np.ndarray
    """Float64 `[m]`, above 0, of sum 1: how far each member is evidence of the concept."""
    strongest: float
    """The weighted mean of the user who has most of it, above 0."""

    def value(self, values: np.ndarray) -> float:
        """Of a person with these values of all neurons, float64 `[n]`."""
        mean = 0.0
        for neuron, weight in zip(self.neurons, self.weights, strict=True):
            mean += float(weight) * float(values[neuron])
        return mean / self.strongest

    def changes(self, values: np.ndarray, to: float) -> dict[int, float]:
        """By how much each member changes so that the concept's value becomes `to`.

        Down to 0 all members shrink in proportion, so that at 0 all are off. Above the person's own value, and below 0,
        they move in proportion to their weights.
        """
        own = self.value(values)
        squares = 0.0
        for weight in self.weights:
            squares += float(weight) * float(weight)
        changes = {}
        for neuron, weight in zip(self.neurons, self.weights, strict=True):
            start, push = float(values[neuron]), self.strongest * float(weight) / squares
            if to >= own:
                changes[neuron] = (to - own) * push
            elif to >= 0:
                changes[neuron] = start * (to / own - 1)
            else:
                changes[neuron] = to * push - start
        return changes


def changes_of(
    edits: Iterable[AnyEdit], values: np.ndarray, units: np.ndarray, concepts: Mapping[str, Concept]
) -> dict[int, float]:
    """By how much each edited neuron changes, in units; neurons in ascending order, those that do not change left out.

    Edits of neurons are applied in their order, then each concept's changes are added: they start from the person's own
    values, so that no knob depends on another.

    values: the person's own, in units, float64 `[n]`. units: raw activation of one unit, `[n]`.
    """
    edits = list(edits)
    now: dict[int, float] = {}
    for edit in edits:
        check_edit(edit, len(values), concepts)
        if isinstance(edit, ConceptEdit):
            continue
        amount = edit.value if edit.unit == "max" else edit.value / float(units[edit.neuron])
        current = now.get(edit.neuron, float(values[edit.neuron]))
        if edit.action == "set":
            now[edit.neuron] = amount
        elif edit.action == "add":
            now[edit.neuron] = current + amount
        elif edit.action == "scale":
            now[edit.neuron] = current * edit.value
        else:
            raise UserError(f"The action {edit.action!r} does not exist; it is set, add or scale.")
    changes = {neuron: value - float(values[neuron]) for neuron, value in now.items()}
    for edit in edits:
        if isinstance(edit, ConceptEdit):
            for neuron, change in concepts[edit.concept].changes(values, edit.value).items():
                changes[neuron] = changes.get(neuron, 0.0) + change
    return {neuron: changes[neuron] for neuron in sorted(changes) if changes[neuron]}


def check_edit(edit: AnyEdit, n: int, concepts: Mapping[str, Concept]) -> None:
    """Refuse an edit that a run of n neurons and these concepts cannot have."""
    if not math.isfinite(edit.value):
        raise UserError(f"The value {edit.value} for {edit.what} is not a finite number.")
    if abs(edit.value) > MAX_VALUE:
        raise UserError(f"The value {edit.value:g} for {edit.what} is beyond ±{MAX_VALUE:g}.")
    if isinstance(edit, ConceptEdit):
        if edit.concept not in concepts:
            some = ", ".join(list(concepts)[:5]) or "none"
            raise UserError(f"This run has no concept {edit.what}; its concepts are, for example, {some}.")
    elif not 0 <= edit.neuron < n:
        raise UserError(f"There is no neuron {edit.neuron}; this run has the neurons 0 to {n - 1}.")


def edits_text(edits: Iterable[AnyEdit]) -> str:
    """Edits that set neurons and concepts, as one text for addresses and files: `17:1.2,Horror:-0.5`."""
    parts = []
    for edit in edits:
        knob = quote(edit.concept, safe=" ") if isinstance(edit, ConceptEdit) else str(edit.neuron)
        parts.append(f"{knob}:{edit.value!r}")
    return ",".join(parts)


def read_edits(text: str) -> list[AnyEdit]:
    """The inverse of `edits_text`. Raises `UserError` where the text is not of that form; whether a run has the neurons
    and concepts is known when they are applied."""
    edits: list[AnyEdit] = []
    for part in filter(None, text.split(",")):
        knob, colon, number = part.rpartition(":")
        try:
            value = float(number)
        except ValueError:
            colon = ""
        if not colon or not knob:
            raise UserError(f"“{part}” is not a change; a change is NEURON:VALUE or CONCEPT:VALUE, as in 17:1.2.")
        edits.append(edit_of(unquote(knob), value))
    return edits


def edit_of(key: str, value: float) -> AnyEdit:
    """The edit that turns the knob of a key, a neuron's number or a concept's name, to a value."""
    return Edit(int(key), "set", value) if is_number(key) else ConceptEdit(key, value)


def is_number(name: str) -> bool:
    """Whether the key of a knob is a neuron's number, not a concept's name."""
    return name.isascii() and name.isdecimal() and len(name) < 10
