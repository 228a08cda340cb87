"""A training as a form puts it together: choices become one configuration, one command, one file, one estimate."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.config import RunConfig, load_config, value_text
from explorer.config.run_config import CHOICES
from explorer.data import find_source
from explorer.errors import UserError
from explorer.jobs.control import train_arguments
from explorer.runs import clean_name
from explorer.runs.library import numbered_names
from explorer.text import bytes_text
from explorer.threads import DEFAULT_THREADS

_KIND_SETTINGS = [f"{part}.{choice.tag}" for part, choice in CHOICES.items()]
"""Settings that say which kind of model; each kind has its own defaults."""


@dataclass(frozen=True)
class Plan:
    """What is to be trained, checked."""

    source: str
    out: Path
    preset: str
    settings: tuple[str, ...]
    """KEY=VALUE, what differs from the preset."""
    config: RunConfig
    threads: int = DEFAULT_THREADS

    @property
    def arguments(self) -> list[str]:
        """Arguments of `python -m explorer` that train this."""
        return train_arguments(self.source, self.out, self.preset, self.settings, self.threads)


def make_plan(source: str, out: Path, preset: str, values: dict[str, Any], threads: int = DEFAULT_THREADS) -> Plan:
    """Check a training whose settings are `values` (dotted keys; None leaves a setting open).

    Raises `UserError` with the setting's name and what is allowed.
    """
    start, own_kinds = preset_config(preset, values), load_config(preset=preset)
    settings = []
    for key, value in values.items():
        usual = setting(own_kinds if key in _KIND_SETTINGS else start, key)
        if value is None and usual is not None:
            raise UserError(f"{key} is empty; give a value, or the preset's, {usual}.")
        if value is not None and value != usual:
            settings.append(f"{key}={value_text(value)}")
    return Plan(source, out, preset, tuple(settings), load_config(settings=settings, preset=preset), threads)


def suggested_name(folder: Path, source: str, kind: str, preset: str) -> str:
    """A name for a run that nothing in a folder of runs has yet: data set, base model and preset, and a number if
    need be."""
    base = clean_name(f"{find_source(source).name}-{kind}-{preset}")
    return next(name for name in numbered_names(base) if not (folder / name).exists())


def missing_disk_room(folder: Path, size: int) -> str | None:
    """A sentence if the disk on which a folder is, or would be, has too little room for a run of `size` bytes."""
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    # Twice: the folder of the training remains until the run is complete beside it.
    return None if free >= 2 * size else f"The disk has only {bytes_text(free)} left for {folder.parent}."


def preset_config(preset: str, values: dict[str, Any]) -> RunConfig:
    """The configuration of a preset with the kinds chosen in `values`: what the fields of a form begin with."""
    return load_config(settings=[f"{key}={values[key]}" for key in _KIND_SETTINGS if values.get(key)], preset=preset)


def setting(config: RunConfig, key: str) -> Any:
    """The value of a dotted key; None for what this kind does not have."""
    value = config
    for part in key.split("."):
        value = getattr(value, part, None)
    return list(value) if isinstance(value, tuple) else value
