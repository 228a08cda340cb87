"""What may be said of a neuron: one sentence, no stronger than the numbers beside it, and what warns of its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from explorer import glossary
from explorer.glossary import Term
from explorer.measures import PURITY_DEPTHS
from explorer.neurons import FLAGS, PROFILE_DEPTH
from explorer.neurons.labels import LITTLE_KNOWN, POPULAR
from explorer.neurons.predicates import MIN_RANKS
from explorer.neurons.purity import SIGNIFICANCE
from explorer.runs import Run
from explorer.text import p_value, percent, percent_below

Case = Literal["holds", "partly", "no name", "popularity", "no facets", "unchecked", "few", "unranked", "silent"]
"""holds, partly: its name was tested. no name: none holds. popularity: it follows that. no facets: the data gives
nothing to make a name from. unchecked: a run of an older format. few: it fires on too few ranked items. unranked: on
none. silent: on nothing at all."""
HOLDS_WELL = 0.8
"""Share of the items that a name was tested on from which on it holds, and not only in part."""


@dataclass(frozen=True)
class Evidence:
    """What a neuron is, as far as that is known. All texts are plain and hold data: they have to be escaped."""

    case: Case
    sentence: str
    warnings: dict[str, Term]
    """What its name does not tell, and the explanations."""


def evidence(run: Run, neuron: int) -> Evidence:
    """The sentence about a neuron and the warnings of its name."""
    case, sentence = _judge(run, neuron)
    return Evidence(case, sentence, _warnings(run, run.index.neurons.iloc[neuron]))


def name_of(run: Run, neuron: int) -> str:
    """The proposed name without examples: `Comedy, 1990s: like The Waterboy` → `Comedy, 1990s`."""
    return run.proposed_name(neuron).partition(": like ")[0]


def _judge(run: Run, neuron: int) -> tuple[Case, str]:
    index, row, nouns = run.index, run.index.neurons.iloc[neuron], run.dataset.nouns
    items, ranked = nouns.items, f"{nouns.items} with at least {run.config.neurons.min_support} interactions"
    if row["max_activation"] == 0:
        return "silent", f"It never fires, on no {nouns.item} and no user, so it stands for nothing."
    firing = len(index.rows_of("top_items", neuron))
    if not firing:
        return "unranked", f"It fires on none of the {ranked}, so nothing can be said of it."
    if bool(row.get("named", False)):
        return _about_its_name(run, neuron, row)
    if run.proposed_name(neuron).startswith((POPULAR, LITTLE_KNOWN)):
        return "popularity", _about_popularity(row, items, index.rows_of("top_items", neuron))
    if firing < MIN_RANKS:
        return "few", f"It fires on only {firing} of the {ranked}, too few to test a name on."
    if not run.dataset.genres and run.index.decades.empty:
        return "no facets", f"This data set says nothing of its {items} but their titles, so no name can be tested."
    return _about_its_facet(run, neuron)


def _about_its_name(run: Run, neuron: int, row: pd.Series) -> tuple[Case, str]:
    items, tested = run.dataset.nouns.items, int(row["name_ranks"]) // 2
    case: Case = "holds" if row["name_holds"] >= HOLDS_WELL else "partly"
    verb = "holds" if case == "holds" else "holds in part"
    return case, (
        f"“{name_of(run, neuron)}” {verb}: {row['name_holds'] * tested:.0f} of {tested} strong {items} that it was not "
        f"made from bear it; of all ranked {items}, {percent(row['name_base_rate'])} do."
    )


def _about_popularity(row: pd.Series, items: str, top: pd.DataFrame) -> str:
    rho = f"{row['popularity_spearman']:+.2f}".replace("-", "−")
    start = f"It follows popularity (rank correlation {rho})"
    if pd.isna(row["popularity"]):
        return f"{start}."
    return (
        f"{start}: its {min(len(top), PROFILE_DEPTH)} strongest {items} are on average more popular than "
        f"{percent_below(row['popularity'] / 100)} of the catalogue."
    )


def _about_its_facet(run: Run, neuron: int) -> tuple[Case, str]:
    """Of a neuron without a name that holds: the facet that it detects best."""
    nouns, k, checked = run.dataset.nouns, PURITY_DEPTHS[0], run.index.names_checked
    case: Case = "no name" if checked else "unchecked"
    start = "No name holds" if checked else "Its name was not tested"
    purity = run.index.purity_of(neuron, k)
    best = purity[purity["genre"] == run.index.neurons["genre"].iloc[neuron]]
    if best.empty:
        return case, f"{start}, and no {nouns.facet} stands out: judge it by its {nouns.items}."
    one = best.iloc[0]
    more = "" if one["p"] < SIGNIFICANCE else f", which chance may explain ({p_value(one['p'])})"
    return case, (
        f"{start}: its best {nouns.facet}, {one['genre']}, is on {one['value'] * k:.0f} of its {k} strongest "
        f"{nouns.items} and on {percent(one['base_rate'])} of all ranked ones{more}."
    )


def _warnings(run: Run, row: pd.Series) -> dict[str, Term]:
    items = run.dataset.nouns.items
    texts = {
        "narrower": f"Fires on {percent(row.get('name_recall'))} of the {items} of that name",
        "lowers": f"Lowers {items} of its own name",
        "popularity_disguise": glossary.DISGUISE.title,
    }
    terms = {"narrower": glossary.NARROWER, "lowers": glossary.LOWERS, "popularity_disguise": glossary.DISGUISE}
    return {texts[flag]: terms[flag] for flag in FLAGS if bool(row.get(flag, False))}
