"""Train and measure every point of a sweep, one table for all; what is done already is never done again.

sweep.json                    data set, and its fingerprint with each of the data settings
points/KEY.json               what one point reached, written whole as soon as it is known
table.parquet, table.csv      all points as one table
frontier.html                 purity against fidelity, one mark per configuration
"""

from __future__ import annotations

import json
import os
import shlex
from contextlib import suppress
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
from explorer.runs.manifest import CodeMetrics
from explorer.sweep.grid import Point, base_key

_MANIFEST = "sweep.json"
_FORMAT = 1
PURITY, FIDELITY = measures.PURITY, measures.RBO
"""The two axes of the frontier."""


@dataclass(frozen=True)
class Sweep:
    """A sweep's folder: what it is about, and a row per point that has been tried."""

    about: dict[str, Any]
    table: pd.DataFrame
    path: Path


def run_sweep(source: str, points: list[Point], folder: Path, progress: Progress = silent) -> Sweep:
    """Train every point that the folder does not have yet; a point that fails is recorded with its reason.

    Stopped at any moment, the same call resumes it. Raises `UserError` for a folder that is something
    else, a sweep of other data, or if no base recommender can be trained at all.
    """
    folder = Path(folder)
    _check_folder(folder)
    _check_data(folder, source, points)
    _read_points(folder)  # a damaged one is found now, not after hours
    todo = [point for point in points if not _point_file(folder, point.key).is_file()]
    base: Base | None = None
    known, problem = None, ""
    rows: list[dict[str, Any]] = []
    for number, point in enumerate(todo, len(points) - len(todo) + 1):
        what = f"point {number} of {len(points)}: {point.arguments or 'the defaults'}"
        progress("sweep", (number - 1) / len(points), what)
        stage = _staged(progress, number, len(points))
        if base_key(point.config) != known:
            base, known = None, base_key(point.config)  # let go of the old one before the new one is made
            try:
                base = train_base(source, _base_config(point.config), stage)
            except UserError as error:
                problem = str(error)
            else:
                _describe(folder, source, base, point.config)
        try:
            row = summary(explain_base(base, point.config, stage)) if base else {"problem": problem}
        except UserError as error:
            row = {"problem": str(error)}
        command = f"python -m explorer train --dataset {shlex.quote(source)} --out RUN_DIR {point.arguments}".strip()
        rows.append({"point": point.key, "seed": point.config.seed, **_flat(point), **row, "command": command})
        if (folder / _MANIFEST).is_file():  # else no base has been trained yet: it may be the data set that is wrong
            for row in rows:
                _write(_point_file(folder, row["point"]), json.dumps(row, indent=1))
            rows.clear()
            write_table(folder)
    if rows:
        raise UserError(problem)
    if not todo:
        write_table(folder)
    progress("sweep", 1.0, f"{len(points)} points")
    return read_sweep(folder)


def _base_config(config: RunConfig) -> RunConfig:
    """What decides the base recommender, and nothing besides: it is shared by points with other autoencoders, and one
    of them that does not fit the catalogue must not stop it."""
    return RunConfig(seed=config.seed, data=config.data, recommender=config.recommender)


def _staged(progress: Progress, number: int, total: int) -> Progress:
    """Passes the progress of one point on as a part of the whole sweep's."""

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
    resolved = folder.resolve()
    existing = next(path for path in (resolved, *resolved.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise UserError(f"{folder} cannot be written: {existing} is not a writable folder; give another one.")


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


def _write(path: Path, text: str | bytes) -> None:
    """A file, whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        part.replace(path)
    except OSError as error:
        raise UserError(f"{path} could not be written: {error.strerror or error}.") from None
    finally:
        with suppress(OSError):  # once renamed it is not here any more
            part.unlink()


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
    _write(folder / "table.csv", table.to_csv(index=False))


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


def frontier(table: pd.DataFrame) -> pd.DataFrame:
    """Mean over seeds of each configuration, best fidelity first: the table's columns as means, `n` seeds, both axes'
    spread as `…_low` and `…_high` (least and largest seed), `about` (the settings), and `best` where no other
    configuration is as good on both axes and better on one. Points without a value on an axis are left out."""
    if PURITY not in table:
        return pd.DataFrame()
    done = table.dropna(subset=[PURITY, FIDELITY])
    if done.empty:
        return pd.DataFrame()
    numbers = [name for name in done.select_dtypes("number") if name not in _settings(done) and name != "seed"]
    by = done[_settings(done)].astype(str).agg("|".join, axis=1) if _settings(done) else pd.Series("", done.index)
    groups = done.groupby(by, sort=False)
    means = groups[numbers].mean()
    for axis in (PURITY, FIDELITY):
        means[f"{axis}_low"], means[f"{axis}_high"] = groups[axis].min(), groups[axis].max()
    others = [name for name in done if name not in numbers and name not in ("point", "seed", "command", "problem")]
    result = groups[others].first().join(means)
    result["n"] = groups.size()
    result["command"] = groups["command"].first()
    result = result.sort_values([FIDELITY, PURITY], ascending=False, ignore_index=True)
    axes = result[[PURITY, FIDELITY]].to_numpy()
    gain = axes[None] - axes[:, None]  # [i, j]: what j has over i
    result["best"] = ~((gain >= 0).all(axis=2) & (gain > 0).any(axis=2)).any(axis=1)
    settings = [name for name in _settings(done) if name in result]
    result["about"] = [
        ", ".join(f"{name}={_plain(row[name])}" for name in settings if not pd.isna(row[name])) or "defaults"
        for row in result.to_dict("records")
    ]
    return result


def _plain(value: Any) -> str:
    """A setting as it was given: whole numbers without a decimal point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def write_figure(sweep: Sweep, best: pd.DataFrame) -> Path | None:
    """`frontier.html` in the sweep's folder, from what `frontier` gave (None if that is empty); it opens without a
    network."""
    if best.empty:
        return None
    path = sweep.path / "frontier.html"
    figure = frontier_figure(best, title=f"Purity and fidelity on {sweep.about['dataset']}")
    _write(path, figure.to_html(include_plotlyjs=True, full_html=True))
    return path


def _settings(table: pd.DataFrame) -> list[str]:
    """Columns that hold settings other than the seed."""
    return [name for name in table if "." in name]
