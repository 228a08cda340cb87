"""What a hierarchy says of a neuron and of a dictionary, in sentences: for pages and for the command line."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from explorer.data import Nouns
from explorer.ground_truth import edge_recovery
from explorer.hierarchy.claims import CONTAINED, MIN_CONTAINED, MIN_STRENGTH
from explorer.hierarchy.hierarchy import Hierarchy, WithParent
from explorer.runs import Run
from explorer.text import number, p_value, percent

MIN_RATIO = 2.0
"""Share of neurons with a parent over that of random directions, below which a tree says nothing of the dictionary."""

NO_MORE_THAN_CHANCE = "So the tree says more about the data than about this dictionary."


class Remark(NamedTuple):
    """Something special about a neuron's place, with the numbers behind it."""

    kind: Literal["split", "absorbs", "absorbed", "too_few"]
    text: str


def why_no_parent(found: Hierarchy, neuron: int) -> str:
    """Why a neuron has no parent, in a sentence."""
    row = found.flags.iloc[neuron]
    if not row["living"]:
        return "It never fires."
    if row["level"] == 1:
        return "It is on the first level, where no neuron has a parent."
    if row["too_few"]:
        return "It fires on too few items and users for a parent to be looked for."
    if found.alone:
        repeated = repeated_by(found, neuron)
        if repeated is not None:
            return f"It has most items of neuron {repeated}: the same concept again, not a part of it."
        return "No earlier neuron holds more of its activity than random directions reach."
    return "No earlier neuron is significant and strong enough to be its parent."


def repeated_by(found: Hierarchy, neuron: int) -> int | None:
    """The earlier neuron that a neuron is once more; None if there is none."""
    rows = found.candidates[(found.candidates["child"] == neuron) & (found.candidates["repeats"] >= 0)]
    return None if rows.empty else int(rows["repeats"].iloc[0])


def with_parent(found: Hierarchy) -> str | None:
    """How many later neurons have a parent, beside random directions, in a sentence; None if none was looked for."""
    counted = found.with_parent
    if counted is None:
        return None
    times = ratio_to_chance(counted)
    return (
        f"{percent(counted.share)} of later neurons have a parent, and {percent(counted.random_share)} of random "
        f"directions that fire as often{f': {times}' if times else ''}."
    )


def summary(found: Hierarchy) -> str:
    """What a tree is worth: its parents beside chance, a warning where they are no more than that, and repetitions."""
    warning = "" if beyond_chance(found) or found.with_parent is None else NO_MORE_THAN_CHANCE
    return " ".join(filter(None, [with_parent(found), warning, repeats(found)]))


def repeats(found: Hierarchy) -> str | None:
    """How many later neurons are an earlier one again, in a sentence; None if none is."""
    count = int((found.candidates["repeats"] >= 0).sum())
    if not count:
        return None
    return f"{count} of {len(found.candidates)} later neurons are the same concept as an earlier one."


def ratio_to_chance(counted: WithParent) -> str:
    """`46 times as many`; empty if no neuron has a parent."""
    if not counted.with_parent:
        return ""
    least = "" if counted.random_with_parent else "at least "
    return f"{least}{counted.ratio:.{0 if counted.ratio >= 10 else 1}f} times as many"


def beyond_chance(found: Hierarchy) -> bool:
    """Whether at least `MIN_RATIO` times as many neurons as random directions have a parent."""
    return found.with_parent is not None and found.with_parent.ratio >= MIN_RATIO


def remarks(found: Hierarchy, neuron: int, nouns: Nouns) -> list[Remark]:
    """Whether a neuron is split or absorbed, or absorbs its parent."""
    row, said = found.flags.iloc[neuron], []
    if row["split"]:
        said.append(
            Remark(
                "split",
                f"Split: {row['parts']} of its children divide {percent(row['covered'])} of its {nouns.items} "
                f"({percent(row['covered_by_chance'])} expected by chance).",
            )
        )
    if row["absorbs"]:
        said.append(
            Remark(
                "absorbs",
                f"It fires in its parent's place on {percent(row['absorbed'])} of its {nouns.items}: the parent's "
                f"direction is there, but the parent is silent ({percent(row['absorbed_elsewhere'])} elsewhere).",
            )
        )
    if row["absorbed_by"] > 0:
        count = int(row["absorbed_by"])
        said.append(Remark("absorbed", f"{count} of its children {'fires' if count == 1 else 'fire'} in its place."))
    return said


def candidate_of(found: Hierarchy, neuron: int) -> pd.Series | None:
    """The row of `candidates` of a neuron; None if no parent was looked for or none could be measured."""
    rows = found.candidates[(found.candidates["child"] == neuron) & (found.candidates["parent"] >= 0)]
    return None if rows.empty else rows.iloc[0]


def evidence(found: Hierarchy, neuron: int) -> list[str]:
    """What speaks for a neuron's parent, or why its best candidate is not enough; nothing without a candidate."""
    row = candidate_of(found, neuron)
    if row is None:
        return []
    verdict = "is its parent" if row["is_edge"] else "comes closest, but is not its parent"
    chance = f"{row['null_99']:.2f} in shuffled dictionaries, {row['random_99']:.2f} among random directions"
    said = [f"Neuron {row['parent']} {verdict}.", f"Score {row['score']:.2f} (by chance {chance})."]
    if found.alone:
        needed = min(max(row["random_99"], MIN_CONTAINED), CONTAINED)
        said.append(f"At least {needed:.2f} needed.")
    else:
        said.append(f"Strength {row['strength']:.2f} (at least {MIN_STRENGTH:g} needed).")
    said.append(f"Found in {percent(row['confidence'])} of resamples.")
    if not pd.isna(row["p_parent_given_child_items"]):
        share = percent(row["p_parent_given_child_items"])
        said.append(f"Neuron {row['parent']} also fires on {share} of this neuron's activity.")
    return [*said, f"Cosine of the directions {row['cosine']:.2f}."]


def trend_sentences(found: Hierarchy, nouns: Nouns) -> list[str]:
    """For each measure that is known, whether it falls from level to level; nothing for a dictionary of one level."""
    names = {
        "popularity": f"popularity of a neuron's {nouns.items}",
        "breadth": f"number of {nouns.facets} among its own {nouns.items}",
        "breadth_50": f"number of {nouns.facets} among its 50 strongest {nouns.items}",
    }
    known = found.trends[found.trends["spearman"].notna()] if found.has_levels else found.trends[:0]
    return [
        f"The {names[trend['measure']]} {'falls' if trend['holds'] else 'does not fall'} from level to level: "
        f"ρ = {number(trend['spearman'], '{:+.2f}')}, {p_value(trend['p'])}, {trend['neurons']} neurons."
        for trend in known.to_dict("records")
    ]


def compare_with_genres(found: Hierarchy, run: Run) -> dict[str, Any] | None:
    """The edges against the tree of the data set's genres, over the ranked items; None if there is no such tree.

    Keys as in `EdgeRecovery`.
    """
    parents = run.dataset.genre_parents
    if not parents or not found.has_levels:
        return None
    ranked = run.dataset.ranked(run.config.neurons.min_support)
    concepts = {
        genre: np.asarray(column)
        for genre, column in zip(run.dataset.genres, run.dataset.genre_matrix[ranked].T, strict=True)
    }
    activations = run.reconstruction.item_activations.numpy()[ranked]
    return asdict(edge_recovery(found.candidates, activations, found.levels, concepts, parents))
