"""`run.json` as typed values: what a run says of itself, checked when a run is opened, listed or imported.

The names of attributes are Python's, the keys of the JSON are those of `explorer.measures`. What could not be measured
is None. Keys that this version does not know are passed over.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import from_json

from explorer import measures
from explorer.config.run_config import CHOICES, RunConfig
from explorer.data import Nouns
from explorer.errors import UserError, shortened
from explorer.settings import requirement
from explorer.storage.files import read_regular_file

FORMAT = 2
"""Version of the run folder's layout and of the meaning of its files."""
MANIFEST = "run.json"
MAX_MANIFEST_BYTES = 16 * 2**20
"""Of a `run.json`; that of MovieLens 32M has 30 kB."""
MAX_NAME = 1000
"""Characters of a name or a title in it."""
_MAX_NOTE = 10_000
_MAX_NUMBER = 1e15

Name = Annotated[str, StringConstraints(max_length=MAX_NAME)]
Depth = Annotated[int, Field(strict=False, ge=1, le=1000)]
"""Of a purity; a text in JSON, where every key is one."""
Count = Annotated[int, Field(ge=0, le=10**15)]
Number = Annotated[float, Field(ge=-_MAX_NUMBER, le=_MAX_NUMBER)] | None
Seconds = Annotated[float, Field(ge=0, le=_MAX_NUMBER)]
_File = Annotated[str, StringConstraints(pattern=r"^([a-z_]+/)?[a-z_]+\.(parquet|safetensors)$", max_length=100)]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _moment(text: str) -> str:
    if text:
        datetime.fromisoformat(text)
    return text


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True, extra="ignore")

    def as_json(self) -> dict[str, Any]:
        """With the keys and values of `run.json`."""
        return self.model_dump(mode="json", by_alias=True)


class DatasetSize(_Part):
    """What the run was trained on, in numbers."""

    name: Name
    users: Count
    items: Count
    interactions: Count


class _Model(_Part):
    kind: Name
    dim: Count


class Accuracy(_Part):
    """Of lists, on the held-out positives."""

    ndcg: Number = Field(alias=measures.NDCG)
    recall: Number = Field(alias=measures.RECALL)
    hit: Number = Field(alias=measures.HIT)


class RecommenderMetrics(Accuracy, _Model):
    """The base model and how accurate its own lists are."""


class _Agreement(_Part):
    rbo: Number = Field(alias=measures.RBO)
    kendall: Number = Field(alias=measures.KENDALL)
    overlap: Number = Field(alias=measures.OVERLAP)


class FidelityMetrics(Accuracy, _Agreement):
    """Agreement of the lists from the reconstruction with the base model's, and their accuracy."""


class _Sizes(_Part):
    activation: Name
    width: Count
    k: Count | None
    k_users: Count | None
    prefix_widths: Annotated[list[Count], Field(min_length=1, max_length=1000)]


class CodeMetrics(_Part):
    """Sparsity and explained variance of the code, and how many neurons are dead."""

    l0_items: Number
    l0_users: Number
    ev_items: Number
    ev_users: Number
    dead: Count


class SaeMetrics(CodeMetrics, _Sizes):
    """The whole dictionary."""


class _Width(_Part):
    width: Count


class LevelMetrics(CodeMetrics, Accuracy, _Agreement, _Width):
    """The first `width` neurons as a recommender of their own."""


class GenrePurity(_Part):
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


class MostPopularNeuron(_Part):
    """The neuron whose strongest items are the most popular, and their mean percentile."""

    neuron: Count | None
    mean_percentile: Number


class Summary(_Part):
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


class Baselines(_Part):
    """The neurons beside directions that do not come from an autoencoder."""

    neurons: Summary
    raw: Summary
    pca: Summary
    random: Summary
    permuted: Summary

    def rows(self) -> list[dict[str, Any]]:
        """A row per kind of direction, `what` it is and its measures by their keys."""
        rows = []
        for name, what in BASELINE_TITLES.items():
            found: Summary = getattr(self, name)
            # Every depth, also one that a run.json from elsewhere lacks.
            depths = dict.fromkeys(measures.PURITY_DEPTHS) | found.purity
            purity = {measures.purity_key(depth): value for depth, value in depths.items()}
            rows.append({"what": what, **found.model_dump(exclude={"purity"}), **purity})
        return rows


BASELINE_TITLES = {
    "neurons": "These neurons",
    "raw": "Raw dimensions",
    "pca": "Principal components",
    "random": "Random directions",
    "permuted": "Neurons, genres shuffled",
}


class RunMetrics(_Part):
    """Everything that is measured of a run: what `evaluate --json` prints."""

    dataset: DatasetSize
    recommender: RecommenderMetrics
    sae: SaeMetrics
    fidelity: FidelityMetrics
    levels: Annotated[list[LevelMetrics], Field(min_length=1, max_length=1000)]
    purity: dict[Depth, GenrePurity]
    most_popular: MostPopularNeuron = Field(alias="popularity")
    baselines: Baselines
    seconds: dict[Name, Seconds]

    @model_validator(mode="after")
    def _every_depth(self):
        if missing := set(measures.PURITY_DEPTHS) - self.purity.keys():
            raise ValueError(f"purity must have the depth {min(missing)}")
        return self

    def by_path(self) -> dict[str, float | None]:
        """The value of every measure of `RUN_MEASURES`, by its path."""
        values = {**self.as_json(), "seconds": self.total_seconds}
        return {found.path: reduce(getitem, found.path.split("."), values) for found in measures.RUN_MEASURES}

    @property
    def total_seconds(self) -> float:
        """Of the whole training."""
        return sum(self.seconds.values())


class DatasetManifest(_Part):
    """What of the data set is not in its tables."""

    name: Name
    fingerprint: Name
    genre_parents: dict[Name, Name]
    notes: list[Annotated[str, StringConstraints(max_length=_MAX_NOTE)]]
    nouns: Nouns = Nouns()
    """What it calls its items; runs from before they were written have none."""


class RunManifest(_Part):
    """`run.json`."""

    format: int
    created: Annotated[str, StringConstraints(max_length=100), AfterValidator(_moment)]
    """ISO 8601; empty if unknown."""
    config: RunConfig
    versions: dict[Name, Name]
    dataset: DatasetManifest
    metrics: RunMetrics
    files: dict[_File, _Digest]
    """sha256 of every file, by its name within the folder."""

    def as_text(self) -> str:
        """What is written into the file."""
        return json.dumps(self.as_json(), indent=1, allow_nan=False) + "\n"


def read_manifest(folder: Path) -> RunManifest:
    """`run.json` of a folder, after checking that it is a run of a format this version knows."""
    folder = Path(folder)
    path = folder / MANIFEST
    if folder.is_file():
        raise UserError(f"{folder} is a file; give the folder of a run.")
    if not folder.is_dir():
        raise UserError(f"There is no run folder {folder}; `python -m explorer train` makes one.")
    if not path.is_file():
        raise UserError(f"{folder} is not a run: it has no {MANIFEST}.")
    try:
        content = read_regular_file(path, MAX_MANIFEST_BYTES)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None
    try:
        version = from_json(content)["format"]
    except (ValueError, KeyError, TypeError):
        raise _damaged(path, "it is not JSON with a format") from None
    if version != FORMAT or isinstance(version, bool | float):
        newer = isinstance(version, int) and version > FORMAT
        remedy = "update Concept Explorer" if newer else "train it again"
        raise UserError(f"{folder} has run format {shortened(version)}, this version reads format {FORMAT}; {remedy}.")
    try:
        manifest = RunManifest.model_validate_json(content)
    except ValidationError as error:
        raise _damaged(path, _fault(error)) from None
    if contradiction := _contradiction(manifest):
        raise _damaged(path, contradiction)
    return manifest


def _contradiction(manifest: RunManifest) -> str | None:
    """What a part says against another, where pages count on both; None if they agree."""
    settings, metrics = manifest.config.sae, manifest.metrics
    widths = metrics.sae.prefix_widths
    if [level.width for level in metrics.levels] != widths:
        return "metrics.levels must have the widths of metrics.sae.prefix_widths"
    if settings.width is not None and list(settings.levels) != widths:
        return "metrics.sae.prefix_widths must be those of config.sae"
    return None


def _damaged(path: Path, reason: str) -> UserError:
    return UserError(f"{path} is damaged ({reason}); restore the folder or train the run again.")


def _fault(error: ValidationError) -> str:
    """The first thing that is wrong: where in `run.json`, and what was expected there."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = list(first["loc"])
    if where[:1] == ["config"] and len(where) > 2 and where[1] in CHOICES:
        del where[2]  # the kind of the part, which is not a key of the file
    if where[-1:] == ["[key]"]:
        where.pop()
    path = ".".join(map(shortened, where)) or "it"
    if first["type"] == "value_error":
        return f"{path}: {' '.join(first['msg'].removeprefix('Value error, ').split())}"
    return f"{path} {requirement(first)}"
