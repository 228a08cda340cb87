"""How far the neurons of a run are found again, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from explorer.measures import STABLE, STABLE_SAMPLE, STABLE_SAMPLE_90, STABLE_SEED, STABLE_SEED_90, VERY_STABLE
from explorer.stability.columns import CHANGES, DICTIONARIES
from explorer.text import MISSING, number, percent

_SHARES = {
    "seed": {STABLE: STABLE_SEED, VERY_STABLE: STABLE_SEED_90},
    "sample": {STABLE: STABLE_SAMPLE, VERY_STABLE: STABLE_SAMPLE_90},
}
"""The measure of each change and cosine."""


@dataclass(frozen=True, eq=False)
class Stability:
    """The closest match of every live neuron in further trainings, and of the baselines.

    matches: a row per neuron, or component of a baseline, and further training; columns in `COLUMNS`.
    width: neurons of the dictionary, alive or not.
    seeds: further trainings with another seed, and as many on a random sample.
    share: of the users, and of the items, that are in a sample.
    seed: of the run's own autoencoder; the further trainings have those after it.
    problem: why there is nothing on samples, a sentence, or "".
    """

    matches: pd.DataFrame
    width: int
    seeds: int
    share: float
    seed: int
    problem: str = ""

    @cached_property
    def neurons(self) -> pd.DataFrame:
        """A row per live neuron: `neuron`, and of each change its mean `_cosine` and `_correlation`, and in how many
        further trainings it was `_found` at a cosine of at least `STABLE`; missing where nothing was measured."""
        own = self.matches[self.matches["dictionary"] == "neurons"]
        own = own.assign(found=own["cosine"] >= STABLE)
        table = pd.DataFrame({"neuron": sorted(own["neuron"].unique())})
        for change in CHANGES:
            rows = own[own["change"] == change].groupby("neuron")
            for column, of_neuron in (
                ("cosine", rows["cosine"].mean()),
                ("correlation", rows["correlation"].mean()),
                ("found", rows["found"].sum()),
            ):
                table[f"{change}_{column}"] = table["neuron"].map(of_neuron).astype(float)
        return table

    def of_neuron(self, neuron: int) -> dict[str, float] | None:
        """One row of `neurons` but for the number; None for a neuron that was not measured."""
        rows = self.neurons[self.neurons["neuron"] == neuron].drop(columns="neuron")
        return None if rows.empty else rows.iloc[0].to_dict()

    def stable(self) -> set[int]:
        """The neurons that on random samples reach a mean cosine of at least `STABLE`."""
        table = self.neurons
        return set(table.loc[table["sample_cosine"] >= STABLE, "neuron"].tolist())

    @cached_property
    def shares(self) -> pd.DataFrame:
        """A row per dictionary, change and cosine: `dictionary`, `change`, `at` (the cosine), and of the share of
        neurons whose match reaches it `mean`, `low` and `high` over the further trainings."""
        rows = []
        for (dictionary, change), group in self.matches.groupby(["dictionary", "change"], sort=False):
            for at in (STABLE, VERY_STABLE):
                found = (group["cosine"] >= at).groupby(group["repetition"]).mean()
                spread = {"mean": found.mean(), "low": found.min(), "high": found.max()}
                rows.append({"dictionary": dictionary, "change": change, "at": at, **spread})
        return pd.DataFrame(rows, columns=["dictionary", "change", "at", "mean", "low", "high"])

    @cached_property
    def headlines(self) -> dict[str, float | None]:
        """Share of the live neurons found again, by the keys of the measures; None where nothing was measured."""
        return self.headlines_of("neurons")

    def headlines_of(self, dictionary: str) -> dict[str, float | None]:
        """The same of the neurons or of a baseline."""
        table = self.shares[self.shares["dictionary"] == dictionary].set_index(["change", "at"])["mean"]
        keys = {(change, at): key for change, keys in _SHARES.items() for at, key in keys.items()}
        return {key: float(table[at]) if at in table.index else None for at, key in keys.items()}

    def as_json(self) -> dict[str, Any]:
        """The summary, without single neurons."""
        by_dictionary: dict[str, dict] = {name: {} for name in DICTIONARIES}
        for (dictionary, change), group in self.matches.groupby(["dictionary", "change"], sort=False):
            means = {"cosine": float(group["cosine"].mean()), "correlation": float(group["correlation"].mean())}
            by_dictionary[dictionary][change] = {**means, "found": []}
        for row in self.shares.to_dict("records"):
            by_dictionary[row["dictionary"]][row["change"]]["found"].append(
                {name: row[name] for name in ("at", "mean", "low", "high")}
            )
        own = by_dictionary.pop("neurons")
        return {
            "seeds": self.seeds,
            "share": self.share,
            "neurons": len(self.neurons),
            **self.headlines,
            **own,
            "baselines": by_dictionary,
            "problem": self.problem or None,
        }

    def sentence(self, neuron: int) -> str:
        """How far one neuron is found again, or why that is not known."""
        row = self.of_neuron(neuron)
        if row is None:
            return "It fires on too few items or users for its stability to be measured."
        told = [f"Matched in {self._told(row, 'seed')} with another seed"]
        if not self.problem:
            told.append(f"in {self._told(row, 'sample')} on a random {percent(self.share)} of users and items")
        return f"{', '.join(told)}."

    def _told(self, row: dict[str, float], change: str) -> str:
        trainings = "training" if self.seeds == 1 else "trainings"
        cosine = number(row[f"{change}_cosine"], "cosine {:.2f}")
        return f"{row[f'{change}_found']:.0f} of {self.seeds} {trainings} ({cosine})"

    def text_of(self, dictionary: str, change: str, at: float) -> str:
        """A share with its spread over the further trainings: `83% (81% – 86%)`; a dash where nothing was measured."""
        table = self.shares
        rows = table[(table["dictionary"] == dictionary) & (table["change"] == change) & (table["at"] == at)]
        if rows.empty:
            return MISSING
        mean, low, high = (percent(rows.iloc[0][name]) for name in ("mean", "low", "high"))
        return mean if low == high else f"{mean} ({low} – {high})"
