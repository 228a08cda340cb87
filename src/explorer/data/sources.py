"""Which data sets there are, and how a name or a folder becomes a `Dataset`."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from explorer.data import demo
from explorer.data.dataset import DataConfig, Dataset, build_dataset
from explorer.data.nouns import ARTISTS, FILMS, ITEMS, Nouns
from explorer.data.readers import folder, lastfm, movielens
from explorer.data.source.description import DESCRIPTION_FILE, SourceDescription, read_description
from explorer.data.source.known import MOVIELENS_100K, MOVIELENS_100K_FILES
from explorer.errors import UserError, listed, printable, quoted, shortened
from explorer.progress import Progress, silent

DATA_VARIABLE = "EXPLORER_DATA"
DEMO = "demo"
"""Name of the built-in data set."""
DESCRIBED = "described"
"""The kind of a folder with `source.toml`, whatever else is in it."""


@dataclass(frozen=True)
class Format:
    """Files of a kind, by which a folder is recognised, and how they are read.

    files: one of them is enough; reading then says which one is missing.
    is_one: looks closer where names are not enough.
    read: (folder, config) → interactions and items as `build_dataset` wants them.
    min_item_interactions: taken where the configuration leaves it open.
    """

    files: tuple[str, ...]
    read: Callable[[Path, DataConfig], tuple[pd.DataFrame, pd.DataFrame]]
    nouns: Nouns
    min_item_interactions: int | None = None
    is_one: Callable[[Path], bool] = lambda folder: True


FORMATS = {
    "csv": Format(folder.FILES, folder.read_folder, ITEMS),
    "movielens": Format(
        (*movielens.CSV_FILES, *movielens.DAT_FILES), movielens.read_movielens, FILMS, is_one=movielens.is_movielens
    ),
    "lastfm": Format(lastfm.FILES, lastfm.read_lastfm, ARTISTS, lastfm.MIN_LISTENERS),
}


@dataclass(frozen=True)
class Source:
    """A data set that can be loaded.

    name: of its folder, printable.
    path: None is built in.
    kind: "built in", `DESCRIBED`, or its format, a key of `FORMATS`.
    """

    name: str
    path: Path | None
    kind: str


def data_folder() -> Path:
    """The folder whose sub-folders are data sets, from `EXPLORER_DATA`, by default `data/`."""
    return Path(os.environ.get(DATA_VARIABLE) or "data")


def find_sources(parent: Path | None = None) -> list[Source]:
    """The built-in demo, then every folder below `parent` (default: `data_folder()`) that can be read."""
    sources = [Source(DEMO, None, "built in")]
    try:
        folders = sorted(path for path in (parent or data_folder()).iterdir() if path.is_dir())
    except (OSError, ValueError):
        return sources
    for path in folders:
        kind = _kind(path)
        if kind and path.name != DEMO:  # a folder called demo is reached by its path
            sources.append(Source(_name(path), path, kind))
    return sources


def find_source(name_or_folder: str) -> Source:
    """The source a person means: `demo`, a name below the data folder, or a path."""
    sources = {source.name: source for source in find_sources()}
    if name_or_folder in sources:
        return sources[name_or_folder]
    path = Path(name_or_folder)
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except (OSError, ValueError):  # such as a name that is too long
        is_folder = exists = False
    if not is_folder:
        what = "is a file" if exists else "is neither a known name nor an existing folder"
        raise UserError(
            f"The data set {quoted(name_or_folder, 300)} {what}; give demo, a folder, or one of the names in "
            f"{data_folder()}: {listed(sources)}."
        )
    kind = _kind(path)
    if not kind:
        raise UserError(
            f"{path} does not hold a data set that is known: it needs {' and '.join(folder.FILES)}, MovieLens' "
            f"{' and '.join(movielens.CSV_FILES)} (or .dat), Last.fm's {lastfm.FILES[0]} and its companions, or a "
            f"{DESCRIPTION_FILE}, which `python -m explorer datasets add` writes for files of "
            "any layout."
        )
    return Source(_name(path.resolve()), path, kind)


def _name(folder: Path) -> str:
    return shortened(printable(folder.name), 200)


def _kind(path: Path) -> str | None:
    try:
        names = {entry.name for entry in path.iterdir()}
    except OSError:
        return None
    if DESCRIPTION_FILE in names:
        return DESCRIBED
    if names.issuperset(MOVIELENS_100K_FILES):
        return MOVIELENS_100K.name
    known = ((kind, form) for kind, form in FORMATS.items() if names.intersection(form.files))
    return next((kind for kind, form in known if form.is_one(path)), None)


def load_dataset(
    name_or_folder: str, config: DataConfig | None = None, seed: int = 0, progress: Progress = silent
) -> Dataset:
    """Read, check and split a data set. `seed` decides the split (and, for the demo, nothing else)."""
    config = config or DataConfig()
    source = find_source(name_or_folder)
    if source.path is None:
        interactions, items = demo.generate()
        return build_dataset(source.name, interactions, items, config, seed, demo.genre_parents(), FILMS)
    try:
        if (description := describe(source)) is not None:
            return _load_described(source, description, config, seed, progress)
        known = FORMATS[source.kind]
        if config.min_item_interactions is None:
            config = config.model_copy(update={"min_item_interactions": known.min_item_interactions})
        interactions, items = known.read(source.path, config)
        return build_dataset(source.name, interactions, items, config, seed, nouns=known.nouns)
    except MemoryError:
        raise UserError(f"{source.path} does not fit into this machine's memory; use a smaller data set.") from None


def source_files(source: Source) -> list[Path]:
    """The files that a data set is read from, those that its description names elsewhere included."""
    if source.path is None:
        return []
    files = sorted(path for path in source.path.iterdir() if path.is_file())
    if source.kind == DESCRIBED:
        about = read_description(source.path / DESCRIPTION_FILE)
        named = [*about.interactions.files, *(about.items.files if about.items else ())]
        files += [source.path / name for name in named if (source.path / name) not in files]
    return files


def nouns_of(source: Source) -> Nouns:
    """What a data set calls its items and facets."""
    about = describe(source)
    if about is not None:
        return about.nouns
    return FORMATS[source.kind].nouns if source.kind in FORMATS else FILMS


def describe(source: Source) -> SourceDescription | None:
    """The description of a data set; None for what is read in another way."""
    if source.kind == MOVIELENS_100K.name:
        return MOVIELENS_100K
    return read_description(source.path / DESCRIPTION_FILE) if source.kind == DESCRIBED else None


def _load_described(
    source: Source, description: SourceDescription, config: DataConfig, seed: int, progress: Progress
) -> Dataset:
    from explorer.data.source.positives import dataset_of
    from explorer.data.source.read import read_source

    reading = read_source(description, source.path, progress)
    return dataset_of(source.name, reading, description, config, seed)
