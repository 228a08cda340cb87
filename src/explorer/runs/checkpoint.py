"""A training that has not come to its end: everything it takes to look at it or to go on from it.

    checkpoint.json               format, configuration, source and fingerprint of the data, history of the epochs done,
                                  sha256 of the other files
    recommender.safetensors       the frozen base model
    trainer.safetensors           weights, optimiser, random state, data order, dead-neuron clock

It lies in the sub-folder `checkpoint` of the folder that the run was to be written to.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
from pydantic import ValidationError
from torch import Tensor

from explorer.errors import UserError
from explorer.recommenders import KINDS, Recommender
from explorer.runs.config import RunConfig
from explorer.runs.folders import written_whole
from explorer.sae import Trainer

FOLDER = "checkpoint"
_MANIFEST = "checkpoint.json"
_FORMAT = 1


def is_checkpoint(path: Path) -> bool:
    """Whether something in a run's folder is its checkpoint, or what a killed process left of one."""
    return path.name == FOLDER or path.name.startswith(f".{FOLDER}-")


@dataclass(frozen=True)
class Checkpoint:
    """A state of the training of a run's autoencoder."""

    config: RunConfig
    source: str
    """The data set as `train --dataset` got it."""
    fingerprint: str
    recommender: Recommender
    state: dict[str, Tensor]
    """What `Trainer.state` gave."""
    history: list[dict]
    """A record per epoch done."""

    def trainer(self) -> Trainer:
        """A trainer that goes on from here as if it had never stopped."""
        trainer = Trainer(self.config.sae, self.recommender, self.config.seed)
        trainer.restore(self.state)
        return trainer


def save_checkpoint(checkpoint: Checkpoint, run_folder: Path) -> Path:
    """Write it below a run's folder, whole or not at all, in place of an older one; returns where."""
    target = Path(run_folder) / FOLDER
    tensors = {"recommender": checkpoint.recommender.tensors(), "trainer": checkpoint.state}
    content = {f"{name}.safetensors": safetensors.torch.save(values) for name, values in tensors.items()}
    manifest = {
        "format": _FORMAT,
        "config": checkpoint.config.model_dump(mode="json"),
        "source": checkpoint.source,
        "fingerprint": checkpoint.fingerprint,
        "history": checkpoint.history,
        "files": {name: _sha256(data) for name, data in content.items()},
    }
    content[_MANIFEST] = (json.dumps(manifest, indent=1, allow_nan=False) + "\n").encode()
    with written_whole(target, "The checkpoint") as part:
        for name, data in content.items():
            (part / name).write_bytes(data)
    return target


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def load_checkpoint(run_folder: Path) -> Checkpoint:
    """Open the checkpoint of a run's folder."""
    folder = Path(run_folder) / FOLDER
    if not (folder / _MANIFEST).is_file():
        raise UserError(f"{run_folder} has no checkpoint.")
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != _FORMAT:
            raise ValueError(f"it has format {manifest['format']}, this version reads {_FORMAT}")
        config = RunConfig.model_validate(manifest["config"])
        tensors = {}
        for name in ("recommender", "trainer"):
            data = (folder / f"{name}.safetensors").read_bytes()
            if _sha256(data) != manifest["files"][f"{name}.safetensors"]:
                raise ValueError(f"{name}.safetensors is not what was written")
            tensors[name] = safetensors.torch.load(data)
        return Checkpoint(
            config,
            manifest["source"],
            manifest["fingerprint"],
            KINDS[config.recommender.kind].model.from_tensors(tensors["recommender"]),
            tensors["trainer"],
            manifest["history"],
        )
    except (OSError, ValueError, KeyError, TypeError, ValidationError, safetensors.SafetensorError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserError(f"The checkpoint in {folder} cannot be opened ({reason}); train the run again.") from None
