"""`run.json` as typed values: the shipped runs unchanged, all else refused in one sentence that says where."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from explorer.recommenders import NcfConfig
from explorer.runs import delete_run, find_runs, read_entry, read_manifest
from explorer.runs.manifest import FORMAT, MANIFEST, MAX_MANIFEST_BYTES
from tests.helpers import refused

ASSETS = Path(__file__).parents[2] / "assets"
DEMO_RUN = ASSETS / "demo-run"


@pytest.fixture
def write(tmp_path):
    """A run folder with this text as its `run.json`; with a function, that of the demo run after it was changed."""

    def put(content, name: str = "bad") -> Path:
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        if callable(content):
            manifest = json.loads((DEMO_RUN / MANIFEST).read_text())
            content(manifest)
            content = json.dumps(manifest)
        (folder / MANIFEST).write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return put


@pytest.mark.parametrize("name", ["demo-run", "demo-tree-run"])
def test_what_is_read_is_written_again_as_it_was(name):
    text = (ASSETS / name / MANIFEST).read_text(encoding="utf-8")
    manifest = read_manifest(ASSETS / name)
    if manifest.format == FORMAT:
        assert manifest.as_text() == text
    written = json.loads(manifest.as_text())
    assert _without_what_is_not_known(written, json.loads(text)) == json.loads(text)


def _without_what_is_not_known(written, like):
    """What was written, less the keys that the original lacks because it is of an older version."""
    if not isinstance(like, dict):
        return written
    return {key: _without_what_is_not_known(written[key], value) for key, value in like.items()}


@pytest.mark.parametrize(
    ("format_", "later"), [(2, {"paths": "network", "network_penalty": 1.0}), (FORMAT, {"paths": "both"})]
)
def test_ncf_of_a_run_of_format_2_is_the_network_alone(write, format_, later):
    settings = {"kind": "ncf", "dim": 16, "hidden": [64, 32, 16], "negatives": 4, "epochs": 30, "patience": 3}

    def edit(manifest):
        manifest["format"] = format_
        manifest["config"]["recommender"] = settings

    folder = write(edit)
    assert read_manifest(folder).config.recommender == NcfConfig(**settings, **later)
    again = write(lambda manifest: manifest.update(json.loads(read_manifest(folder).as_text())), "again")
    assert read_manifest(again).config == read_manifest(folder).config


def test_keys_of_a_later_version_are_passed_over(write):
    def edit(manifest):
        manifest["metrics"]["fidelity"]["new@7"] = [1]
        manifest["licence"] = {}

    assert read_manifest(write(edit)) == read_manifest(DEMO_RUN)


def put(path: str, value):
    """Change the value at a path."""

    def edit(manifest):
        *parts, last = path.split("/")
        for part in parts:
            manifest = manifest[part]
        manifest[last] = value

    return edit


WRONG = [
    ("dataset/name", [1], "dataset.name must be a text"),
    ("dataset/name", "x" * 2000, "dataset.name must have at most 1,000 characters"),
    ("dataset/genre_parents", {"War": 5}, "dataset.genre_parents.War must be a text"),
    ("dataset/notes", "none", "dataset.notes must be a list"),
    ("metrics/fidelity", None, "metrics.fidelity must be an object"),
    ("metrics/sae", {}, "metrics.sae.activation is missing"),
    ("metrics/fidelity/rbo@30", "high", "metrics.fidelity.rbo@30 must be a number"),
    ("metrics/fidelity/rbo@30", True, "metrics.fidelity.rbo@30 must be a number"),
    ("metrics/fidelity/rbo@30", float("nan"), "metrics.fidelity.rbo@30 must be a finite number"),
    ("metrics/fidelity/rbo@30", float("inf"), "metrics.fidelity.rbo@30 must be a finite number"),
    ("metrics/fidelity/rbo@30", 10**400, "metrics.fidelity.rbo@30 must be a finite number"),
    ("metrics/sae/width", 10**30, "metrics.sae.width must be at most"),
    ("metrics/sae/width", 1.5, "metrics.sae.width must be a whole number"),
    ("metrics/sae/width", None, "metrics.sae.width must be a whole number"),
    ("metrics/sae/prefix_widths", [], "metrics.sae.prefix_widths must have at least 1 item"),
    ("metrics/levels", [[]], "metrics.levels.0 must be an object"),
    ("metrics/sae/prefix_widths", [12, 34], "metrics.levels must have the widths of metrics.sae.prefix_widths"),
    ("config/sae/prefix_widths", [12, 34], "metrics.sae.prefix_widths must be those of config.sae"),
    ("metrics/purity", {}, "metrics: purity must have the depth 10"),
    ("metrics/purity/10/by_genre", {}, "metrics.purity.10: by_genre, base_rate and neuron must have the same genres"),
    ("metrics/baselines", {}, "metrics.baselines.neurons is missing"),
    ("metrics/seconds", {"sae": -1}, "metrics.seconds.sae must be at least 0"),
    ("config/sae/k", "many", "config.sae.k must be a whole number"),
    ("config/recommender/dim", "x", "config.recommender.dim must be a whole number"),
    ("config/recommender/kind", "x", "config.recommender must have as 'kind' one of 'als'"),
    ("config/unknown", 1, "config.unknown is not a setting that this version knows"),
    ("created", "yesterday", "created: Invalid isoformat string"),
    ("versions", None, "versions must be an object"),
    ("files", {"../secret.parquet": "0" * 64}, "files.../secret.parquet"),
    ("files", {"/dev/zero": "0" * 64}, "files./dev/zero"),
]


@pytest.mark.parametrize(
    ("path", "value", "words"), WRONG, ids=[f"{path}={str(wrong)[:9]}" for path, wrong, _ in WRONG]
)
def test_a_part_of_a_wrong_type_is_refused_by_its_path(path, value, words, write):
    folder = write(put(path, value))
    with refused(str(folder / MANIFEST), words, "train the run again"):
        read_manifest(folder)


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b"\xff", b"5", b"9" * 5000, b"[" * 100_000, b'{"format":' * 5000, b'{"format": 2}'],
    ids=lambda text: repr(text[:12]),
)
def test_what_is_not_a_manifest_at_all_is_refused(text, write):
    with refused("bad", "damaged"):
        read_manifest(write(text))


@pytest.mark.parametrize("version", [[[1]], "x" * 5000, True, 2.0, None, 10**400, "a\nb"])
def test_a_format_of_a_wrong_type_is_refused_in_a_short_sentence(version, write):
    with refused("bad", "format") as caught:
        read_manifest(write(put("format", version)))
    assert len(str(caught.value)) < 400


def test_a_manifest_that_is_too_large_is_refused_before_it_is_read(write):
    folder = write(b" ")
    with (folder / MANIFEST).open("wb") as file:
        file.truncate(MAX_MANIFEST_BYTES * 1000)
    with refused("run.json", "at most 16.8 MB"):
        read_manifest(folder)


def test_a_hostile_key_stands_in_the_sentence_on_one_short_line(write):
    with refused("versions") as caught:
        read_manifest(write(put("versions", {"\x1b[2J\n" + "x" * 500: 1})))
    assert str(caught.value).isprintable() and len(str(caught.value)) < 400


# --- in a list of runs


def test_a_bad_run_is_one_entry_with_its_problem_and_harms_no_other(write):
    for number, (path, value, _) in enumerate(WRONG):
        write(put(path, value), f"bad-{number}")
    good = write((DEMO_RUN / MANIFEST).read_bytes(), "good")
    entries = {entry.name: entry for entry in find_runs(good.parent)}
    assert len(entries) == len(WRONG) + 1
    assert entries["good"].problem is None and entries["good"].dataset == "demo"
    assert all("is damaged" in entry.problem for name, entry in entries.items() if name != "good")
    assert all(entry.dataset is None for name, entry in entries.items() if name != "good")


def test_a_bad_run_can_be_deleted(write):
    folder = write(put("dataset/name", [1]))
    delete_run(folder)
    assert not folder.exists() and find_runs(folder.parent) == []


def test_a_good_run_without_its_other_files_is_listed(tmp_path):
    folder = shutil.copytree(DEMO_RUN, tmp_path / "run", ignore=shutil.ignore_patterns("*.parquet"))
    assert read_entry(folder).problem is None
