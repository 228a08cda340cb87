"""Which run a session looks at, and what the server keeps open for all of them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd
import streamlit as st

from explorer.audit import Audit, AuditStore
from explorer.browse.search import Found, Where, search
from explorer.browse.table import neuron_table
from explorer.config import RunConfig
from explorer.data import DataConfig, find_source, load_dataset, source_files
from explorer.data.summary import DatasetSummary, summary
from explorer.errors import UserError
from explorer.experiments import Cohort, cohort_of
from explorer.experiments.items import Exposure
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.store import load_hierarchy
from explorer.jobs.estimate import estimate_bytes, estimate_seconds
from explorer.maps import MapKind, Projection, cluster_labels, describe_points, make_map
from explorer.maps.open import open_stored
from explorer.maps.store import FOLDER as MAPS
from explorer.neurons import compare_names
from explorer.runs import Run, RunEntry, find_runs, load_run, read_entry
from explorer.threads import use_threads

DEMO_RUN = Path(__file__).parents[3] / "assets" / "demo-run"
"""The run that comes with the project, so that every page works before anything is trained."""
DEMO_NAME = "demo (built in)"
TREE_RUN = DEMO_RUN.with_name("demo-tree-run")
"""One that was trained in two levels, so that there is a hierarchy to see."""
TREE_NAME = "demo in two levels (built in)"
BUILT_IN = (DEMO_NAME, TREE_NAME)
_PROBLEM = "_audit_problem"
"""In the session: why the audit cannot be read."""


def runs_by_name() -> dict[str, RunEntry]:
    """All runs by the name a person picks them by: those of the runs folder, newest first, then the built-in one."""
    entries = {entry.name: entry for entry in find_runs()}
    for name, path in ((DEMO_NAME, DEMO_RUN), (TREE_NAME, TREE_RUN)):
        if (path / "run.json").is_file():
            entries.setdefault(name, read_entry(path))
    return entries


def name_of(run: Run) -> str:
    """The name by which an open run is picked."""
    return next((name for name, entry in runs_by_name().items() if entry.path == run.path), run.name)


def open_run(entry: RunEntry) -> Run:
    """The run, from the server's cache unless its folder has changed, its neurons called as people call them. Shared by
    all sessions: never change it."""
    stamp = _stamp(entry.path / "run.json")
    run = _open(str(entry.path), stamp)
    names = open_audit(run).own_names()
    return _called(str(entry.path), stamp, tuple(sorted(names.items())), run) if names else run


@st.cache_resource(max_entries=8, show_spinner=False)
def _called(path: str, stamp: int, names: tuple[tuple[int, str], ...], _run: Run) -> Run:
    return _run.called(dict(names))


def open_audit(run: Run) -> Audit:
    """What people say about an open run, as it is now; nothing where the database cannot be used (`audit_problem`)."""
    st.session_state.pop(_PROBLEM, None)
    try:
        return AuditStore(run).load()
    except UserError as problem:
        st.session_state[_PROBLEM] = str(problem)
        return Audit()


def audit_problem() -> str:
    """Why the audit could not be read in this run of the page; empty if it could."""
    return st.session_state.get(_PROBLEM, "")


@st.cache_resource(max_entries=4, show_spinner="Opening the run …")
def _open(path: str, stamp: int) -> Run:
    use_threads()
    return load_run(Path(path))


def stamp_of(run: Run) -> str:
    """A text that changes when an open run or the name of a neuron does: for keys of what is made from both."""
    return f"{run.path}:{_stamp(run.path / 'run.json')}:{_names_of(run)}"


def open_codes(run: Run) -> None:
    """For pages that need the activations of all users and items: compute them now, under a spinner, rather than at the
    first click. Pages that only read the neuron index do without."""
    _codes(str(run.path), _stamp(run.path / "run.json"), run)


@st.cache_resource(max_entries=4, show_spinner="Encoding users and items …")
def _codes(path: str, stamp: int, _run: Run) -> None:
    _ = _run.reconstruction, _run.dataset.seen


def names_beside_random(run: Run) -> dict | None:
    """How many names of an open run hold, and how many of random directions' (`compare_names`), found once."""
    return _names(str(run.path), _stamp(run.path / "run.json"), run)


@st.cache_data(max_entries=8, show_spinner=False)
def _names(path: str, stamp: int, _run: Run) -> dict | None:
    items = _run.recommender.item_embeddings.numpy()
    return compare_names(_run.index, _run.dataset, items, _run.config.neurons, _run.config.seed)


def open_neuron_table(run: Run) -> tuple[str, pd.DataFrame]:
    """All neurons of an open run with what people say of them (`browse.neuron_table`), and a text that changes when
    any of it does. Shared by all sessions: never change it."""
    audit = open_audit(run)
    stamps = (_stamp(run.path / "run.json"), _stamp(run.path / "stability" / "stability.json"), audit.stamp)
    stamp = ":".join(map(str, (run.path, *stamps)))
    return stamp, _neuron_table(stamp, _names_of(run), run, audit)


@st.cache_resource(max_entries=8, show_spinner=False)
def _neuron_table(stamp: str, names: tuple, _run: Run, _audit: Audit) -> pd.DataFrame:
    return neuron_table(_run, _audit)


def open_search(run: Run, words: str, where: Where) -> Found | None:
    """What a search of the neurons of an open run finds, found once."""
    stamp, table = open_neuron_table(run)
    return _search(stamp, words, where, run, table)


@st.cache_resource(max_entries=256, show_spinner=False)
def _search(stamp: str, words: str, where: Where, _run: Run, _table: pd.DataFrame) -> Found | None:
    return search(_run, _table, words, where)


def open_hierarchy(run: Run) -> Hierarchy:
    """The hierarchy of an open run, found once."""
    return _hierarchy(str(run.path), _stamp(run.path / "run.json"), run)


@st.cache_resource(max_entries=4, show_spinner="Finding the hierarchy …")
def _hierarchy(path: str, stamp: int, _run: Run) -> Hierarchy:
    found = load_hierarchy(_run.path, _run.sae.levels)
    return Hierarchy.from_run(_run) if found is None else found.complete(_run)


def stored_hierarchy(run: Run) -> Hierarchy | None:
    """The hierarchy that lies in the folder of an open run; None where it would have to be found first."""
    return _stored_hierarchy(str(run.path), _stamp(run.path / MAPS / "hierarchy.json"), run)


@st.cache_resource(max_entries=4, show_spinner=False)
def _stored_hierarchy(path: str, stamp: int, _run: Run) -> Hierarchy | None:
    return load_hierarchy(_run.path, _run.sae.levels) if stamp else None


class OpenMap(NamedTuple):
    """A map as the page shows it."""

    projection: Projection
    names: pd.DataFrame
    facts: pd.DataFrame
    problem: str = ""
    """Why the stored map is not the one that is shown, in a sentence; empty if it is, or if there is none."""


def open_map(run: Run, kind: MapKind) -> OpenMap:
    """A map of an open run: the one by UMAP if it was drawn for this run, else one by PCA. Raises `UserError` if there
    is nothing to put on a map, such as items that are all equal."""
    return _map(str(run.path), _stamp(run.path / MAPS / f"{kind}.json"), _names_of(run), kind, run)


@st.cache_resource(max_entries=8, show_spinner="Laying out the map …")
def _map(path: str, stamp: int, names: tuple, kind: MapKind, _run: Run) -> OpenMap:
    stored, problem = open_stored(_run, kind)
    if stored is None:
        projection = make_map(_run, kind, "pca", _run.config.seed)
        stored = projection, cluster_labels(_run, projection.table)
    elif names and kind == "neurons":  # named before people called some otherwise
        stored = stored[0], cluster_labels(_run, stored[0].table)
    return OpenMap(*stored, describe_points(_run, stored[0].table), problem)


def _names_of(run: Run) -> tuple[tuple[int, str], ...]:
    """What people call neurons: a part of the key of everything that has names in it."""
    labels = run.index.neurons["label"]
    return tuple((neuron, labels.iloc[neuron]) for neuron in sorted(run.proposed))


def _stamp(path: Path) -> int:
    """When a file was written; 0 if there is none."""
    return path.stat().st_mtime_ns if path.is_file() else 0


def open_exposure(run: Run, top: int) -> Exposure:
    """Whom each item of an open run is shown to in lists of this length, found once. Shared by all sessions."""
    return _exposure(str(run.path), _stamp(run.path / "run.json"), top, run)


@st.cache_resource(max_entries=2, show_spinner="Scoring the users once; every change is quick then …")
def _exposure(path: str, stamp: int, top: int, _run: Run) -> Exposure:
    return Exposure(_run, top)


def open_cohort(run: Run, rule: str) -> Cohort:
    """The users of an open run who fit a rule, found once."""
    return _cohort(str(run.path), _stamp(run.path / "run.json"), _names_of(run), rule, run)


@st.cache_resource(max_entries=256, show_spinner=False)
def _cohort(path: str, stamp: int, names: tuple, rule: str, _run: Run) -> Cohort:
    return cohort_of(_run, rule)


def dataset_sizes(source: str, config: DataConfig) -> dict[str, int]:
    """`users`, `items` and `positives` of a data set, from the cache unless its files have changed."""
    found = open_summary(source, config)
    return {"users": found.users, "items": found.items, "positives": found.positives}


def open_summary(source: str, config: DataConfig | None = None) -> DatasetSummary:
    """A data set in numbers, from the cache unless its files have changed."""
    found = find_source(source)
    stamp = tuple(
        (str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in source_files(found) if file.exists()
    )
    name = str(found.path.resolve()) if found.path else source
    return _summary(name, (config or DataConfig()).model_dump_json(), stamp)


@st.cache_data(max_entries=64, show_spinner="Reading the data set …")
def _summary(source: str, config: str, stamp: tuple) -> DatasetSummary:
    return summary(load_dataset(source, DataConfig.model_validate_json(config)))


def estimate(config: RunConfig, users: int, items: int, positives: int) -> tuple[dict[str, float], int]:
    """Seconds by stage and bytes of the run that a training will take."""
    return _estimate(config.model_dump_json(), users, items, positives)


@st.cache_data(max_entries=256, show_spinner=False)
def _estimate(config: str, *sizes: int) -> tuple[dict[str, float], int]:
    use_threads()
    parsed = RunConfig.model_validate_json(config)
    return estimate_seconds(parsed, *sizes), estimate_bytes(parsed, *sizes)


def theme() -> str:
    """`light` or `dark`, as the browser shows the page."""
    return "dark" if st.context.theme.type == "dark" else "light"
