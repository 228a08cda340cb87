"""A run: one immutable value that carries a trained thing through the house, and the folder it lives in.

    run.json                      format, config, versions, fingerprint, metrics, timings, sha256 of every file
    dataset/*.parquet             users, items, interactions with their split
    recommender.safetensors       embeddings and biases of the frozen base model
    sae.safetensors               the autoencoder's weights, means, scales and thresholds
    neurons/*.parquet             the neuron index
    history.parquet               losses over training

A folder opens on any machine, without the data set and without training.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.config.run_config import RunConfig
from explorer.data import Dataset
from explorer.errors import UserError
from explorer.fidelity import Reconstruction, reconstruct
from explorer.neurons import NeuronIndex
from explorer.recommenders import Recommender
from explorer.runs.manifest import FORMAT, MANIFEST, DatasetManifest, RunManifest, read_manifest
from explorer.runs.metrics import RunMetrics
from explorer.runs.schema import FILES, Tables, check_listed, read_recommender, read_sae, sizes_of
from explorer.sae import SparseAutoencoder
from explorer.storage.files import TRAINING, written_whole
from explorer.storage.tensors import write_tensors


@dataclass(frozen=True)
class Run:
    """A trained run. Everything in it is read-only; `reconstruction` is computed once when first asked for."""

    config: RunConfig
    dataset: Dataset
    recommender: Recommender
    sae: SparseAutoencoder
    index: NeuronIndex
    metrics: RunMetrics
    history: pd.DataFrame
    """Losses over training: `stage` (recommender or sae), `epoch`, and a column per loss and metric."""
    versions: dict[str, str] = field(default_factory=dict)
    created: str = ""
    path: Path | None = None
    digest: str = ""
    """`RunManifest.digest`, by which people's reviews of the run are kept; empty if the run is not saved."""
    proposed: Mapping[int, str] = field(default_factory=dict)
    """The proposed names of neurons that people have called otherwise (`explorer.audit`), by number."""

    @property
    def name(self) -> str:
        return self.path.name if self.path else "unsaved run"

    @cached_property
    def reconstruction(self) -> Reconstruction:
        """Codes and reconstructed embeddings of all users and items."""
        origin = vars(self).get("_origin")
        return reconstruct(self.recommender, self.sae) if origin is None else origin.reconstruction

    @cached_property
    def units(self) -> np.ndarray:
        """The unit of each neuron's slider, `[n]`: its largest activation on any user (on any item if it fires
        on no user; 1 if it never fires)."""
        neurons = self.index.neurons
        unit = neurons["max_users"].where(neurons["max_users"] > 0, neurons["max_items"])
        return unit.where(unit > 0, 1.0).to_numpy(np.float32)

    def called(self, names: Mapping[int, str]) -> Run:
        """The same run with some neurons called otherwise; what they were called before is in `proposed`."""
        names = {neuron: name for neuron, name in names.items() if 0 <= neuron < self.index.n}
        if not names:
            return self
        table = self.index.neurons
        labels = table["label"].tolist()
        proposed = {neuron: labels[neuron] for neuron in names} | dict(self.proposed)
        for neuron, name in names.items():
            labels[neuron] = name
        table = table.assign(label=pd.Series(labels, index=table.index, dtype=table["label"].dtype))
        named = replace(self, index=replace(self.index, neurons=table), proposed=proposed)
        vars(named)["_origin"] = self  # the codes are the same, and are computed once
        return named

    def proposed_name(self, neuron: int) -> str:
        """What the neuron is called if nobody calls it otherwise; what is said of people's names follows from it."""
        return self.proposed.get(neuron) or str(self.index.neurons["label"].iloc[neuron])

    def top_items(self, neuron: int, k: int | None = None) -> pd.DataFrame:
        """The strongest items of a neuron, best first, at most k: `rank`, `row`, `activation`, and what is known of
        the items."""
        return self.dataset.with_items(self.index.strongest_items(neuron, self.config.neurons.top if k is None else k))

    def neuron(self, number) -> int:
        """Check a neuron's number."""
        text = str(number).strip()
        if not text.isdecimal() or len(text) > 9 or int(text) >= self.index.n:
            raise UserError(f"There is no neuron {number}; this run has the neurons 0 to {self.index.n - 1}.")
        return int(number)


def save_run(run: Run, folder: Path, overwrite: bool = False) -> Run:
    """Write a run whole or not at all (a hidden folder beside the target, then renamed); returns it with its path."""
    folder = Path(folder)
    check_target(folder, overwrite)
    with written_whole(folder, "The run") as part:
        _write(run, part)
    return replace(run, path=folder, digest=read_manifest(folder).digest)


def check_target(folder: Path, overwrite: bool = False) -> None:
    """Refuse, before any training, a folder that a run cannot be written to."""
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; give a folder for the run.")
    if folder.is_dir() and any(path.name != TRAINING for path in folder.iterdir()):
        if not (folder / MANIFEST).exists():
            raise UserError(f"{folder} is not empty and is not a run; give another folder.")
        if not overwrite:
            raise UserError(f"{folder} already holds a run; give another folder or --overwrite.")
    check_writable(folder)


def check_writable(folder: Path) -> None:
    """Refuse a folder that cannot be made, or not be written to."""
    resolved = folder.resolve()
    existing = next(path for path in (resolved, *resolved.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise UserError(f"{folder} cannot be written: {existing} is not a writable folder; give another one.")


def rewrite_measures(run: Run) -> None:
    """Put the neuron index and the metrics of a saved run in place of those in its folder, whole or not at all.

    Everything else in the folder stays as it is, byte for byte.
    """
    replaced = shutil.ignore_patterns(MANIFEST, *(f"{field.name}.parquet" for field in fields(NeuronIndex)))
    with written_whole(run.path, "The run") as part:
        shutil.copytree(run.path, part, symlinks=True, ignore=replaced, dirs_exist_ok=True)
        _write_tables(_index_tables(run), part)
        _write_manifest(run, part)


def _index_tables(run: Run) -> dict[str, pd.DataFrame]:
    return {f"neurons/{f.name}": getattr(run.index, f.name) for f in fields(NeuronIndex)}


def _write(run: Run, folder: Path) -> None:
    data = {f"dataset/{name}": getattr(run.dataset, name) for name in ("users", "items", "interactions")}
    _write_tables({**data, **_index_tables(run), "history": run.history}, folder)
    for name, part in (("recommender", run.recommender), ("sae", run.sae)):
        write_tensors(folder / f"{name}.safetensors", part.tensors())
    _write_manifest(run, folder)


def _write_tables(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    for name, table in tables.items():
        path = folder / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        table.to_parquet(path, index=False, compression="zstd")


def _write_manifest(run: Run, folder: Path) -> None:
    """`run.json`, when all other files are there."""
    manifest = RunManifest(
        format=FORMAT,
        created=run.created,
        config=run.config,
        versions=run.versions,
        dataset=DatasetManifest(
            name=run.dataset.name,
            fingerprint=run.dataset.fingerprint,
            genre_parents=run.dataset.genre_parents,
            notes=list(run.dataset.notes),
            nouns=run.dataset.nouns,
            facets={name: list(values) for name, values in run.dataset.facets.items()},
        ),
        metrics=run.metrics,
        files={name: _sha256(folder / name) for name in sorted(FILES)},
    )
    (folder / MANIFEST).write_text(manifest.as_text(), encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_complete(folder: Path) -> RunManifest:
    """`run.json` of a folder, after checking that every file it names is there and unchanged."""
    folder = Path(folder)
    manifest = read_manifest(folder)
    check_listed(folder / MANIFEST, manifest.files)
    for name, digest in manifest.files.items():
        try:
            if not (folder / name).is_file():
                raise UserError(f"{folder} is incomplete: {name} is missing; restore it or train the run again.")
            if _sha256(folder / name) != digest:
                raise UserError(f"{folder / name} is damaged or cut short; restore it or train the run again.")
        except OSError as error:
            raise UserError(f"{folder / name} cannot be read: {error.strerror or error}.") from None
    return manifest


def load_run(folder: Path) -> Run:
    """Open a run folder after checking that it is complete and unchanged, and that its files hold what those of a run
    do (`explorer.runs.schema`)."""
    folder = Path(folder)
    manifest = check_complete(folder)
    config, about = manifest.config, manifest.dataset
    try:
        tables = Tables(folder, sizes_of(folder / MANIFEST, manifest), manifest.files)
        dataset = Dataset(
            about.name,
            tables.read("dataset/users"),
            tables.read("dataset/items"),
            tables.read("dataset/interactions"),
            about.fingerprint,
            about.genre_parents,
            tuple(about.notes),
            about.nouns,
            {name: tuple(values) for name, values in about.facets.items()},
        )
        return Run(
            config=config,
            dataset=dataset,
            recommender=read_recommender(folder / "recommender.safetensors", config, dataset),
            sae=read_sae(folder / "sae.safetensors", config),
            index=tables.index(),
            metrics=manifest.metrics,
            history=tables.read("history"),
            versions=manifest.versions,
            created=manifest.created,
            path=folder,
            digest=manifest.digest,
        )
    except (OSError, KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise UserError(f"{folder} cannot be opened as a run ({reason}); restore it or train it again.") from None
