"""Which data sets there are, and how a name or a folder becomes a `Dataset`."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from explorer.data import demo
from explorer.data.dataset import DataConfig, Dataset, build_dataset
from explorer.data.nouns import FILMS, Nouns
from explorer.data.source.description import DESCRIPTION_FILE, SourceDescription, read_description
from explorer.data.source.known import KNOWN, LASTFM_FILES, MOVIELENS_CSV_FILES, OWN_FILES
from explorer.data.source.reading import Reading
from explorer.errors import UserError, listed, printable, quoted, shortened
from explorer.progress import Progress, silent

DATA_VARIABLE = "EXPLORER_DATA"
DEMO = "demo"
"""Name of the built-in data set."""
_ONE_FACET = ("csv", "movielens", "lastfm")
"""Layouts whose one facet is called as their `nouns` have it, and which follow `data.duplicates`."""
DESCRIBED = "described"
"""The kind of a folder with `source.toml`, whatever else is in it."""


@dataclass(frozen=True)
class Source:
    """A data set that can be loaded.

    name: of its folder, printable.
    path: None is built in.
    kind: "built in", `DESCRIBED`, or a layout that is known, a key of `KNOWN`.
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
            f"{path} does not hold a data set that is known: it needs {' and '.join(OWN_FILES)}, MovieLens' "
            f"{' and '.join(MOVIELENS_CSV_FILES)} (or .dat), Last.fm's {LASTFM_FILES[0]} and its companions, or a "
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
    return next((kind for kind, known in KNOWN.items() if known.matches(path, names)), None)


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
        from explorer.data.source.positives import dataset_of

        about, reading = read_described(source, config, progress)
        return dataset_of(source.name, reading, about, config, seed)
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
    if source.kind in KNOWN:
        return KNOWN[source.kind].nouns
    about = describe(source)
    return about.nouns if about is not None else FILMS


def describe(source: Source) -> SourceDescription | None:
    """The description of a data set; None of what is built in. Raises `UserError` if its files are of another kind."""
    if source.path is None:
        return None
    if source.kind == DESCRIBED:
        return read_description(source.path / DESCRIPTION_FILE)
    return KNOWN[source.kind].describe(source.path)


def read_described(
    source: Source, config: DataConfig | None = None, progress: Progress = silent
) -> tuple[SourceDescription, Reading]:
    """The description of a data set of files, and what comes of reading it."""
    from explorer.data.source.read import read_source

    config, about = config or DataConfig(), describe(source)
    if source.kind not in _ONE_FACET:
        return about, read_source(about, source.path, progress)
    about = about.model_copy(update={"rows": about.rows.model_copy(update={"repeated": config.duplicates})})
    reading = replace(read_source(about, source.path, progress), facets={})
    if source.kind == "lastfm":
        from explorer.data.source.lastfm import with_tags

        reading = with_tags(reading, source.path, config.min_item_interactions)
    return about, reading
