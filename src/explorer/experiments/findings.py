"""What an experiment found, in sentences."""

from __future__ import annotations

import math

import pandas as pd

from explorer import glossary
from explorer.experiments.experiment import FULL_DOSE, Experiment
from explorer.experiments.simulation import Rounds
from explorer.measures import (
    LIST_GINI,
    LIST_KEPT,
    LIST_NDCG,
    LIST_SHARE,
    LIST_VARIETY,
    REACH,
    REACH_OTHERS,
    measure,
)
from explorer.runs import Run
from explorer.text import number, percent


def experiment_sentences(run: Run, found: Experiment) -> list[str]:
    """What the target does at its full dose, and what another way costs at equal effect."""
    target = found.table["arm"].iloc[int((found.table["arm"] != "own").to_numpy().argmax())]
    dose = _said_dose(found, target)
    at = {name: _value(found.table, target, dose, name) for name in found.table["measure"].unique()}
    own = {name: _value(found.table, "own", None, name) for name in at}
    if found.kind == "expose":
        first = (
            f"At {dose:g}, it reaches {percent(at[REACH])} of the audience instead of {percent(own[REACH])}"
            f"{_others(at[REACH_OTHERS], own[REACH_OTHERS])}."
        )
        return [first, *_equal_sentences(found, dose, REACH_OTHERS)]
    items = run.dataset.nouns.items
    first = (
        f"At {dose:g}, {percent(at[LIST_SHARE])} of the lists are {found.group} instead of {percent(own[LIST_SHARE])}; "
        f"{percent(at[LIST_KEPT])} of the {items} stay, and NDCG goes from {_ndcg(own)} to {_ndcg(at)}."
    )
    return [first, *_equal_sentences(found, dose, LIST_NDCG)]


def _others(share: float, before: float) -> str:
    """Of the users outside the audience, if there are any."""
    return "" if math.isnan(share) else f", and {percent(share)} of the other users instead of {percent(before)}"


def _said_dose(found: Experiment, target: str) -> float:
    """The full dose if it was tried, else the last one that was asked for."""
    known = found.table.loc[found.table["arm"] == target, "dose"]
    doses = (found.equal["dose"] if len(found.equal) else known).tolist()
    full = 1.0 if found.kind == "expose" else FULL_DOSE[found.kind]
    return full if full in doses else doses[-1]


def _ndcg(values: dict[str, float]) -> str:
    return number(values[LIST_NDCG], "{:.3f}")


def _value(table: pd.DataFrame, arm: str, dose: float | None, name: str) -> float:
    rows = table[(table["arm"] == arm) & (table["measure"] == name)]
    rows = rows if dose is None else rows[rows["dose"] == dose]
    return float(rows["value"].iloc[0]) if len(rows) else math.nan


def _equal_sentences(found: Experiment, dose: float, name: str) -> list[str]:
    """For each other way: what it has of a measure at the same share, and at how many doses it is cheaper or dearer."""
    table, about, sentences = found.equal[found.equal["measure"] == name], measure(name), []
    for arm in dict.fromkeys(table["arm"]):
        rows, title = table[table["arm"] == arm], glossary.ARMS[arm].title
        here = rows[rows["dose"] == dose].iloc[0]
        if math.isnan(here["value"]):
            continue
        if math.isnan(here["other"]):
            first = f"{title}: it does not get as far at any dose tried"
        else:
            values = " instead of ".join(format(value, about.form) for value in (here["other"], here["value"]))
            first = f"{title}, at the same effect: {about.short} {values}"
        sentences.append(f"{first}{_verdicts(rows, about.better)}.")
    return sentences


def _verdicts(rows: pd.DataFrame, better: str) -> str:
    """At how many doses the band of the difference leaves out 0, and on which side."""
    known = rows.dropna(subset=["low", "high"])
    if known.empty:
        return ""
    less, more = int((known["high"] < 0).sum()), int((known["low"] > 0).sum())
    cheaper, dearer = (less, more) if better == "lower" else (more, less)
    return f". Clearly cheaper at {cheaper} of {len(rows)} doses, dearer at {dearer}"


def rounds_sentences(run: Run, found: Rounds) -> list[str]:
    """The last round with steering beside the last one without."""
    last, facets = found.table["round"].max(), run.dataset.nouns.facets
    own, steered = (
        {name: _in_round(found.table, arm, last, name) for name in (LIST_SHARE, LIST_GINI, LIST_VARIETY)}
        for arm in ("own", "steered")
    )
    ginis, varieties = (
        f"{number(steered[name], form)} with, {number(own[name], form)} without"
        for name, form in ((LIST_GINI, "{:.2f}"), (LIST_VARIETY, "{:.1f}"))
    )
    return [
        f"In round {last}, {percent(steered[LIST_SHARE])} of the lists are {found.group} with steering, "
        f"{percent(own[LIST_SHARE])} without.",
        f"Gini of exposure: {ginis}. Effective number of {facets} in a list: {varieties}.",
    ]


def _in_round(table: pd.DataFrame, arm: str, number: int, name: str) -> float:
    rows = table[(table["arm"] == arm) & (table["round"] == number) & (table["measure"] == name)]
    return float(rows["value"].iloc[0]) if len(rows) else math.nan
