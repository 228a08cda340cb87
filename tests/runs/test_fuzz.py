"""Whatever is done to the files of a run, it opens or one sentence says what is wrong, and it can be deleted.

Hypothesis makes the damage, the same at every run of the tests; the `slow` ones look further.
"""

from __future__ import annotations

import copy
import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.errors import UserError
from explorer.runs import delete_run, export_run, find_runs, import_run, load_run, run_card
from explorer.runs.archive import ADDED
from explorer.runs.manifest import MANIFEST
from explorer.runs.schema import COLUMNS, FILES

DEMO = Path(__file__).parents[2] / "assets" / "demo-tree-run"
WHOLE = json.loads((DEMO / MANIFEST).read_text(encoding="utf-8"))


def examples(number: int):
    """So many examples, always the same ones."""
    return settings(
        max_examples=number,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


fast, thorough = examples(12), examples(400)


def assert_opens_or_says_why(folder: Path) -> None:
    """A checked run, or a sentence of one line that does not come from the net below all checks."""
    try:
        run = load_run(folder)
    except UserError as error:
        message = str(error)
        assert "\n" not in message and len(message) < 800
        assert "cannot be opened as a run" not in message
    else:
        assert run.reconstruction.item_activations.shape == (run.dataset.n_items, run.index.n)
        assert len(run.units) == run.index.n and run.dataset.seen.shape == (run.dataset.n_users, run.dataset.n_items)


# --- run.json

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["x" * 2000, "../../x", "![a](http://host/x.png)", "a\0b", "\u202e", 10**400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def places(value, path=()) -> list[tuple]:
    """Every place of a JSON value below its top."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, member in inside for place in [(*path, key), *places(member, (*path, key))]]


PLACES = [place for place in places(WHOLE) if "by_genre" not in place and "base_rate" not in place]


@st.composite
def broken_manifests(draw) -> dict:
    """The demo run's manifest with some values dropped, replaced, or moved to where others were."""
    manifest = copy.deepcopy(WHOLE)
    for place in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3)):
        at = manifest
        try:
            for key in place[:-1]:
                at = at[key]
            what = draw(st.sampled_from(["drop", "replace", "move"]))
            if what == "drop":
                del at[place[-1]]
            else:
                other = WHOLE
                for key in draw(st.sampled_from(PLACES)):
                    other = other[key]
                at[place[-1]] = draw(anything) if what == "replace" else copy.deepcopy(other)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took it away
    return manifest


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    """A copy of the demo run whose run.json a test may replace."""
    folder = tmp_path_factory.mktemp("fuzz") / "demo"
    for name in [*FILES, MANIFEST]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(DEMO / name, folder / name)
    return folder


def check_manifest(folder: Path, manifest: dict) -> None:
    (folder / MANIFEST).write_text(json.dumps(manifest))
    assert_opens_or_says_why(folder)
    library = folder.with_name("library")
    shutil.rmtree(library, ignore_errors=True)
    (library / "broken").mkdir(parents=True)
    shutil.copyfile(folder / MANIFEST, library / "broken" / MANIFEST)
    (entry,) = find_runs(library)
    assert (entry.manifest is None) == (entry.problem is not None)
    if entry.manifest:
        assert run_card(entry)
    delete_run(entry.path)
    assert find_runs(library) == [] and not list(library.iterdir())
    library.rmdir()


def test_a_manifest_without_a_depth_of_purity_has_a_card(demo):
    manifest = copy.deepcopy(WHOLE)
    del manifest["metrics"]["baselines"]["pca"]["purity"]["10"]
    check_manifest(demo, manifest)


@fast
@given(broken_manifests())
def test_a_broken_manifest_is_one_entry_that_says_why_and_can_be_deleted(demo, manifest):
    check_manifest(demo, manifest)


@pytest.mark.slow
@thorough
@given(broken_manifests())
def test_many_broken_manifests(demo, manifest):
    check_manifest(demo, manifest)


# --- the files that it lists


def with_file(folder: Path, name: str, data: bytes) -> None:
    """Put a file in place of another and its checksum into run.json."""
    manifest = copy.deepcopy(WHOLE)
    manifest["files"][name] = hashlib.sha256(data).hexdigest()
    (folder / name).write_bytes(data)
    (folder / MANIFEST).write_text(json.dumps(manifest))


@st.composite
def damaged(draw, data: bytes) -> bytes:
    """A file cut short, or with some bytes changed, most of them near its ends, where the formats say what is what."""
    if draw(st.integers(0, 3)) == 0:
        return data[: draw(st.integers(0, len(data) - 1))]
    changed = bytearray(data)
    near = st.integers(0, min(len(data) - 1, 300))
    for place in draw(st.lists(near | near.map(lambda i: -1 - i) | st.integers(0, len(data) - 1), max_size=4)):
        changed[place] = draw(st.integers(0, 255))
    return bytes(changed)


def check_damage(folder: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FILES)))
    good = (DEMO / name).read_bytes()
    try:
        # As a file, for Hypothesis writes down all that is drawn, and the bytes are many.
        with_file(folder, name, data.draw(damaged(good).map(io.BytesIO)).getvalue())
        assert_opens_or_says_why(folder)
    finally:
        (folder / name).write_bytes(good)


@fast
@given(data=st.data())
def test_a_damaged_file_whose_checksum_is_right_opens_or_is_named(demo, data):
    check_damage(demo, data)


@pytest.mark.slow
@thorough
@given(data=st.data())
def test_many_damaged_files(demo, data):
    check_damage(demo, data)


NUMBERS = (-1, 0, 2**31 - 1, 2**40, 10**6, -0.5, float("nan"), float("inf"), 1e300)
values = st.sampled_from([*NUMBERS, None, "", "x" * 11_000])
FORGERIES = ("cell", "column", "drop", "rename", "fewer", "more", "shuffle", "as text", "twice")


def check_forged_table(folder: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(COLUMNS)))
    good = (DEMO / f"{name}.parquet").read_bytes()
    table = pd.read_parquet(io.BytesIO(good))
    column = data.draw(st.sampled_from(list(table)))
    act = data.draw(st.sampled_from(FORGERIES))
    if act == "cell" and len(table):
        cells = table[column].astype(object)
        cells.iloc[data.draw(st.integers(0, len(table) - 1))] = data.draw(values)
        table[column] = cells
    elif act == "column":
        table[column] = data.draw(values)
    elif act == "as text":
        table[column] = table[column].astype(str)
    elif act == "drop":
        table = table.drop(columns=column)
    elif act == "rename":
        table = table.rename(columns={column: "x"})
    elif act == "fewer":
        table = table[: len(table) // 2]
    elif act in ("more", "twice"):
        table = pd.concat([table] * 2 if act == "more" else [table[:1], table], ignore_index=True)
    else:
        table = table.sample(frac=1, random_state=0)
    file = io.BytesIO()
    try:
        table.to_parquet(file)
    except Exception:
        return  # a column of numbers and text together
    try:
        with_file(folder, f"{name}.parquet", file.getvalue())
        assert_opens_or_says_why(folder)
    finally:
        (folder / f"{name}.parquet").write_bytes(good)


@fast
@given(data=st.data())
def test_a_forged_table_opens_or_is_named(demo, data):
    check_forged_table(demo, data)


@pytest.mark.slow
@thorough
@given(data=st.data())
def test_many_forged_tables(demo, data):
    check_forged_table(demo, data)


# --- archives


@pytest.fixture(scope="module")
def exported() -> bytes:
    return export_run(DEMO)


@st.composite
def archives(draw, whole: bytes) -> bytes:
    """Damaged zips, and zips of a run's files under other names or with other contents."""
    if draw(st.booleans()):
        return draw(damaged(whole))
    names = st.sampled_from([MANIFEST, *sorted(FILES), *sorted(ADDED), "note.txt"]) | st.text(max_size=10)
    top = draw(st.sampled_from(["", "run/", "../", "a/b/", "/"]))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as content:
        for name in [MANIFEST, *sorted(FILES)]:
            if draw(st.integers(0, 9)):
                content.writestr(top + name, (DEMO / name).read_bytes())
        for name in draw(st.lists(names, max_size=2)):
            content.writestr(top + name, draw(st.binary(max_size=20)))
    return file.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@fast
@given(data=st.data())
def test_an_archive_comes_in_whole_or_not_at_all(exported, tmp_path_factory, data):
    place = tmp_path_factory.mktemp("import")
    try:
        there = import_run(data.draw(archives(exported).map(io.BytesIO)), place / "runs")
    except UserError as error:
        assert "\n" not in str(error)
        assert not [path for path in place.rglob("*") if path != place / "runs"]
    else:
        assert list(place.iterdir()) == [place / "runs"] and list((place / "runs").iterdir()) == [there]
        load_run(there)
    shutil.rmtree(place)
