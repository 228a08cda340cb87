"""The catalogue of measures: the key of each, its names, how a value is written, and which way is better.

A key is spelled out here and nowhere else; everything that shows a measure asks the catalogue. What a measure means is
a term of `explorer.glossary`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer import glossary
from explorer.glossary import Term
from explorer.text import MISSING

Better = Literal["higher", "lower", "neither"]

COMPARED_LENGTH = 30
"""Length of the lists whose agreement is measured."""
ACCURACY_LENGTH = 20
"""Length of the lists whose accuracy is measured."""
SHOWN_LENGTH = 20
"""Length of the lists of a user that are shown, unless another is asked for."""
PURITY_DEPTHS = (10, 20, 50)
"""How many of a neuron's strongest items its purity is measured on."""


HELD_OUT_DEPTHS = (10, 20)
"""The same on items that the neuron was not chosen on."""


def purity_key(depth: int) -> str:
    """`purity@10`."""
    return f"purity@{depth}"


def held_out_key(depth: int) -> str:
    """`held_out_purity@10`."""
    return f"held_out_purity@{depth}"


RBO, KENDALL, OVERLAP = (f"{name}@{COMPARED_LENGTH}" for name in ("rbo", "kendall", "overlap"))
HELD_OUT, HELD_OUT_20 = map(held_out_key, HELD_OUT_DEPTHS)
COVERAGE = "coverage"
NDCG, RECALL, HIT = (f"{name}@{ACCURACY_LENGTH}" for name in ("ndcg", "recall", "hit"))
PURITY, PURITY_20, PURITY_50 = map(purity_key, PURITY_DEPTHS)

STABLE, VERY_STABLE = 0.7, 0.9
"""Cosine from which on a neuron and its closest match in another training are the same, and nearly equal."""
STABLE_SEED, STABLE_SEED_90, STABLE_SAMPLE, STABLE_SAMPLE_90 = (
    f"stable_{change}@{cosine}" for change in ("seed", "sample") for cosine in (STABLE, VERY_STABLE)
)


LIST_SHARE, LIST_NDCG, LIST_RBO, LIST_KEPT = "list_share", "list_ndcg", "list_rbo", "list_kept"
LIST_POPULARITY, LIST_GINI, LIST_COVERAGE = "list_popularity", "list_gini", "list_coverage"
LIST_VARIETY, CONSUMED_SHARE, CONSUMED_VARIETY = "list_variety", "consumed_share", "consumed_variety"
REACH, REACH_OTHERS, REACH_RANK = "reach", "reach_others", "reach_rank"


@dataclass(frozen=True)
class Measure:
    """A number that says how good something is, or how large."""

    key: str
    """In JSON and in tables."""
    term: Term
    """What it means."""
    short: str
    """In the head of a table, and beside a value."""
    form: str
    """A format: `.2f`, or `.0%` for a share."""
    better: Better = "higher"

    @property
    def is_share(self) -> bool:
        """Whether it is written in per cent."""
        return self.form.endswith("%")

    def text(self, value: float | None) -> str:
        """A value as it is shown; a dash for a missing one."""
        return MISSING if value is None or value != value else format(value, self.form)


MEASURES = (
    Measure(NDCG, glossary.NDCG, f"NDCG@{ACCURACY_LENGTH}", ".3f"),
    Measure(RECALL, glossary.RECALL, f"Recall@{ACCURACY_LENGTH}", ".3f"),
    Measure(HIT, glossary.HIT_RATE, f"Hit rate@{ACCURACY_LENGTH}", ".3f"),
    Measure(RBO, glossary.RBO, f"RBO@{COMPARED_LENGTH}", ".2f"),
    Measure(KENDALL, glossary.KENDALL, f"Kendall's τ@{COMPARED_LENGTH}", ".2f"),
    Measure(OVERLAP, glossary.OVERLAP, f"Overlap@{COMPARED_LENGTH}", ".0%"),
    Measure("ev_items", glossary.EXPLAINED_VARIANCE, "Explained, items", ".0%"),
    Measure("ev_users", glossary.EXPLAINED_VARIANCE, "Explained, users", ".0%"),
    Measure("l0_items", glossary.L0, "Active per item (L0)", ".1f", "neither"),  # fewer: clearer; more: more faithful
    Measure("l0_users", glossary.L0, "Active per user (L0)", ".1f", "neither"),
    Measure("dead", glossary.DEAD, "Dead neurons", ",.0f", "lower"),
    Measure("width", glossary.NEURONS, "Neurons", ",.0f", "neither"),
    Measure(COVERAGE, glossary.COVERAGE, "Coverage", ".0%"),
    Measure("covered_lift", glossary.COVERED_LIFT, "Coverage of lists", ".0%"),
    *(Measure(held_out_key(k), glossary.HELD_OUT_PURITY, f"Held-out purity@{k}", ".0%") for k in HELD_OUT_DEPTHS),
    Measure("held_out_ap", glossary.HELD_OUT_AP, "Held-out AP", ".0%"),
    Measure("alive_share", glossary.ALIVE, "Alive", ".0%"),
    Measure("antipodal", glossary.ANTIPODAL, "Antipodal", ".0%", "lower"),
    Measure("named", glossary.NAMED, "Named", ".0%"),
    Measure("name_holds", glossary.NAMES_HOLD, "Names hold", ".0%"),
    Measure("active_items", glossary.ACTIVE, "Neurons per item", ",.0f", "neither"),
    Measure("active_users", glossary.ACTIVE, "Neurons per user", ",.0f", "neither"),
    *(Measure(purity_key(depth), glossary.MEAN_PURITY, f"Purity@{depth}", ".0%") for depth in PURITY_DEPTHS),
    Measure("auc", glossary.AUC, "AUC", ".0%"),
    Measure("ap", glossary.AP, "AP", ".0%"),
    Measure("ms", glossary.MS, "MS score", ".2f"),
    Measure("significant", glossary.SIGNIFICANT, "Significant", ".0%"),
    Measure("popularity_spearman", glossary.POPULARITY_CORRELATION, "Popularity", ".2f", "neither"),
    Measure(STABLE_SEED, glossary.STABLE_SEED, f"Stable, other seed, ≥ {STABLE}", ".0%"),
    Measure(STABLE_SEED_90, glossary.STABLE_SEED, f"Stable, other seed, ≥ {VERY_STABLE}", ".0%"),
    Measure(STABLE_SAMPLE, glossary.STABLE_SAMPLE, f"Stable, 80% of data, ≥ {STABLE}", ".0%"),
    Measure(STABLE_SAMPLE_90, glossary.STABLE_SAMPLE, f"Stable, 80% of data, ≥ {VERY_STABLE}", ".0%"),
    Measure("directions", glossary.NEURONS, "Directions", ",.0f", "neither"),
    *(
        Measure(key, glossary.DATA_SIZE, key.capitalize(), ",.0f", "neither")
        for key in ("users", "items", "interactions")
    ),
    Measure("dim", glossary.DIMENSIONS, "Dimensions", ",.0f", "neither"),
    Measure(LIST_SHARE, glossary.LIST_SHARE, "Share in the lists", ".0%", "neither"),
    Measure(LIST_NDCG, glossary.LIST_NDCG, "NDCG", ".3f"),
    Measure(LIST_RBO, glossary.LIST_AGREEMENT, "RBO with the own lists", ".2f"),
    Measure(LIST_KEPT, glossary.LIST_KEPT, "Items kept", ".0%"),
    Measure(LIST_POPULARITY, glossary.LIST_POPULARITY, "Popularity", ".0%", "neither"),
    Measure(LIST_GINI, glossary.GINI, "Gini of exposure", ".3f", "lower"),
    Measure(LIST_COVERAGE, glossary.LIST_COVERAGE, "Catalogue shown", ".0%"),
    Measure(LIST_VARIETY, glossary.LIST_VARIETY, "Variety", ".1f"),
    Measure(CONSUMED_SHARE, glossary.CONSUMED_SHARE, "Share of what was taken", ".0%", "neither"),
    Measure(CONSUMED_VARIETY, glossary.CONSUMED_VARIETY, "Variety of what was taken", ".1f"),
    Measure(REACH, glossary.REACH, "Reach", ".0%"),
    Measure(REACH_OTHERS, glossary.REACH_OTHERS, "Reach beyond the audience", ".0%", "neither"),
    Measure(REACH_RANK, glossary.REACH_RANK, "Median rank", ",.0f", "lower"),
    Measure("seconds", glossary.SECONDS, "Training", ",.0f", "lower"),
)
_BY_KEY = {measure.key: measure for measure in MEASURES}


def measure(key: str) -> Measure:
    """The measure with a key."""
    return _BY_KEY[key]


@dataclass(frozen=True)
class RunMeasure:
    """A measure of a whole run: where `run.json` has it, and what it is called in a list of many."""

    path: str
    """Below `metrics` of `run.json`: `fidelity.rbo@30`."""
    title: str
    measure: Measure


def _of_run(path: str, key: str, title: str = "") -> RunMeasure:
    found = measure(key)
    return RunMeasure(path, title or found.term.title, found)


_PLACES = {"min": "fewest", "p5": "5th percentile", "p50": "median", "p95": "95th percentile"}

RUN_MEASURES = (
    *(_of_run(f"dataset.{key}", key, key.capitalize()) for key in ("users", "items", "interactions")),
    _of_run("recommender.dim", "dim", "Dimensions of the base model"),
    _of_run(f"recommender.{NDCG}", NDCG, f"Accuracy of the base model, NDCG@{ACCURACY_LENGTH}"),
    _of_run(f"recommender.{RECALL}", RECALL, f"Recall@{ACCURACY_LENGTH} of the base model"),
    _of_run(f"recommender.{HIT}", HIT, f"Hit rate@{ACCURACY_LENGTH} of the base model"),
    _of_run(f"fidelity.{NDCG}", NDCG, f"Accuracy when rebuilt from neurons, NDCG@{ACCURACY_LENGTH}"),
    _of_run(f"fidelity.{RECALL}", RECALL, f"Recall@{ACCURACY_LENGTH} when rebuilt from neurons"),
    _of_run(f"fidelity.{HIT}", HIT, f"Hit rate@{ACCURACY_LENGTH} when rebuilt from neurons"),
    _of_run(f"fidelity.{RBO}", RBO),
    _of_run(f"fidelity.{KENDALL}", KENDALL),
    _of_run(f"fidelity.{OVERLAP}", OVERLAP),
    _of_run("sae.ev_items", "ev_items", "Explained variance of items"),
    _of_run("sae.ev_users", "ev_users", "Explained variance of users"),
    _of_run("sae.width", "width"),
    _of_run("sae.l0_items", "l0_items", "Active neurons per item (L0)"),
    _of_run("sae.l0_users", "l0_users", "Active neurons per user (L0)"),
    _of_run("sae.dead", "dead"),
    _of_run("concepts.coverage.energy", COVERAGE, "Coverage: users' code energy in named neurons"),
    _of_run("concepts.coverage.lift", "covered_lift", "Coverage of the lists by named neurons"),
    _of_run(f"concepts.coverage.{RBO}", RBO, f"List agreement from named neurons only, RBO@{COMPARED_LENGTH}"),
    _of_run(f"concepts.coverage.{NDCG}", NDCG, f"Accuracy from named neurons only, NDCG@{ACCURACY_LENGTH}"),
    *(
        _of_run(f"concepts.held_out.purity.{k}.mean", held_out_key(k), f"Held-out purity@{k}, mean over facets")
        for k in HELD_OUT_DEPTHS
    ),
    _of_run("concepts.held_out.ap.mean", "held_out_ap", "Held-out average precision of facets"),
    _of_run("concepts.alive_share", "alive_share"),
    _of_run("concepts.antipodal", "antipodal"),
    _of_run("concepts.named", "named"),
    _of_run("concepts.name_holds", "name_holds"),
    *(
        _of_run(f"concepts.active_{side}s.{key}", f"active_{side}s", f"Neurons per {side}, {place}")
        for side in ("user", "item")
        for key, place in _PLACES.items()
    ),
    *(_of_run(f"purity.{k}.mean", purity_key(k), f"Purity@{k}, mean over facets") for k in PURITY_DEPTHS),
    _of_run("baselines.neurons.ap", "ap", "Average precision of facets"),
    _of_run("baselines.neurons.auc", "auc", "AUC of facets"),
    _of_run("baselines.neurons.ms", "ms"),
    _of_run("baselines.neurons.significant", "significant", "Neurons with a significant facet (p < .01)"),
    _of_run("seconds", "seconds", "Training, in seconds"),
)
"""What a comparison of runs shows, in this order; `seconds` is their sum over the stages."""
