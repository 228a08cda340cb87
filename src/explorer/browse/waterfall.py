"""How much of one score each neuron explains: parts that add up to what the recommender says.

For dot products the split is exact (`explorer.steering.attribution`):

    u·q + b_i + b_u = Σ_k l·s·z_k⟨d_k, q⟩  +  l·⟨m, q⟩  +  ⟨e_u, q⟩  +  b_i  +  b_u

Every term is computed by itself, none as what the others leave, so that their sum is a check. For other scores a
neuron's part is what the score loses when it is switched off, and what single neurons do not add up to is a part of its
own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from explorer.data import Nouns
from explorer.experiments.items import item_units
from explorer.runs import Run
from explorer.steering import Person, person_of
from explorer.steering.person import score_person

Kind = Literal["mean", "item_bias", "user_bias", "neuron", "others", "unexplained", "together"]
MAX_NEURONS = 8
"""Neurons that get a bar of their own; the others are one."""
MIN_SHARE = 0.02
"""A neuron below this share of the largest part is one of the others."""
_MOST = 0.5
"""Share of the score from which on a part is most of it."""


@dataclass(frozen=True)
class Part:
    """What one thing adds to a score, in its units."""

    kind: Kind
    value: float
    neuron: int | None = None
    label: str = ""
    """The neuron's name."""
    of_user: float = 0.0
    """The neuron's activation for the user; 1 is the strongest user."""
    of_item: float = 0.0
    """Its activation on the item; 1 is the strongest item, 0 where it does not fire."""
    neurons: int = 1
    """How many neurons are in it."""

    @property
    def said(self) -> str:
        """The neuron in a sentence: by its name, or by its number where it is only called after items."""
        return f"neuron {self.neuron} ({self.label})" if self.label.startswith("like ") else self.label

    def name(self, nouns: Nouns) -> str:
        """What it is called beside its bar."""
        if self.neuron is not None:
            return f"{self.neuron} · {self.label}"
        return {
            "mean": "What every user gets",
            "item_bias": f"The {nouns.item}’s own level",
            "user_bias": "The user’s own level",
            "others": f"{self.neurons:,} other neuron{'s' if self.neurons > 1 else ''}",
            "unexplained": "Not explained by neurons",
            "together": "Not the sum of single neurons",
        }[self.kind]


@dataclass(frozen=True)
class Waterfall:
    """One score and its parts, in the order of their bars: what is the same for all, the neurons, the largest first,
    and what neurons do not explain. The parts add up to the score."""

    person: Person
    item: int
    """Row number."""
    score: float
    """The recommender's own."""
    parts: tuple[Part, ...]
    exact: bool
    """Whether each neuron's part is its own whatever the others do, as it is of dot products."""

    def bars(self, most: int = MAX_NEURONS) -> list[Part]:
        """The parts with small neurons merged into one."""
        neurons = [part for part in self.parts if part.kind == "neuron"]
        least = MIN_SHARE * max((abs(part.value) for part in self.parts), default=0.0)
        small = [part for i, part in enumerate(neurons) if i >= most or abs(part.value) < least]
        if len(small) < 2:
            return list(self.parts)
        others = Part("others", sum(part.value for part in small), neurons=len(small))
        kept = [part for part in self.parts if not any(part is one for one in small)]
        after = [i for i, part in enumerate(kept) if part.kind in ("unexplained", "together")] or [len(kept)]
        return [*kept[: after[0]], others, *kept[after[0] :]]

    def sentence(self, nouns: Nouns) -> str:
        """`Most of it is Horror (+1.2 of 3.4).`"""
        neurons = [part for part in self.parts if part.kind == "neuron"]
        if not neurons:
            return "No neuron fires for this user, so neurons explain nothing of this score."
        best = max(neurons, key=lambda part: part.value)
        worst = min(neurons, key=lambda part: part.value)
        scale = max(abs(self.score), abs(best.value))
        score = in_digits(self.score, scale)
        if best.value == worst.value == 0:
            return "No neuron changes this score."
        if best.value <= 0:
            taken = signed(worst.value, max(abs(self.score), abs(worst.value)))
            return f"No neuron raises this score; {worst.said} lowers it most ({taken})."
        added = signed(best.value, scale)
        if self.score <= 0 or best.value > self.score:
            return f"Of the neurons, {best.said} raises it most ({added}); the score is {score}."
        if best.value >= _MOST * self.score:
            return f"Most of it is {best.said} ({added} of {score})."
        top = max(self.parts, key=lambda part: part.value)
        if top is best:
            return f"The largest part is {best.said} ({added} of {score})."
        if top.kind == "together" or top.value <= 0:
            return f"Of the neurons, {best.said} adds most ({added} of {score})."
        name = top.name(nouns)
        most = "Most of it is" if _MOST * self.score <= top.value <= self.score else "The largest part is"
        return (
            f"{most} {name[:1].lower()}{name[1:]} ({signed(top.value, scale)} of {score}); "
            f"of the neurons, {best.said} adds most ({added})."
        )

    def as_json(self, nouns: Nouns) -> dict[str, Any]:
        """Score, sentence and all parts."""
        rows = [
            {"part": part.kind, "neuron": part.neuron, "name": part.name(nouns), "value": part.value}
            | ({"of_user": part.of_user, "of_item": part.of_item} if part.kind == "neuron" else {})
            for part in self.parts
        ]
        return {"score": self.score, "exact": self.exact, "sentence": self.sentence(nouns), "parts": rows}


@torch.inference_mode()
def waterfall(run: Run, who: int | Person, item: int) -> Waterfall:
    """The parts of the score of an item (row number) for a user (row number) or somebody else."""
    person = who if isinstance(who, Person) else person_of(run, who)
    model, sae = run.recommender, run.sae
    x, q = person.embedding, model.item_embeddings[item : item + 1]
    code = sae.encode(x, "user")[0]
    active = torch.nonzero((code > 0) & sae.rebuilding())[:, 0]
    steps = sae.lengths(x, "user").double() * sae.scale[0].double() * code[active, None].double() * sae.W_dec[active]
    score = float(score_person(run, person, x, torch.tensor([item]))[0, 0])
    if model.dot_product:
        values = (steps @ q[0].double()).numpy()
        rest = _rest(run, person, item, steps)
    else:
        moved = score_person(run, person, (x - steps).float(), torch.tensor([item]))[:, 0].double().numpy()
        values = score - moved
        rest = [Part("together", score - float(values.sum()))]
    on_item = sae.encode(q, "item")[0].numpy()[active.numpy()] / item_units(run)[active.numpy()]
    of_user = code[active].numpy() / run.units[active.numpy()]
    labels = run.index.neurons["label"]
    neurons = [
        Part("neuron", float(values[i]), int(k), str(labels[int(k)]), float(of_user[i]), float(on_item[i]))
        for i, k in enumerate(active.tolist())
    ]
    neurons.sort(key=lambda part: (-abs(part.value), part.neuron))
    before = [part for part in rest if part.kind in ("mean", "item_bias", "user_bias")]
    after = [part for part in rest if part.kind in ("unexplained", "together")]
    return Waterfall(person, item, score, (*before, *neurons, *after), model.dot_product)


def _rest(run: Run, person: Person, item: int, steps: torch.Tensor) -> list[Part]:
    """All but the neurons' parts of a dot product; biases that are 0 for everybody are left out.

    steps: by how much each neuron moves the user's embedding, float64 `[a, d]`.
    """
    model, sae = run.recommender, run.sae
    q = model.item_embeddings[item].double()
    mean = sae.lengths(person.embedding, "user")[0].double() * sae.mean[0].double()
    unexplained = person.embedding[0].double() - mean - steps.sum(dim=0)
    parts = [Part("mean", float(mean @ q))]
    if model.item_bias.any():
        parts.append(Part("item_bias", float(model.item_bias[item])))
    if model.user_bias.any():
        of_all = model.user_bias.mean() if person.user is None else model.user_bias[person.user]
        parts.append(Part("user_bias", float(of_all)))
    return [*parts, Part("unexplained", float(unexplained @ q))]


def decimals(scale: float) -> int:
    """Digits after the point with which numbers of about this size are written: two that count."""
    return int(np.clip(1 - np.floor(np.log10(abs(scale))), 0, 4)) if scale else 2


def in_digits(value: float, scale: float, more: int = 0) -> str:
    """A number with the digits that suit a scale, or some more, and a true minus."""
    text = f"{value:.{decimals(scale) + more}f}"
    return text.replace("-", "−") if float(text) else text.replace("-", "")


def signed(value: float, scale: float, more: int = 0) -> str:
    """The same with its sign: `+1.2`, `−0.3`."""
    text = in_digits(value, scale, more)
    return text if text.startswith("−") else f"+{text}"
