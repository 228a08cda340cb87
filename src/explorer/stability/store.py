"""The stability of a run in its folder, which the run itself does not change for."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from explorer.errors import shortened
from explorer.stability.columns import COLUMNS
from explorer.stability.measure import MAX_SEEDS
from explorer.stability.stability import Stability
from explorer.storage.attachments import attach, attached

FOLDER = NAME = "stability"
TABLES = tuple(COLUMNS)
_SAE = "sae.safetensors"
_MAX_WIDTH = 2**16
_MAX_PROBLEM = 1000


class _About(BaseModel):
    """What is stored beside the table."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    version: Literal[1] = 1
    sae: str
    """sha256 of the autoencoder that was measured: a run that was trained anew has another."""
    width: int = Field(ge=1, le=_MAX_WIDTH)
    seeds: int = Field(ge=1, le=MAX_SEEDS)
    share: float = Field(gt=0, le=1)
    seed: int
    problem: str = Field("", max_length=_MAX_PROBLEM)


def save_stability(run_folder: Path, found: Stability, sae: str | None = None) -> None:
    """Add the stability to a run's folder, in place of an older one. `sae`: the `sae_digest` of what was measured."""
    run_folder = Path(run_folder)
    about = _About(
        sae=sae or sae_digest(run_folder),
        width=found.width,
        seeds=found.seeds,
        share=found.share,
        seed=found.seed,
        problem=shortened(found.problem, _MAX_PROBLEM),
    )
    attach(run_folder / FOLDER, NAME, {"matches": found.matches}, about.model_dump())


def load_stability(run_folder: Path) -> Stability | None:
    """The stability that was added to a run's folder; None if there is none, or not of this autoencoder."""
    run_folder = Path(run_folder)
    try:
        stamps = tuple((run_folder / name).stat().st_mtime_ns for name in (f"{FOLDER}/{NAME}.json", _SAE))
    except OSError:
        return None
    return _load(run_folder, stamps)


@functools.lru_cache(maxsize=64)
def _load(run_folder: Path, stamps: tuple[int, ...]) -> Stability | None:
    """`stamps`: when the files were written, so that a page may ask again at every click."""
    found = attached(run_folder / FOLDER, NAME, COLUMNS)
    if found is None:
        return None
    tables, about = found
    try:
        known = _About.model_validate(about)
        if known.sae != sae_digest(run_folder):
            return None
    except (ValueError, OSError):
        return None
    stability = Stability(tables["matches"], known.width, known.seeds, known.share, known.seed, known.problem)
    return stability if _is_whole(stability) else None


def sae_digest(run_folder: Path) -> str:
    """The sha256 of a run's autoencoder; raises `OSError` if it cannot be read."""
    with (Path(run_folder) / _SAE).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_whole(found: Stability) -> bool:
    """Whether every further training is there and has each neuron once."""
    table = found.matches
    own = table[table["dictionary"] == "neurons"]
    changes = ("seed",) if found.problem else ("seed", "sample")
    if set(own["change"]) != set(changes) or (own["neuron"] >= found.width).any():
        return False
    for _, group in table.groupby(["dictionary", "change"]):
        neurons = [part["neuron"].tolist() for _, part in group.groupby("repetition")]
        if set(group["repetition"]) != set(range(1, found.seeds + 1)) or len(set(neurons[0])) < len(neurons[0]):
            return False
        if any(other != neurons[0] for other in neurons):
            return False
    return True
