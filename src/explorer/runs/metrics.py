"""The measures of a run as typed values, as `evaluate --json` prints them and `run.json` keeps them.

The names of attributes are Python's, the keys of the JSON are those of `explorer.measures`. What could not be measured
is None. Keys that this version does not know are passed over.
"""

from __future__ import annotations

from functools import reduce
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
    model_validator,
)

from explorer import measures

MAX_NAME = 1000
"""Characters of a name or a title."""
_MAX_NUMBER = 1e15

Name = Annotated[str, StringConstraints(max_length=MAX_NAME)]
Depth = Annotated[int, Field(strict=False, ge=1, le=1000)]
"""Of a purity; a text in JSON, where every key is one."""
Count = Annotated[int, Field(ge=0, le=10**15)]
Number = Annotated[float, Field(ge=-_MAX_NUMBER, le=_MAX_NUMBER)] | None
Seconds = Annotated[float, Field(ge=0, le=_MAX_NUMBER)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True, extra="ignore")

    def as_json(self) -> dict[str, Any]:
        """With the keys and values of `run.json`."""
        return self.model_dump(mode="json", by_alias=True)


class DatasetSize(Part):
    """What the run was trained on, in numbers."""

    name: Name
    users: Count
    items: Count
    interactions: Count


class _Model(Part):
    kind: Name
    dim: Count


class Accuracy(Part):
    """Of lists, on the held-out positives."""

    ndcg: Number = Field(alias=measures.NDCG)
    recall: Number = Field(alias=measures.RECALL)
    hit: Number = Field(alias=measures.HIT)


class RecommenderMetrics(Accuracy, _Model):
    """The base model and how accurate its own lists are."""


class _Agreement(Part):
    rbo: Number = Field(alias=measures.RBO)
    kendall: Number = Field(alias=measures.KENDALL)
    overlap: Number = Field(alias=measures.OVERLAP)


class FidelityMetrics(Accuracy, _Agreement):
    """Agreement of the lists from the reconstruction with the base model's, and their accuracy."""


class _Sizes(Part):
    activation: Name
    width: Count
    k: Count | None
    k_users: Count | None
    prefix_widths: Annotated[list[Count], Field(min_length=1, max_length=1000)]


class CodeMetrics(Part):
    """Sparsity and explained variance of the code, and how many neurons are dead."""

    l0_items: Number
    l0_users: Number
    ev_items: Number
    ev_users: Number
    dead: Count


class SaeMetrics(CodeMetrics, _Sizes):
    """The whole dictionary."""


class _Width(Part):
    width: Count


class LevelMetrics(CodeMetrics, Accuracy, _Agreement, _Width):
    """The first `width` neurons as a recommender of their own."""


class ListMeasures(Part):
    """Of lists from few coordinates."""

    rbo: Number = Field(alias=measures.RBO)
    ndcg: Number = Field(alias=measures.NDCG)


class ListSpread(ListMeasures):
    """Those of the run's own seed, and the extremes over several seeds."""

    low: ListMeasures
    high: ListMeasures


class LevelBaselines(_Width):
    """The lists of a level beside those from other bases with as many active coordinates per row."""

    active_items: Number
    active_users: Number
    users: Count
    """How many users are compared."""
    recommender: Number
    """NDCG of the base model's own lists of these users."""
    rows: dict[Name, ListSpread]
    """By what the lists are from: `neurons`, and bases as in `Baselines`."""


class GenrePurity(Part):
    """Purity of each genre's best neuron at one depth; genres that no neuron could be measured on have none."""

    mean: Number
    by_genre: dict[Name, Number]
    base_rate: dict[Name, Number]
    neuron: dict[Name, Count]

    @model_validator(mode="after")
    def _same_genres(self):
        if not self.by_genre.keys() == self.base_rate.keys() == self.neuron.keys():
            raise ValueError("by_genre, base_rate and neuron must have the same genres")
        return self


class MostPopularNeuron(Part):
    """The neuron whose strongest items are the most popular, and their mean percentile."""

    neuron: Count | None
    mean_percentile: Number


class Summary(Part):
    """All directions of one kind in a few numbers; see `explorer.neurons.summary.summarise`."""

    directions: Count
    measured: Number
    significant: Number
    purity: dict[Depth, Number]
    auc: Number
    ap: Number
    ms: Number
    ms_base_rate: Number
    popularity_percentile: Number = Field(alias="popularity")
    popularity_spearman: Number
    # From format 3 on:
    held_out_purity: dict[Depth, Number] | None = None
    held_out_ap: Number = None
    active_items: Number = None
    active_users: Number = None
    rbo: Number = Field(None, alias=measures.RBO)
    ndcg: Number = Field(None, alias=measures.NDCG)

    def by_key(self) -> dict[str, Any]:
        """The measures by their keys, those of every depth flat; also of one that a run.json from elsewhere lacks."""
        values = self.model_dump(by_alias=True, exclude={"purity", "held_out_purity"})
        depths = dict.fromkeys(measures.PURITY_DEPTHS) | self.purity
        values |= {measures.purity_key(depth): value for depth, value in depths.items()}
        depths = dict.fromkeys(measures.HELD_OUT_DEPTHS) | (self.held_out_purity or {})
        return values | {measures.held_out_key(depth): value for depth, value in depths.items()}


class Baselines(Part):
    """The neurons beside directions that do not come from an autoencoder."""

    neurons: Summary
    raw: Summary
    pca: Summary
    random: Summary
    permuted: Summary
    # From format 3 on:
    rotation: Summary | None = None
    fastica: Summary | None = None
    kmeans: Summary | None = None

    def rows(self) -> list[dict[str, Any]]:
        """A row per kind of direction, `what` it is and its measures by their keys."""
        rows = []
        for name, what in BASELINE_TITLES.items():
            found: Summary | None = getattr(self, name)
            if found is not None:
                rows.append({"what": what, **found.by_key()})
        return rows


BASELINE_TITLES = {
    "neurons": "These neurons",
    "fastica": "FastICA",
    "kmeans": "Spherical k-means",
    "pca": "Principal components",
    "raw": "Raw dimensions",
    "rotation": "Random rotation",
    "random": "Random directions",
    "permuted": "Neurons, facets shuffled",
}


class Distribution(Part):
    """Of a number per row: its smallest value and percentiles."""

    minimum: Number = Field(alias="min")
    p5: Number
    p50: Number
    p95: Number


class HeldOut(Part):
    """Mean and standard deviation over random halvings of the ranked items; by genre the mean."""

    mean: Number
    sd: Number
    by_genre: dict[Name, Number]


class HeldOutMetrics(Part):
    """Each genre's best neuron, chosen on one half of the ranked items and measured on the other."""

    halvings: Count
    purity: dict[Depth, HeldOut]
    ap: HeldOut

    @model_validator(mode="after")
    def _every_depth(self):
        if missing := set(measures.HELD_OUT_DEPTHS) - self.purity.keys():
            raise ValueError(f"purity must have the depth {min(missing)}")
        return self


class Coverage(Part):
    """How much of the recommender named neurons explain: shares, and what the lists from them alone reach."""

    energy: Number
    lift: Number
    rbo: Number = Field(alias=measures.RBO)
    ndcg: Number = Field(alias=measures.NDCG)


class ConceptMetrics(Part):
    """Whether the neurons are concepts, and how much of the recommender they explain."""

    alive: Count
    alive_share: Number
    antipodal: Number
    """Share of the alive neurons that have another of them opposite."""
    named: Number
    """Share of the alive neurons."""
    name_holds: Number
    """Mean over the named neurons."""
    active_items: Distribution
    active_users: Distribution
    held_out: HeldOutMetrics
    coverage: Coverage


class RunMetrics(Part):
    """Everything that is measured of a run: what `evaluate --json` prints."""

    dataset: DatasetSize
    recommender: RecommenderMetrics
    sae: SaeMetrics
    fidelity: FidelityMetrics
    levels: Annotated[list[LevelMetrics], Field(min_length=1, max_length=1000)]
    purity: dict[Depth, GenrePurity]
    most_popular: MostPopularNeuron = Field(alias="popularity")
    baselines: Baselines
    level_baselines: Annotated[list[LevelBaselines], Field(max_length=1000)] | None = None
    """A row per level; none of a dictionary of one level. None in a run from before they were measured."""
    seconds: dict[Name, Seconds]
    concepts: ConceptMetrics | None = None
    """None in a run of format 2, from before they were measured."""

    @model_validator(mode="after")
    def _every_depth(self):
        if missing := set(measures.PURITY_DEPTHS) - self.purity.keys():
            raise ValueError(f"purity must have the depth {min(missing)}")
        return self

    @model_serializer(mode="wrap")
    def _as_it_was(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without what a run from before was not measured by, so that it is written as it was."""
        values = write(self)
        if values.get("level_baselines", 0) is None:
            del values["level_baselines"]
        return values

    def by_path(self) -> dict[str, float | None]:
        """The value of every measure of `RUN_MEASURES`, by its path."""
        values = {**self.as_json(), "seconds": self.total_seconds}
        return {found.path: reduce(_below, found.path.split("."), values) for found in measures.RUN_MEASURES}

    @property
    def total_seconds(self) -> float:
        """Of the whole training."""
        return sum(self.seconds.values())


def _below(value: Any, key: str) -> Any:
    """The entry of a dictionary; None below what is not there."""
    return None if value is None else value[key]
