"""Which settings a sweep tries: the product of the values that are varied, or a seeded sample of it."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.errors import UserError
from explorer.runs import RunConfig, load_config

_PART_KEYS = {"vary", "set", "name"}


@dataclass(frozen=True)
class Point:
    """One configuration of a sweep, and the settings (dotted keys) in which it differs from the defaults."""

    settings: dict[str, Any]
    config: RunConfig

    @property
    def key(self) -> str:
        """Names the point in the sweep's folder: the same configuration always has the same one."""
        return hashlib.sha256(self.config.model_dump_json().encode()).hexdigest()[:12]

    @property
    def arguments(self) -> str:
        """What `train` is given for the same run."""
        seed = self.settings.get("seed")
        parts = [f"--set {key}={_text(value)}" for key, value in self.settings.items() if key != "seed"]
        return " ".join([*parts, *([f"--seed {seed}"] if seed else [])])


def _text(value: Any) -> str:
    """A value as the shell and `--set` take it."""
    if isinstance(value, str):
        return value
    text = json.dumps(value)
    return f"'{text}'" if isinstance(value, list) else text


def varied(texts: list[str]) -> dict[str, list]:
    """`KEY=V1,V2,…` as on the command line: dotted key → values. Values are read as TOML, other words as text."""
    values: dict[str, list] = {}
    for text in texts:
        key, equals, listed = text.partition("=")
        if not equals or not key.strip() or not listed.strip():
            raise UserError(f"--vary {text!r} is not KEY=VALUE,VALUE,…, for example --vary sae.k=8,16.")
        try:
            values[key.strip()] = tomllib.loads(f"values = [{listed}]")["values"]
        except tomllib.TOMLDecodeError:
            values[key.strip()] = [_value(part.strip()) for part in listed.split(",")]
    return values


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def read_grid(file: Path | None, vary: dict[str, list], fixed: list[str], preset: str | None = None) -> list[Point]:
    """The points of a sweep, without repetitions, those that share a base recommender next to each other.

    `file` (TOML) may have several `[[grid]]` tables, each with `set` (dotted key = value) and `vary` (dotted key =
    list); the sweep is the union of their products. `vary` and `fixed` (`KEY=VALUE`) are added to each of them.
    """
    points: dict[str, Point] = {}
    for part in _read_parts(file) if file else [{}]:
        axes = {**part.get("vary", {}), **vary}
        constant = part.get("set", {})
        for values in itertools.product(*axes.values()):
            settings = {**constant, **dict(zip(axes, values, strict=True))}
            try:
                config = load_config(settings=fixed, preset=preset, **settings)
            except UserError as error:
                where = ", ".join(f"{key}={_text(value)}" for key, value in settings.items())
                raise UserError(f"The point {where or 'of the defaults'} cannot be trained. {error}") from None
            given = {**dict(setting.partition("=")[::2] for setting in fixed), **settings}
            point = Point(given, config)
            points.setdefault(point.key, point)
    return sorted(points.values(), key=lambda point: base_key(point.config))


def base_key(config: RunConfig) -> str:
    """The same for configurations that train the same base recommender on the same split."""
    return config.model_dump_json(include={"seed", "data", "recommender"})


def _read_parts(file: Path) -> list[dict]:
    try:
        parts = tomllib.loads(file.read_text(encoding="utf-8-sig")).get("grid")
    except FileNotFoundError:
        raise UserError(f"The grid file {file} does not exist.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"The grid file {file} cannot be read as TOML: {error}.") from None
    if not isinstance(parts, list) or not parts:
        raise UserError(f"The grid file {file} has no [[grid]] table.")
    for number, part in enumerate(parts, 1):
        unknown = part.keys() - _PART_KEYS
        if unknown:
            raise UserError(
                f"The [[grid]] number {number} of {file} has {sorted(unknown)[0]!r}; it may have name, set and vary."
            )
        for key, values in part.get("vary", {}).items():
            if not isinstance(values, list) or not values:
                raise UserError(f"vary of {key!r} in [[grid]] number {number} of {file} is no list of values.")
    return parts


def sample_points(points: list[Point], n: int | None, seed: int) -> list[Point]:
    """n of the points at random (None or more than there are: all), in their order."""
    if n is None or n >= len(points):
        return points
    if n < 1:
        raise UserError(f"--sample {n} cannot be; give 1 or more.")
    chosen = set(random.Random(seed).sample(range(len(points)), n))
    return [point for i, point in enumerate(points) if i in chosen]
