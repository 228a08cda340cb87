"""Train and measure every point of a sweep, one table for all; what is done already is never done again.

sweep.json                    data set, and its fingerprint with each of the data settings
points/KEY.json               what one point reached, written whole as soon as it is known
table.parquet, table.csv      all points as one table
frontier.html                 purity against fidelity, one mark per configuration
"""

from __future__ import annotations

import itertools
import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from explorer import measures
from explorer.config import RunConfig
from explorer.data import load_dataset
from explorer.errors import UserError
from explorer.figures import frontier_figure
from explorer.measures import PURITY_DEPTHS
from explorer.progress import Progress, silent
from explorer.runs import Base, Run, explain_base, train_base
from explorer.runs.metrics import CodeMetrics, RunMetrics
from explorer.runs.run import check_writable
from explorer.storage.files import replace_file
from explorer.sweep.grid import Point, base_key
from explorer.text import csv_bytes

_MANIFEST = "sweep.json"
_FORMAT = 1


@dataclass(frozen=True)
class Sweep:
    """A sweep's folder: what it is about, and a row per point that has been tried."""

    about: dict[str, Any]
    table: pd.DataFrame
    path: Path


def run_sweep(source: str, points: list[Point], folder: Path, progress: Progress = silent) -> Sweep:
    """Train every point that the folder does not have yet; a point that fails is recorded with its reason.

    Stopped at any moment, the same call resumes it. Raises `UserError` for a folder that is something else, a sweep of
    other data, or if no base model can be trained at all.
    """
    folder = Path(folder)
    _check_folder(folder)
    _check_data(folder, source, points)
    _read_points(folder)  # a damaged one is found now, not after hours
    todo = [point for point in points if not _point_file(folder, point.key).is_file()]
    number = len(points) - len(todo)
    unwritten: list[dict[str, Any]] = []
    for _, sharing in itertools.groupby(todo, key=lambda point: base_key(point.config)):
        base: Base | UserError | None = None  # let go of the old one before the new one is made
        for point in sharing:
            number += 1
            what = f"point {number} of {len(points)}: {point.arguments or 'the defaults'}"
            progress("sweep", (number - 1) / len(points), what)
            stage = _staged(progress, number, len(points))
            base = base or _train_base(source, point.config, folder, stage)
            unwritten.append(_row(source, point, _measure(base, point.config, stage)))
            if (folder / _MANIFEST).is_file():  # else no base model could be trained yet: the data may be the reason
                _record(folder, unwritten)
                unwritten = []
    if unwritten:
        raise UserError(unwritten[-1]["problem"])
    if not todo:
        write_table(folder)
    progress("sweep", 1.0, f"{len(points)} points")
    return read_sweep(folder)


def _train_base(source: str, config: RunConfig, folder: Path, progress: Progress) -> Base | UserError:
    """The base model that points share, or why it cannot be trained."""
    try:
        base = train_base(source, _base_config(config), progress)
    except UserError as error:
        return error
    _describe(folder, source, base, config)
    return base


def _measure(base: Base | UserError, config: RunConfig, progress: Progress) -> dict[str, Any]:
    """What a point reaches, or its `problem`."""
    if isinstance(base, UserError):
        return {"problem": str(base)}
    try:
        return summary(explain_base(base, config, progress))
    except UserError as error:
        return {"problem": str(error)}


def _row(source: str, point: Point, reached: dict[str, Any]) -> dict[str, Any]:
    command = f"python -m explorer train --dataset {shlex.quote(source)} --out RUN_DIR {point.arguments}".strip()
    return {"point": point.key, "seed": point.config.seed, **_flat(point), **reached, "command": command}


def _record(folder: Path, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        _write(_point_file(folder, row["point"]), json.dumps(row, indent=1))
    write_table(folder)


def _base_config(config: RunConfig) -> RunConfig:
    """What decides the base model, and nothing besides: it is shared by points with other autoencoders, and one
    of them that does not fit the catalogue must not stop it."""
    return RunConfig(seed=config.seed, data=config.data, recommender=config.recommender)


def _staged(progress: Progress, number: int, total: int) -> Progress:
    """The progress of one point as a part of the whole sweep's."""

    def report(stage: str, done: float, message: str = "", record: dict | None = None) -> None:
        progress(f"point {number}/{total} {stage}", done, message, record)

    return report


def summary(run: Run) -> dict[str, Any]:
    """The numbers of a run that a sweep compares, flat."""
    metrics = run.metrics
    by_genre = metrics.purity[PURITY_DEPTHS[0]].by_genre
    return {
        "base": metrics.recommender.kind,
        "dim": metrics.recommender.dim,
        "activation": metrics.sae.activation,
        "width": metrics.sae.width,
        "levels": len(metrics.sae.prefix_widths),
        f"base_{measures.NDCG}": metrics.recommender.ndcg,
        **{measures.purity_key(depth): found.mean for depth, found in metrics.purity.items()},
        "pure_genres": sum(value == 1 for value in by_genre.values()),
        "genres": len(by_genre),
        **metrics.fidelity.as_json(),
        **metrics.sae.model_dump(include=set(CodeMetrics.model_fields)),
        "sae_seconds": metrics.seconds["sae"],
        **_concepts(metrics),
    }


def _concepts(metrics: RunMetrics) -> dict[str, Any]:
    """What its concepts are worth, and of each baseline the same measures behind its name."""
    rows = {f"{name}_": row for name, row in metrics.baselines if name != "neurons"} | {"": metrics.baselines.neurons}
    keys = (*map(measures.held_out_key, measures.HELD_OUT_DEPTHS), "held_out_ap")
    flat = {f"{name}{key}": row.by_key()[key] for name, row in rows.items() if row is not None for key in keys}
    for name, row in rows.items():
        if name and row is not None and row.rbo is not None:
            flat |= {f"{name}{measures.RBO}": row.rbo, f"{name}{measures.NDCG}": row.ndcg}
    found = metrics.concepts
    if found is None:
        return flat
    names = ("alive", "alive_share", "antipodal", "named", "name_holds")
    return flat | {
        measures.COVERAGE: found.coverage.energy,
        "covered_lift": found.coverage.lift,
        f"named_{measures.RBO}": found.coverage.rbo,
        f"named_{measures.NDCG}": found.coverage.ndcg,
        **found.model_dump(include=set(names)),
        **{
            f"{side}_{key}": value
            for side in ("active_users", "active_items")
            for key, value in getattr(found, side).as_json().items()
        },
    }


def _flat(point: Point) -> dict[str, Any]:
    """The point's settings but the seed as plain cells."""
    settings = {key: value for key, value in point.settings.items() if key != "seed"}
    return {key: json.dumps(value) if isinstance(value, list) else value for key, value in settings.items()}


def _point_file(folder: Path, key: str) -> Path:
    return folder / "points" / f"{key}.json"


def _check_folder(folder: Path) -> None:
    """Refuse, before any training, a folder that a sweep cannot be written to."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; give a folder for the sweep.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _MANIFEST).is_file():
        raise UserError(f"{folder} is not empty and is not a sweep; give another folder.")
    check_writable(folder)


def _check_data(folder: Path, source: str, points: list[Point]) -> None:
    """Refuse, before any training, to resume a sweep of other data."""
    if not (folder / _MANIFEST).is_file():
        return
    about = _read_about(folder)
    for point in points:
        fingerprint = about["fingerprints"].get(_data_key(point.config))
        if fingerprint is not None:  # one is enough: all are of the same source
            dataset = load_dataset(source, point.config.data, point.config.seed)
            if dataset.fingerprint != fingerprint:
                raise _other_data(folder, about, source)
            return


def _data_key(config: RunConfig) -> str:
    """What of the settings decides the content of the data set."""
    return config.data.model_dump_json()


def _describe(folder: Path, source: str, base: Base, config: RunConfig) -> None:
    """Write `sweep.json`, or check that it says the same."""
    path = folder / _MANIFEST
    new = {"source": source, "dataset": base.dataset.name, "fingerprints": {}}
    about = _read_about(folder) if path.is_file() else new
    fingerprint = about["fingerprints"].get(_data_key(config))
    if fingerprint is None and about["dataset"] == base.dataset.name:
        about["fingerprints"][_data_key(config)] = base.dataset.fingerprint
        _write(path, json.dumps({"format": _FORMAT, **about}, indent=1))
    elif fingerprint != base.dataset.fingerprint:
        raise _other_data(folder, about, source)


def _other_data(folder: Path, about: dict[str, Any], source: str) -> UserError:
    return UserError(
        f"{folder} is a sweep of {about['dataset']} with other content than {source}; give another folder."
    )


def _write(path: Path, content: str | bytes) -> None:
    """A file, whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content if isinstance(content, bytes) else content.encode("utf-8"))
    except OSError as error:
        raise UserError(f"{path} could not be written: {error.strerror or error}.") from None


def _read_about(folder: Path) -> dict[str, Any]:
    try:
        about = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        if about["format"] != _FORMAT:
            raise UserError(f"{folder} is a sweep of another format ({about['format']}); start a new one.")
        return {"source": about["source"], "dataset": about["dataset"], "fingerprints": dict(about["fingerprints"])}
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(f"{folder} is not a sweep, or its {_MANIFEST} is damaged; start a new one.") from None


def write_table(folder: Path) -> None:
    """Put all points together: Parquet for programs, CSV for people."""
    table = _read_points(folder)
    _write(folder / "table.parquet", table.to_parquet(index=False))
    _write(folder / "table.csv", csv_bytes(table))


def _read_points(folder: Path) -> pd.DataFrame:
    rows = []
    for file in sorted((folder / "points").glob("*.json")):
        try:
            row = json.loads(file.read_text(encoding="utf-8"))
            if row["point"] != file.stem:
                raise ValueError
            rows.append(row)
        except (OSError, ValueError, KeyError, TypeError):
            raise UserError(
                f"{file} is damaged; delete it and start the sweep again, it tries that point anew."
            ) from None
    table = pd.DataFrame(rows)
    for name in table.select_dtypes(object):  # a setting may be text in one grid and a number in another
        kinds = {type(value) for value in table[name].dropna()}
        if len(kinds) > 1:
            table[name] = table[name].map(lambda value: value if pd.isna(value) else str(value))
    return table


def read_sweep(folder: Path) -> Sweep:
    """Open a sweep's folder, finished or not."""
    folder = Path(folder)
    return Sweep(_read_about(folder), _read_points(folder), folder)


def write_figure(sweep: Sweep, best: pd.DataFrame) -> Path | None:
    """`frontier.html` in the sweep's folder, from what `frontier` gave (None if that is empty); it opens without a
    network."""
    if best.empty:
        return None
    path = sweep.path / "frontier.html"
    figure = frontier_figure(best, title=f"Purity and fidelity on {sweep.about['dataset']}")
    _write(path, figure.to_html(include_plotlyjs=True, full_html=True))
    return path
