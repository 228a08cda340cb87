"""An unfinished training: everything needed to look at it or to resume it.

It is the one file `training/checkpoint.safetensors` of the folder that the run is to be written to, so that one
replaces another atomically: the tensors of the frozen base model (`recommender.…`) and of the trainer (`trainer.…`:
weights, optimiser, random state, data order, dead-neuron clock), and in the header, as JSON, everything else and a
sha256. Before the base model is trained there are no tensors.

A base model of 128 MiB or more is not written again with every checkpoint: it lies beside it, in a file that is called
after its sha256, `training/base-….safetensors`, and the checkpoint says which.
"""

from __future__ import annotations

import hashlib
import json
import weakref
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import safetensors
import safetensors.torch
from torch import Tensor

from explorer.config.run_config import RunConfig
from explorer.errors import UserError
from explorer.recommenders import BASE_MODELS, Recommender
from explorer.sae import Trainer
from explorer.storage.files import TRAINING, replace_file
from explorer.storage.tensors import MAPPED_FROM, map_tensors, write_tensors

FILE = "checkpoint.safetensors"
_FORMAT = 2
_PLAIN = ("source", "fingerprint", "base_history", "history", "seconds")
"""Fields that are JSON as they are."""


@dataclass(frozen=True)
class Checkpoint:
    """A state of the training of a run."""

    config: RunConfig
    source: str
    """The data set as `train --dataset` got it."""
    fingerprint: str | None = None
    recommender: Recommender | None = None
    """None: it is not trained yet, and the training begins from the beginning."""
    base_history: list[dict] = field(default_factory=list)
    """A record per epoch of the base model."""
    state: dict[str, Tensor] = field(default_factory=dict)
    """What `Trainer.state` gave; empty before the first step."""
    history: list[dict] = field(default_factory=list)
    """A record per epoch done of the autoencoder."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Spent so far, by stage."""

    def trainer(self) -> Trainer:
        """A trainer that resumes here as if it had never stopped."""
        return Trainer(self.config.sae, self.recommender, self.config.seed, state=self.state)


def checkpoint_file(run_folder: Path) -> Path:
    """Where the checkpoint of a run's folder lies."""
    return Path(run_folder) / TRAINING / FILE


def save_checkpoint(checkpoint: Checkpoint, run_folder: Path) -> Path:
    """Write it below a run's folder, whole or not at all, in place of an older one; returns where."""
    target = checkpoint_file(run_folder)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return _save(checkpoint, target)
    except OSError as error:
        raise UserError(f"The checkpoint could not be written to {target}: {error.strerror or error}.") from None


def _save(checkpoint: Checkpoint, target: Path) -> Path:
    recommender = checkpoint.recommender.tensors() if checkpoint.recommender is not None else {}
    base = None
    if sum(values.numel() * values.element_size() for values in recommender.values()) >= MAPPED_FROM:
        base, recommender = _base_file(checkpoint.recommender, target.parent), {}
    tensors = {
        f"{part}.{name}": values
        for part, named in (("recommender", recommender), ("trainer", checkpoint.state))
        for name, values in named.items()
    }
    about = json.dumps(
        {
            "format": _FORMAT,
            "config": checkpoint.config.model_dump(mode="json"),
            **{name: getattr(checkpoint, name) for name in _PLAIN},
            **({} if base is None else {"base": base.name}),
        },
    )
    content = safetensors.torch.save(tensors, {"checkpoint": about, "sha256": checkpoint_sha256(about, tensors)})
    replace_file(target, content)
    for older in target.parent.glob("base-*.safetensors"):  # only now: until here the older checkpoint was the one
        if older != base:
            older.unlink(missing_ok=True)
    return target


_last_base: tuple[weakref.ref, Path] | None = None
"""The base model that this process wrote last, and where: the same one is neither written nor hashed again."""


def _base_file(recommender: Recommender, folder: Path) -> Path:
    """The file of a large base model in the folder of a training; written if it is not there."""
    global _last_base
    if _last_base is not None:
        of, path = _last_base[0](), _last_base[1]
        if of is recommender and path.parent == folder and path.exists():
            return path
    part = folder / ".base.new"
    try:
        write_tensors(part, recommender.tensors())
        path = folder / f"base-{_file_sha256(part)}.safetensors"
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    _last_base = weakref.ref(recommender), path
    return path


def _read_base(name: str, folder: Path) -> dict[str, Tensor]:
    path = folder / Path(name).name
    if not path.is_file():
        raise ValueError(f"its base model, {path.name}, is missing")
    if path.name != f"base-{_file_sha256(path)}.safetensors":
        raise ValueError(f"its base model, {path.name}, is not what was written")
    with safetensors.safe_open(path, framework="pt"):  # checks the header
        return map_tensors(path)


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checkpoint_sha256(about: str, tensors: dict[str, Tensor]) -> str:
    """Of everything that a checkpoint says."""
    digest = hashlib.sha256(about.encode())
    for name in sorted(tensors):
        values = tensors[name].detach().contiguous()
        digest.update(f"{name} {values.dtype} {tuple(values.shape)}".encode())
        digest.update(values.numpy().tobytes())
    return digest.hexdigest()


def load_checkpoint(run_folder: Path) -> Checkpoint:
    """Open the checkpoint of a run's folder."""
    path = checkpoint_file(run_folder)
    if not path.is_file():
        raise UserError(f"{run_folder} has no checkpoint.")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, it is not a dict
        manifest = json.loads(header["checkpoint"])
        if manifest["format"] != _FORMAT:
            raise ValueError(f"it has format {manifest['format']}, this version reads {_FORMAT}")
        if header["sha256"] != checkpoint_sha256(header["checkpoint"], tensors):
            raise ValueError("it is not what was written")
        config = RunConfig.model_validate(manifest["config"])
        plain = {name: manifest[name] for name in _PLAIN}
        base = manifest.get("base")
        recommender = _below("recommender", tensors) if base is None else _read_base(base, path.parent)
        if not recommender:
            return Checkpoint(config, **plain)
        model = BASE_MODELS[config.recommender.kind].model.from_tensors(recommender)
        return Checkpoint(config, **plain, recommender=model, state=_below("trainer", tensors))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, safetensors.SafetensorError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserError(f"The checkpoint {path} cannot be opened ({reason}); train the run again.") from None


def _below(part: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}."): values for name, values in tensors.items() if name.startswith(f"{part}.")}
