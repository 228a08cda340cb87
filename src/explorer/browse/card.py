"""What the card of a neuron shows, read from the stored index: the same for the page and for what is exported."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from explorer import glossary
from explorer.audit import Audit
from explorer.audit.values import JUDGEMENTS
from explorer.errors import listed
from explorer.measures import PURITY_DEPTHS
from explorer.neurons.bearers import bearers
from explorer.neurons.titles import short_title
from explorer.runs import Run
from explorer.runs.metrics import BASELINE_TITLES
from explorer.stability import load_stability
from explorer.steering import strongest_effects
from explorer.steering.attribution import affinity
from explorer.text import MISSING, number, percent

Which = Literal["Strongest", "Spread", "Random"]
WHICH: tuple[Which, ...] = ("Strongest", "Spread", "Random")
Side = Literal["items", "users"]
_STRENGTHS = (
    (0.9, "near its maximum"),
    (0.65, "strong: three quarters of its range"),
    (0.4, "middling: half of its range"),
    (0.15, "weak: a quarter of its range"),
    (0.0, "barely: the bottom of its range"),
)


MOST_HAD = 3
"""Items of a user's history that are told."""


def _signed(value: float) -> str:
    return number(value, "{:+.2f}").replace("-", "−")


_COMPARED = (
    ("Name holds", "name_holds", percent),
    ("Best {facet}", "genre", lambda value: MISSING if pd.isna(value) else str(value)),
    ("Average precision", "ap", percent),
    ("Purity@10", "purity", percent),
    ("Held-out purity@10", "held_out", percent),
    ("Fires on {items}", "density_items", percent),
    ("Fires on users", "density_users", percent),
    ("Popularity", "popularity", lambda value: number(value, "{:.0f} of 100")),
    ("Mean year", "year", lambda value: number(value, "{:.0f}")),
    ("Follows popularity", "popularity_spearman", _signed),
)


def strength(share: float) -> str:
    """An activation in words, from its share of the largest one."""
    return next(words for least, words in _STRENGTHS if share >= least)


def facts_of(run: Run, neuron: int) -> list[tuple[str, str, str]]:
    """The numbers behind the sentence: label, value, explanation; those that are not known are left out."""
    row, nouns = run.index.neurons.iloc[neuron], run.dataset.nouns
    stability, found_again = stability_of(run, neuron)
    facts = [
        ("Name holds", percent(row.get("name_holds")), glossary.NAME_HOLDS),
        ("Of its activation", percent(row.get("name_mass")), glossary.NAME_MASS),
        ("Of the name", percent(row.get("name_recall")), glossary.NAME_RECALL),
        ("Held out", percent(row.get("held_out")), glossary.HELD_OUT_NEURON),
        ("Stability", number(stability, "{:.2f}"), f"{found_again}\n\n{glossary.MATCHED_IN}"),
        (nouns.items.capitalize(), percent(row["density_items"]), glossary.DENSITY),
        ("Users", percent(row["density_users"]), glossary.DENSITY),
        ("Popularity", number(row["popularity"], "{:.0f} of 100"), glossary.POPULARITY),
        ("Mean year", number(row["year"], "{:.0f}"), glossary.YEAR),
    ]
    if len(run.sae.levels) > 1:
        facts.append(("Level", f"{run.sae.level_of(neuron)} of {len(run.sae.levels)}", glossary.LEVEL))
    return [(label, value, str(about)) for label, value, about in facts if value != MISSING]


def stability_of(run: Run, neuron: int) -> tuple[float, str]:
    """The mean cosine of its match in trainings on samples of the data (with another seed where there were none), and
    what was found in a sentence; NaN and nothing before it was measured."""
    found = load_stability(run.path) if run.path else None
    if found is None:
        return float("nan"), ""
    row = found.of_neuron(neuron) or {}
    return row.get("seed_cosine" if found.problem else "sample_cosine", float("nan")), found.sentence(neuron)


def items_of(run: Run, neuron: int, which: Which) -> pd.DataFrame:
    """Ranked items on which a neuron fires, strongest first: `row`, what is known of them, `activation`, the part of
    its range as `strength`; `rank` of the strongest, `share` (how many of its activations are below) of a spread over
    its range; `bears`, whether they bear its name, if it has one."""
    if which == "Strongest":
        table = run.top_items(neuron)
    else:
        rows = run.index.rows_of("examples", neuron)
        rows = rows[rows["kind"] == ("quantile" if which == "Spread" else "random")]
        rows = rows.assign(share=[f"{percent(q)} below" if pd.notna(q) else None for q in rows["quantile"]])
        table = run.dataset.with_items(rows.drop(columns=["kind", "quantile"]))
    most = float(run.index.neurons["max_items"].iloc[neuron])
    table = table.assign(strength=[strength(one / most) if most else "" for one in table["activation"]])
    return _with_bearers(run, neuron, table)


def _with_bearers(run: Run, neuron: int, table: pd.DataFrame) -> pd.DataFrame:
    has = name_bearers(run, neuron)
    return table if has is None else table.assign(bears=["yes" if has[row] else "" for row in table["row"]])


def name_bearers(run: Run, neuron: int) -> np.ndarray | None:
    """Which items bear the neuron's proposed name, bool `[n_items]`; None without a name that holds."""
    neurons = run.index.neurons
    if not bool(neurons["named"].iloc[neuron]):
        return None
    return bearers(run.dataset, neurons["facets"].iloc[neuron])


def facets_of(run: Run, neuron: int, k: int) -> pd.DataFrame:
    """Purity@k for every facet with base rate, interval, lift, p, AUC and average precision, the purest first; empty if
    the neuron fires on fewer than k ranked items. `facet`: which one it is of, where the data set has several."""
    table = run.index.purity_of(neuron, k)
    table = table.merge(run.index.association_of(neuron)[["genre", "auc", "ap"]], on="genre", how="left")
    intervals = zip(table["low"], table["high"], strict=True)
    table = table.assign(interval=[f"{percent(low)} – {percent(high)}" for low, high in intervals])
    of = run.dataset.facet_of
    return table.assign(facet=table["genre"].map(of)) if of else table


def by_facet(run: Run, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows of `facets_of` for each facet of the data, in its order; of a data set with one facet all, under no name."""
    if not run.dataset.facet_of:
        return {"": table}
    return {name: table[table["facet"] == name] for name in run.dataset.facets}


def beside_baselines(run: Run, neuron: int, genre: str) -> pd.DataFrame:
    """Purity for one facet at every depth: of the neuron, and of the best direction and the 95th percentile of every
    baseline. Columns `what`, and by depth `best@K` and `p95@K`; empty for a run that did not keep it."""
    table = run.index.directions
    table = table[table["genre"] == genre]
    if table.empty:
        return pd.DataFrame()
    rows = run.index.rows_of("purity", neuron)
    own = rows[rows["genre"] == genre].set_index("k")["value"]
    found = [{"what": "This neuron", **{f"best@{k}": own.get(k, np.nan) for k in PURITY_DEPTHS}}]
    for what, part in table.groupby("what", sort=False):
        by = part.set_index("k")
        known = [k for k in PURITY_DEPTHS if k in by.index]
        found.append(
            {"what": BASELINE_TITLES[what]}
            | {f"best@{k}": by["best"][k] for k in known}
            | {f"p95@{k}": by["p95"][k] for k in known}
        )
    return pd.DataFrame(found)


@dataclass(frozen=True)
class Histogram:
    """How strongly a neuron fires on one side."""

    counts: list[int]
    most: float
    """The largest activation, where the last bin ends."""
    mean: float
    sd: float
    density: float
    firing: int


def histogram_of(run: Run, neuron: int, side: Side) -> Histogram | None:
    """Of one side; None where the neuron is silent there, or the run did not keep it."""
    rows = run.index.rows_of("histograms", neuron)
    rows = rows[rows["side"] == side]
    if rows.empty:
        return None
    row = run.index.neurons.iloc[neuron]
    return Histogram(
        rows["count"].tolist(),
        float(row[f"max_{side}"]),
        float(row[f"mean_{side}"]),
        float(row[f"std_{side}"]),
        float(row[f"density_{side}"]),
        int(rows["count"].sum()),
    )


def effects_of(run: Run, neuron: int, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The ranked items whose scores a neuron raises and those that it lowers, most first, with `bears`: whether they
    bear its name."""
    raised, lowered = (
        _with_bearers(run, neuron, table.assign(row=table.index)) for table in strongest_effects(run, neuron, n)
    )
    return raised[raised["effect"] > 0], lowered[lowered["effect"] < 0]


def neighbours_of(run: Run, neuron: int, kind: Literal["direction", "items"]) -> pd.DataFrame:
    """The neurons most alike: `other`, `label`, `name` (both together), `similarity`; empty for a run that did not keep
    them."""
    rows = run.index.rows_of("neighbours", neuron)
    rows = rows[rows["kind"] == kind]
    labels = run.index.neurons["label"].to_numpy(object)
    named = [(labels[other], f"{other} · {labels[other]}") for other in rows["other"]]
    rows = rows.assign(label=[label for label, _ in named], name=[name for _, name in named])
    return rows[["other", "label", "name", "similarity"]].reset_index(drop=True)


def users_of(run: Run, neuron: int) -> pd.DataFrame:
    """The strongest users: `rank`, `row`, `user` (their id as text), `activation`, `strength`, and which of the
    neuron's strongest items are in their training histories: the first few titles, `had`, and how many, `n_had`."""
    top = run.index.rows_of("top_users", neuron).reset_index(drop=True)
    ids, titles = (run.dataset.users["user_id"].to_numpy(object), run.dataset.items["title"].to_numpy(object))
    most = float(run.index.neurons["max_users"].iloc[neuron])
    strongest = run.index.rows_of("top_items", neuron)["row"].to_numpy()
    histories = run.dataset.train[top["row"].to_numpy()][:, strongest]
    had = [histories.indices[begin:end] for begin, end in pairwise(histories.indptr)]
    return top.assign(
        user=[str(ids[row]) for row in top["row"]],
        strength=[strength(value / most) if most else "" for value in top["activation"]],
        n_had=[len(places) for places in had],
        had=[[short_title(titles[strongest[place]]) for place in sorted(places)[:MOST_HAD]] for places in had],
    )


def audience_of(run: Run, neuron: int) -> pd.DataFrame:
    """Facets in the histories of the strongest users beside those of all, the largest lift first: `genre`, `value`,
    `base_rate`, `lift`, `low`, `high`, `p`."""
    return run.index.rows_of("user_genres", neuron).sort_values("lift", ascending=False, ignore_index=True)


def compared(run: Run, one: int, other: int) -> pd.DataFrame:
    """Two neurons side by side: a row per measure, `what`, `one` and `other`, as text."""
    table = run.index.neurons.iloc[[one, other]]
    rows = []
    for what, column, form in _COMPARED:
        if column in table and table[column].notna().any():
            rows.append(
                {"what": what.format(facet=run.dataset.nouns.facet, items=run.dataset.nouns.items)}
                | {side: form(value) for side, value in zip(("one", "other"), table[column], strict=True)}
            )
    return pd.DataFrame(rows)


def shared_items(run: Run, one: int, other: int) -> int:
    """How many items are among the strongest of both."""
    rows = [set(run.index.rows_of("top_items", neuron)["row"]) for neuron in (one, other)]
    return len(rows[0] & rows[1])


def lowered_of_its_name(run: Run, neuron: int) -> tuple[float, int] | None:
    """Share of the ranked items which bear the neuron's name whose scores it lowers, and how many bear it; None without
    a name, or where the score does not split into the parts of neurons."""
    has = name_bearers(run, neuron)
    if has is None or not run.recommender.dot_product:
        return None
    has = has & run.dataset.ranked(run.config.neurons.min_support)
    if not has.any():
        return None
    _, effect = affinity(run, neuron)
    return float((effect[has] < 0).mean()), int(has.sum())


_STANDINGS = {"real": "Confirmed", "partly": "Partly right", "not": "Not a concept"}


def standing_text(audit: Audit, neuron: int) -> str:
    """What people agree on, in words: `Confirmed by Ann and Ben`, `Reviewers differ: 1 real, 1 not`, `Not reviewed`."""
    standing, judged = audit.standing(neuron), [one for one in audit.of(neuron) if one.judged]
    if standing == "open":
        inherited = any(one.inherited for one in audit.of(neuron))
        return "Inherited from another run, unconfirmed" if inherited else "Not reviewed"
    if standing == "disputed":
        given = [one.verdict for one in judged]
        told = [f"{given.count(verdict)} {verdict}" for verdict in JUDGEMENTS if verdict in given]
        return f"Reviewers differ: {', '.join(told)}"
    who = [one.reviewer for one in judged if one.verdict == standing]
    by = f" by {listed(who, most=3)}" if who else ""
    return f"{_STANDINGS[standing]}{by}"


def reviews_of(audit: Audit, neuron: int) -> pd.DataFrame:
    """A row per reviewer: `reviewer`, `verdict`, `name`, `confidence`, `note`, `tags`, `how` (blind, inherited),
    and the day, `at`."""
    rows = [
        {
            "reviewer": one.reviewer,
            "verdict": one.verdict,
            "name": one.name or None,
            "confidence": one.confidence,
            "note": one.note or None,
            "tags": list(one.tags),
            "how": f"inherited from {one.inherited}, unconfirmed" if one.inherited else "blind" if one.blind else None,
            "at": one.at[:10],  # noqa: PD008
        }
        for one in audit.of(neuron)
        if one.verdict or one.name or one.note or one.tags
    ]
    return pd.DataFrame(rows, columns=["reviewer", "verdict", "name", "confidence", "note", "tags", "how", "at"])
