"""The whole dictionary at a glance: which neurons have a name, which of these people have confirmed, which stand for
popularity alone, and how much of users' taste each part carries. Shapes: n neurons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from explorer import glossary
from explorer.audit import Audit
from explorer.glossary import Term
from explorer.neurons.labels import LITTLE_KNOWN, POPULAR
from explorer.ratio import ratio
from explorer.runs import Run
from explorer.text import percent

Part = Literal["confirmed", "named", "open", "popularity", "silent"]
PARTS: tuple[Part, ...] = get_args(Part)
NAMED_PARTS: tuple[Part, ...] = ("confirmed", "named")
TERMS: dict[Part, Term] = {
    "confirmed": glossary.PART_CONFIRMED,
    "named": glossary.PART_NAMED,
    "open": glossary.PART_OPEN,
    "popularity": glossary.PART_POPULARITY,
    "silent": glossary.PART_SILENT,
}


@dataclass(frozen=True)
class DictionaryPart:
    """One part of the dictionary."""

    part: Part
    neurons: tuple[int, ...]
    """Ascending."""
    share: float
    """Of all neurons."""
    taste: float | None
    """Share of the users' code energy; None if no neuron fires on any user."""

    @property
    def term(self) -> Term:
        return TERMS[self.part]


@dataclass(frozen=True, eq=False)
class Dictionary:
    """Every neuron in exactly one part.

    `confirmed`: it has a name, and what stands for it in the audit is `real`.
    `named`: it has a name that holds on items that it was not made from, or one that people gave it, and nobody has
        confirmed it: nobody has judged it, or it was found to be `partly` true. Where people found that it stands for
        nothing (`not`), or cannot agree (`disputed`), it is not counted as named, whatever its name.
    `popularity`: without such a name; it follows popularity more than random directions do.
    `open`: all others that fire; they are called after examples, or fire too rarely to be judged.
    `silent`: it fires on no item and no user.
    """

    part_of: np.ndarray
    """The part of each neuron, text `[n]`."""
    taste: np.ndarray
    """Share of the users' code energy, z² summed over users, that each neuron carries, `[n]`; NaN if none fires on any
    user. Neurons that do not rebuild users, those of coarser levels that stand alone, carry nothing."""
    rejected: tuple[int, ...] = ()
    """Neurons whose name does not count, as people found that they stand for nothing, or cannot agree."""

    @cached_property
    def parts(self) -> dict[Part, DictionaryPart]:
        """All five, in the order of `PARTS`."""
        return {part: self._part(part) for part in PARTS}

    def _part(self, part: Part) -> DictionaryPart:
        inside = self.part_of == part
        taste = self.taste[inside].sum() if np.isfinite(self.taste).all() and len(self.taste) else None
        share = float(inside.mean()) if len(inside) else 0.0
        return DictionaryPart(
            part, tuple(np.flatnonzero(inside).tolist()), share, None if taste is None else float(taste)
        )

    @property
    def n(self) -> int:
        return len(self.part_of)

    @property
    def named(self) -> np.ndarray:
        """Which neurons count as named, confirmed or not, bool `[n]`."""
        return np.isin(self.part_of, NAMED_PARTS)

    @property
    def named_taste(self) -> float | None:
        """Share of the users' code energy that they carry."""
        shares = [self.parts[part].taste for part in NAMED_PARTS]
        return None if None in shares else sum(shares)

    def sentence(self) -> str:
        """What the parts say together, in plain words."""
        n, named, confirmed = self.n, int(self.named.sum()), len(self.parts["confirmed"].neurons)
        if len(self.parts["silent"].neurons) == n:
            return f"None of the {n:,} neurons ever fires, so there is nothing to name."
        if not named:
            return f"None of the {n:,} neurons has a name that holds."
        many = named != 1
        said = f"{named:,} of {n:,} neurons {'have names' if many else 'has a name'}"
        if self.named_taste is not None:
            said += f" and {'carry' if many else 'carries'} {percent(self.named_taste)} of users’ taste"
        if not confirmed:
            return f"{said}. None is confirmed by people yet." if many else f"{said}, not confirmed by people yet."
        return f"{said}. People have confirmed {f'{confirmed:,} of them' if many else 'it'}."

    def doubts(self) -> str:
        """How many further names do not count; empty if people doubt none."""
        others = len(self.rejected)
        if not others:
            return ""
        return f"{others:,} other {'names are' if others > 1 else 'name is'} rejected or disputed."


def dictionary_parts(run: Run, audit: Audit) -> Dictionary:
    """Put every neuron into one part; from the stored index alone."""
    neurons, part = run.index.neurons, np.full(run.index.n, "open", dtype="<U10")
    popularity = _about_popularity(run)
    named = run.index.named.to_numpy(bool).copy()
    if not run.index.names_checked:
        named &= ~popularity
    real, rejected = np.zeros(run.index.n, bool), []
    own = audit.own_names()
    for neuron in _spoken_of(audit, run.index.n):
        standing = audit.standing(neuron)
        named[neuron] |= neuron in own
        if named[neuron] and standing in ("not", "disputed"):
            named[neuron] = False
            rejected.append(neuron)
        real[neuron] = standing == "real"
    part[popularity] = "popularity"
    part[named] = "named"
    part[named & real] = "confirmed"
    part[neurons["max_activation"].to_numpy() <= 0] = "silent"
    return Dictionary(part, _taste(run), tuple(rejected))


def _spoken_of(audit: Audit, n: int) -> list[int]:
    """Neurons of which anybody has said anything."""
    said = {one.neuron for one in (*audit.reviews, *audit.resolutions)}
    return sorted(neuron for neuron in said if 0 <= neuron < n)


def _about_popularity(run: Run) -> np.ndarray:
    """Which neurons, by their proposed names, are about popular or little known items, bool `[n]`."""
    labels = run.index.neurons["label"].to_numpy(object).copy()
    for neuron, label in run.proposed.items():
        labels[neuron] = label
    found = np.array([str(label).partition(": like ")[0] in (POPULAR, LITTLE_KNOWN) for label in labels], bool)
    if "popularity_disguise" in run.index.neurons:
        found |= run.index.neurons["popularity_disguise"].fillna(False).to_numpy(bool)
    return found


def _taste(run: Run) -> np.ndarray:
    """The mean of z² over users is density · (mean² + std²) of those on whom the neuron fires."""
    neurons = run.index.neurons
    mean, std = (neurons[f"{what}_users"].fillna(0).to_numpy(float) for what in ("mean", "std"))
    energy = neurons["density_users"].to_numpy(float) * (mean**2 + std**2) * run.sae.rebuilding().numpy()
    return ratio(energy, energy.sum())
