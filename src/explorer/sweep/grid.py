"""Which settings a sweep tries: the product of the values that are varied, or a seeded sample of it."""

from __future__ import annotations

import hashlib
import itertools
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from explorer.config import RunConfig, load_config
from explorer.config.presets import preset_settings
from explorer.config.run_config import parse_value, value_text
from explorer.errors import UserError
from explorer.storage.toml import read_toml

_PART_KEYS = {"vary", "set", "name"}
_BETWEEN_COMMAS = re.compile(r"""(?:\[[^\]]*\]|"[^"]*"|'[^']*'|[^,])+""")


@dataclass(frozen=True)
class Point:
    """One configuration of a sweep, and the settings (dotted keys) that make it from the defaults."""

    settings: dict[str, Any]
    config: RunConfig

    @property
    def key(self) -> str:
        """Names the point in the sweep's folder: the same configuration always has the same one."""
        return hashlib.sha256(self.config.model_dump_json().encode()).hexdigest()[:12]

    @property
    def arguments(self) -> str:
        """What `train` is given for the same run, as a shell takes it."""
        settings = {key: value for key, value in self.settings.items() if key != "seed"}
        parts = [f"--set {shlex.quote(text)}" for text in _texts(settings)]
        return " ".join([*parts, *([f"--seed {self.config.seed}"] if self.config.seed else [])])


def _texts(settings: dict[str, Any]) -> list[str]:
    """`KEY=VALUE` as `--set` takes it."""
    return [f"{key}={value_text(value)}" for key, value in settings.items()]


def varied(texts: list[str]) -> dict[str, list]:
    """`KEY=V1,V2,…` as on the command line: dotted key → values. Values are read as TOML, other words as text."""
    values: dict[str, list] = {}
    for text in texts:
        key, _, listed = text.partition("=")
        key, parts = key.strip(), [part.strip() for part in _BETWEEN_COMMAS.findall(listed)]
        if not key or not any(parts):
            raise UserError(f"--vary {text!r} is not KEY=VALUE,VALUE,…, for example --vary sae.k=8,16.")
        if key in values:
            raise UserError(f"{key!r} is varied twice; give all its values in one list.")
        values[key] = [parse_value(part) for part in parts if part]
    return values


def read_grid(file: Path | None, vary: dict[str, list], fixed: list[str], preset: str | None = None) -> list[Point]:
    """The points of a sweep, without repetitions, those that share a base model next to each other.

    `file` (TOML) may have several `[[grid]]` tables, each with `set` (dotted key = value) and `vary` (dotted key =
    list); the sweep is the union of their products. `vary` and `fixed` (`KEY=VALUE`), from the command line, win over
    the file in each of them.
    """
    start = preset_settings(preset) if preset else {}
    given = _given(fixed)
    points: dict[str, Point] = {}
    for part in _read_parts(file) if file else [{}]:
        constant = {**start, **part.get("set", {}), **given}
        axes = {**{key: values for key, values in part.get("vary", {}).items() if key not in given}, **vary}
        for values in itertools.product(*axes.values()):
            settings = {**constant, **dict(zip(axes, values, strict=True))}
            texts = _texts(settings)
            try:
                point = Point(settings, load_config(settings=texts))
            except UserError as error:
                raise UserError(f"The point {', '.join(texts)} cannot be trained. {error}") from None
            points.setdefault(point.key, point)
    return sorted(points.values(), key=lambda point: base_key(point.config))


def _given(fixed: list[str]) -> dict[str, Any]:
    """`KEY=VALUE` texts as dotted key → value."""
    values = {}
    for text in fixed:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UserError(f"--set {text!r} is not KEY=VALUE, for example sae.k=16.")
        values |= _dotted({key.strip(): parse_value(value.strip())})
    return values


def _dotted(table: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Tables within tables as dotted keys: TOML reads `sae.k = 8` without quotes as a table `sae` with `k`."""
    flat = {}
    for key, value in table.items():
        flat |= _dotted(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}": value}
    return flat


def base_key(config: RunConfig) -> str:
    """The same for configurations that train the same base model on the same split."""
    return config.model_dump_json(include={"seed", "data", "recommender"})


def _read_parts(file: Path) -> list[dict[str, dict]]:
    """`set` and `vary` of each `[[grid]]` of a file, with dotted keys."""
    content = read_toml(file, "The grid file")
    parts = content.pop("grid", None)
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise UserError(f"The grid file {file} has no [[grid]] table.")
    if content:
        raise UserError(f"The grid file {file} has {sorted(content)[0]!r}; it may have [[grid]] tables only.")
    return [_read_part(part, f"[[grid]] number {number} of {file}") for number, part in enumerate(parts, 1)]


def _read_part(part: dict[str, Any], where: str) -> dict[str, dict]:
    unknown = part.keys() - _PART_KEYS
    if unknown:
        raise UserError(f"The {where} has {sorted(unknown)[0]!r}; it may have name, set and vary.")
    for name in ("set", "vary"):
        if not isinstance(part.get(name, {}), dict):
            raise UserError(f"{name} in {where} is not a table of settings.")
    read = {name: _dotted(part.get(name, {})) for name in ("set", "vary")}
    for key, values in read["vary"].items():
        if not isinstance(values, list) or not values:
            raise UserError(f"vary of {key!r} in {where} is not a list of values.")
    return read


def sample_points(points: list[Point], n: int | None, seed: int) -> list[Point]:
    """n of the points at random (None or more than there are: all), in their order."""
    if n is None or n >= len(points):
        return points
    if n < 1:
        raise UserError(f"--sample {n} must be at least 1.")
    chosen = set(Random(seed).sample(range(len(points)), n))
    return [point for i, point in enumerate(points) if i in chosen]
