"""All neurons of a run as one table: everything they are listed, searched, filtered and sorted by.

Read from the stored index and the audit only; nothing is encoded.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from explorer import glossary
from explorer.audit import Audit
from explorer.browse.overview import dictionary_parts
from explorer.data import Dataset
from explorer.data.nouns import Nouns
from explorer.measures import PURITY_DEPTHS
from explorer.neurons import FLAGS
from explorer.neurons.purity import SIGNIFICANCE
from explorer.runs import Run
from explorer.stability import load_stability
from explorer.text import MISSING

MIX_DEPTH = 20
"""Number of strongest items whose facets the mix is of."""
MIX_PARTS = 6
"""Facets of a mix that are told apart; the rest is `MIX_REST`."""
MIX_REST = "other"
ABOUT_SHARE = 0.5
"""Purity@10 for a facet, and held-out purity, that a neuron without its name needs to be about it."""
ABOUT_LIFT = 2.0
"""Times the base rate that its average precision needs to be."""


def neuron_table(run: Run, audit: Audit) -> pd.DataFrame:
    """One row per neuron, in the order of their numbers; what is not known is missing.

    neuron, label, proposed: number, what it is called, and the proposed name.
    part: of the dictionary (`overview.PARTS`); named: whether its name holds, and name_holds how far.
    standing: what reviewers agree on (`Audit.standing`); reviews: how many have judged it;
    notes, tags: what they wrote.
    genre, ap, purity, p: the facet that it detects best, and how well; p is of purity@10, corrected.
    held_out: purity@10 on items that the facet was not chosen on; missing in older runs.
    stability, stability_seed: mean cosine of the closest match in trainings on samples of the data, and with another
    seed; missing if it was not measured.
    density_items, density_users, popularity, year, level: shares from 0 to 1, mean percentile, mean year, from 1.
    flags: warnings about its name, in words; empty if there are none.
    mix: shares of the facets among its 20 strongest items, [(facet, share)], the largest first.
    """
    index, source = run.index, run.index.neurons
    numbers = source["neuron"].to_numpy()
    label = source["label"].astype(str)
    standing, reviews, notes, tags = _said(audit, len(source))
    table = pd.DataFrame(
        {
            "neuron": numbers,
            "label": label,
            "proposed": [run.proposed.get(number, text) for number, text in zip(numbers.tolist(), label, strict=True)],
            "named": index.named.to_numpy(bool),
            "standing": standing,
            "reviews": reviews,
            "notes": notes,
            "tags": tags,
        }
    )
    known = ["name_holds", "genre", "ap", "held_out", "purity", "density_items", "density_users", "popularity", "year"]
    for name in known:
        table[name] = source[name].to_numpy() if name in source else np.nan
    table["part"] = dictionary_parts(run, audit).part_of
    table["p"] = _p_of_best(run)
    table["stability"], table["stability_seed"] = _stability(run, numbers)
    table["level"] = 1 + np.searchsorted(np.array(run.sae.levels), numbers, side="right")
    table["flags"] = _flags(source, run.dataset.nouns)
    table["mix"] = facet_mixes(run)
    return table


def _said(audit: Audit, n: int) -> tuple[list, np.ndarray, list, list]:
    standing, reviews, notes, tags = ["open"] * n, np.zeros(n, int), [""] * n, [()] * n
    spoken = {one.neuron for one in (*audit.reviews, *audit.resolutions)}
    resolved = {one.neuron: one.note for one in audit.resolutions if one.verdict and one.note}
    for neuron in spoken:
        if not 0 <= neuron < n:
            continue
        of = audit.of(neuron)
        standing[neuron] = audit.standing(neuron)
        reviews[neuron] = sum(one.judged for one in of)
        written = [one.note for one in of] + [resolved.get(neuron, "")]
        notes[neuron] = " · ".join(note for note in written if note)
        tags[neuron] = tuple(dict.fromkeys(tag for one in of for tag in one.tags))
    return standing, reviews, notes, tags


def _p_of_best(run: Run) -> np.ndarray:
    """The corrected p of each neuron's best facet among its ten strongest items, `[n]`."""
    purity, found = run.index.purity, np.full(run.index.n, np.nan)
    rows = purity[purity["k"] == PURITY_DEPTHS[0]]
    best = run.index.neurons["genre"].to_numpy(object)
    neurons = rows["neuron"].to_numpy()
    own = rows["genre"].to_numpy(object) == best[neurons]
    found[neurons[own]] = rows["p"].to_numpy()[own]
    return found


def _stability(run: Run, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean cosines of the closest matches on samples and with another seed, `[n]` each."""
    found = load_stability(run.path) if run.path is not None else None
    if found is None:
        return np.full(len(numbers), np.nan), np.full(len(numbers), np.nan)
    measured = found.neurons.set_index("neuron").reindex(numbers)
    return measured["sample_cosine"].to_numpy(float), measured["seed_cosine"].to_numpy(float)


def _flags(source: pd.DataFrame, nouns: Nouns) -> list[str]:
    words = flag_words(nouns)
    raised = {flag: source[flag].to_numpy(bool) for flag in FLAGS if flag in source}
    return [", ".join(words[flag] for flag, are in raised.items() if are[row]) for row in range(len(source))]


def flag_words(nouns: Nouns) -> dict[str, str]:
    """The warnings about a neuron's name by their columns, in the words of the data set."""
    terms = {"narrower": glossary.NARROWER, "lowers": glossary.LOWERS, "popularity_disguise": glossary.DISGUISE}
    return {flag: term.title.lower().replace("facet", nouns.facet) for flag, term in terms.items()}


def facet_mixes(run: Run) -> list[list[tuple[str, float]] | None]:
    """Shares of the facets among each neuron's strongest items, the largest first: an item counts once, split evenly
    between its facets, and one without any belongs to none. None for a neuron without such items."""
    facets = run.dataset.genres
    top = run.index.top_items[run.index.top_items["rank"] <= MIX_DEPTH]
    if not facets or top.empty:
        return [None] * run.index.n
    cells = top["neuron"].to_numpy(), top["row"].to_numpy()
    strongest = csr_array((np.ones(len(top)), cells), shape=(run.index.n, run.dataset.n_items))
    counts = (strongest @ _even_facets(run.dataset)).toarray()
    total = counts.sum(axis=1)
    order = np.argsort(-counts, axis=1, kind="stable")[:, :MIX_PARTS]
    return [_mix(row, places, whole, facets) for row, places, whole in zip(counts, order, total, strict=True)]


def _even_facets(dataset: Dataset) -> csr_array:
    """Facets of each item, summing to 1, `[n_items, n_facets]`."""
    lists = dataset.items["genres"]
    lengths = lists.map(len).to_numpy()
    column = {facet: i for i, facet in enumerate(dataset.genres)}
    columns = np.fromiter((column[facet] for facets in lists for facet in facets), int, int(lengths.sum()))
    shares = np.repeat(1 / np.maximum(lengths, 1), lengths)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return csr_array((shares, columns, ends), shape=(dataset.n_items, len(column)))


def _mix(counts: np.ndarray, places: np.ndarray, total: float, facets: list[str]) -> list[tuple[str, float]] | None:
    if total <= 0:
        return None
    parts = [(facets[place], float(counts[place] / total)) for place in places if counts[place] > 0]
    rest = 1 - sum(share for _, share in parts)
    return [*parts, (MIX_REST, rest)] if rest > 0.005 else parts


def mix_text(mix: list[tuple[str, float]] | None) -> str:
    """`Horror 60%, Thriller 30%, other 10%`."""
    return ", ".join(f"{facet} {share:.0%}" for facet, share in mix) if mix else MISSING


def about(run: Run, facet: str) -> np.ndarray:
    """Which neurons are about a facet, not only firing on some of it, bool `[n]`: those named after it, and those
    where

    - at least half of the ten strongest items have it, significantly more than chance (corrected p < .01),
    - average precision for it is at least twice the base rate, so that the whole ranking has it at the top,
    - and, where it is the facet that the neuron detects best, held-out purity is at least a half, if that is known.
    """
    index, source = run.index, run.index.neurons
    found = np.zeros(index.n, bool)
    rows = index.purity_for(facet, PURITY_DEPTHS[0])
    clear = rows[(rows["p"] < SIGNIFICANCE) & (rows["value"] >= ABOUT_SHARE)]
    found[clear["neuron"].to_numpy(int)] = True
    detects = index.association[index.association["genre"] == facet]
    if len(detects):
        ranked_first = np.zeros(index.n, bool)
        ranked_first[detects["neuron"].to_numpy(int)] = (detects["ap"] >= ABOUT_LIFT * detects["base_rate"]).to_numpy()
        found &= ranked_first
    if "held_out" in source:
        own = (source["genre"] == facet).fillna(False).to_numpy(bool)
        found &= ~(own & (source["held_out"] < ABOUT_SHARE).to_numpy(bool))
    return found | _named_after(run, facet)


def _named_after(run: Run, facet: str) -> np.ndarray:
    source = run.index.neurons
    if "facets" not in source:
        return np.zeros(len(source), bool)
    said = source["facets"].fillna("")
    which = {text: facet in _facets_in(text) for text in said.unique()}
    return (said.map(which).to_numpy(bool)) & run.index.named.to_numpy(bool)


def _facets_in(text: str) -> set[str]:
    """The facets that `genre: Horror or Sci-Fi; years: since 1980` says, with all ways to read one with an “and”."""
    found = set()
    for part in text.split("; "):
        kind, _, names = part.partition(": ")
        if kind != "years":
            words = names.replace(" or ", " and ").split(" and ")
            found |= {" and ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}
    return found
