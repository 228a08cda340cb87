"""Which data sets there are, and how a name or a folder becomes a `Dataset`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from explorer.data import demo
from explorer.data.dataset import DataConfig, Dataset, build_dataset
from explorer.data.nouns import ARTISTS, FILMS, ITEMS
from explorer.data.readers import folder, lastfm, movielens
from explorer.errors import UserError, listed

DATA_VARIABLE = "EXPLORER_DATA"


@dataclass(frozen=True)
class Source:
    """A data set that can be loaded: its name, where it is (None: built in) and what kind of files it has."""

    name: str
    path: Path | None
    kind: str


def data_folder() -> Path:
    """The folder whose sub-folders are data sets, from `EXPLORER_DATA`, by default `data/`."""
    return Path(os.environ.get(DATA_VARIABLE) or "data")


def find_sources(parent: Path | None = None) -> list[Source]:
    """The built-in demo, then every folder below `parent` (default: `data_folder()`) that can be read."""
    parent = parent or data_folder()
    sources = [Source("demo", None, "built in")]
    if parent.is_dir():
        for path in sorted(entry for entry in parent.iterdir() if entry.is_dir()):
            kind = _kind(path)
            if kind and path.name != sources[0].name:  # a folder called demo is reached by its path
                sources.append(Source(path.name, path, kind))
    return sources


def find_source(name_or_folder: str) -> Source:
    """The source a person means: `demo`, a name below the data folder, or a path."""
    sources = {source.name: source for source in find_sources()}
    if name_or_folder in sources:
        return sources[name_or_folder]
    path = Path(name_or_folder)
    if not path.is_dir():
        what = "is a file" if path.exists() else "is neither a known name nor an existing folder"
        raise UserError(
            f"The data set {name_or_folder!r} {what}; give demo, a folder, or one of the names in "
            f"{data_folder()}: {listed(sources)}."
        )
    kind = _kind(path)
    if not kind:
        raise UserError(
            f"{path} holds no data set: it needs {' and '.join(folder.FILES)}, or MovieLens' "
            f"{' and '.join(movielens.CSV_FILES)} (or .dat), or Last.fm's {lastfm.FILES[0]} and its companions."
        )
    return Source(path.resolve().name, path, kind)


def _kind(path: Path) -> str | None:
    try:
        names = {entry.name for entry in path.iterdir()}
    except OSError:
        return None
    if names.intersection(folder.FILES):  # one of them is enough: reading then says which one is missing
        return "csv"
    if names.intersection((*movielens.CSV_FILES, *movielens.DAT_FILES)):
        return "movielens"
    if names.intersection(lastfm.FILES):
        return "lastfm"
    return None


_READERS = {"csv": folder.read_folder, "movielens": movielens.read_movielens, "lastfm": lastfm.read_lastfm}
_NOUNS = {"csv": ITEMS, "movielens": FILMS, "lastfm": ARTISTS}


def load_dataset(name_or_folder: str, config: DataConfig | None = None, seed: int = 0) -> Dataset:
    """Read, check and split a data set. `seed` decides the split (and, for the demo, nothing else)."""
    config = config or DataConfig()
    source = find_source(name_or_folder)
    if source.path is None:
        interactions, items = demo.generate()
        return build_dataset(source.name, interactions, items, config, seed, demo.genre_parents(), FILMS)
    if source.kind == "lastfm" and config.min_item_interactions is None:
        config = config.model_copy(update={"min_item_interactions": lastfm.MIN_LISTENERS})
    interactions, items = _READERS[source.kind](source.path, config)
    return build_dataset(source.name, interactions, items, config, seed, nouns=_NOUNS[source.kind])
