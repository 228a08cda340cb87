"""`run.json` as typed values: what a run says of itself, checked when a run is opened, listed or imported.

The names of attributes are Python's, the keys of the JSON are those of `explorer.measures`. What could not be measured
is None. Keys that this version does not know are passed over.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, ValidationError
from pydantic_core import from_json

from explorer.config.run_config import CHOICES, RunConfig
from explorer.data import Nouns
from explorer.errors import UserError, shortened
from explorer.recommenders import BASE_MODELS
from explorer.runs.metrics import Name, Part, RunMetrics
from explorer.settings import requirement
from explorer.storage.files import read_regular_file

FORMAT = 3
"""Version of the run folder's layout and of the meaning of its files."""
READABLE = (2, FORMAT)
"""Formats that this version opens. A run of format 2 lacks what was added later: `metrics.concepts`, further baselines,
and columns of the neuron index (those that a table may do without)."""
MANIFEST = "run.json"
MAX_MANIFEST_BYTES = 16 * 2**20
"""Of a `run.json`; that of MovieLens 32M has 30 kB."""
_MAX_NOTE = 10_000

_File = Annotated[str, StringConstraints(pattern=r"^([a-z_]+/)?[a-z_]+\.(parquet|safetensors)$", max_length=100)]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _moment(text: str) -> str:
    if text:
        datetime.fromisoformat(text)
    return text


class DatasetManifest(Part):
    """What of the data set is not in its tables."""

    name: Name
    fingerprint: Name
    genre_parents: dict[Name, Name]
    notes: list[Annotated[str, StringConstraints(max_length=_MAX_NOTE)]]
    nouns: Nouns = Nouns()
    """What it calls its items; runs from before they were written have none."""
    facets: dict[Name, list[Name]] = Field(default_factory=dict)
    """Name of each facet and its values; empty: one facet, which the nouns name."""


class RunManifest(Part):
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

    @property
    def digest(self) -> str:
        """64 hexadecimal digits of the autoencoder and the data: what a neuron's number refers to. A run that is
        renamed, copied, imported or measured again keeps it."""
        parts = self.files["sae.safetensors"], self.files["recommender.safetensors"], self.dataset.fingerprint
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

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
    if version not in READABLE or isinstance(version, bool | float):
        newer = isinstance(version, int) and version > FORMAT
        remedy = "update Concept Explorer" if newer else "train it again"
        raise UserError(f"{folder} has run format {shortened(version)}, this version reads format {FORMAT}; {remedy}.")
    try:
        manifest = RunManifest.model_validate_json(content)
    except ValidationError as error:
        raise _damaged(path, _fault(error)) from None
    if contradiction := _contradiction(manifest):
        raise _damaged(path, contradiction)
    return _as_it_was_trained(manifest)


def _as_it_was_trained(manifest: RunManifest) -> RunManifest:
    """With what settings of the base model meant in format 2, before there were others to choose from."""
    config = manifest.config
    settings = config.recommender
    older = BASE_MODELS[settings.kind].in_format_2 if manifest.format == 2 else {}
    missing = {name: value for name, value in older.items() if name not in settings.model_fields_set}
    if not missing:
        return manifest
    base = settings.model_copy(update=missing)
    return manifest.model_copy(update={"config": config.model_copy(update={"recommender": base})})


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
