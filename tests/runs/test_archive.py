"""Runs as archives: what goes out comes in unchanged, and an archive that anybody made up does not come in at all."""

from __future__ import annotations

import errno
import gc
import hashlib
import io
import json
import shutil
import stat
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explorer.errors import UserError
from explorer.neurons import COLUMNS, LATER
from explorer.runs import archive as module
from explorer.runs import export_run, import_run, load_run, read_note, write_note
from explorer.runs.archive import MAX_RATIO, MIB
from explorer.runs.library import MAX_NOTE_LENGTH
from explorer.runs.manifest import FORMAT, MANIFEST
from explorer.runs.schema import FILES, OPTIONAL
from tests.helpers import everything_below, make_format_2, refused
from tests.runs.test_run import assert_same_run


@pytest.fixture(scope="module")
def run(tiny_runs):
    return tiny_runs("als")


@pytest.fixture(scope="module")
def contents(run) -> dict[str, bytes]:
    """The files of a run by their names."""
    return {name: (run.path / name).read_bytes() for name in [*FILES, MANIFEST]}


@pytest.fixture
def copied(run, tmp_path) -> Path:
    """A copy of a run folder that a test may spoil."""
    return shutil.copytree(run.path, tmp_path / "place" / "run")


@pytest.fixture
def runs(tmp_path) -> Path:
    """A folder of runs with one in it that nothing may touch."""
    folder = tmp_path / "runs"
    (folder / "there").mkdir(parents=True)
    (folder / "there" / MANIFEST).write_text("{}")
    return folder


def zipped(files: dict, top: str = "", packed: int = zipfile.ZIP_STORED) -> io.BytesIO:
    """An archive of these files by name, or by `ZipInfo`."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", packed) as content:
        for name, data in files.items():
            content.writestr(name if isinstance(name, zipfile.ZipInfo) else top + name, data)
    archive.seek(0)
    return archive


def entry(name: str, **attributes) -> zipfile.ZipInfo:
    """An entry of any name, which `zipfile` would put right."""
    info = zipfile.ZipInfo("placeholder")
    info.filename = name
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


def with_manifest(contents: dict[str, bytes], edit) -> dict[str, bytes]:
    manifest = json.loads(contents[MANIFEST])
    edit(manifest)
    return {**contents, MANIFEST: json.dumps(manifest).encode()}


def forged(contents: dict[str, bytes], name: str, data: bytes) -> dict[str, bytes]:
    """With another file, whose checksum is right."""
    digest = hashlib.sha256(data).hexdigest()
    return with_manifest({**contents, name: data}, lambda manifest: manifest["files"].update({name: digest}))


def assert_refused(archive, runs: Path, *words: str, name: str | None = None) -> None:
    """The archive is refused with these words, and nothing is there that was not before."""
    before = everything_below(runs.parent)
    with refused(*words) as caught:
        import_run(archive, runs, name)
    assert everything_below(runs.parent) == before
    message = str(caught.value)
    assert ".import-" not in message and len(message) < 600 and message.isprintable()


# --- round trip


def test_a_run_has_the_files_that_an_archive_may_have(tiny_run):
    assert {path.relative_to(tiny_run.path).as_posix() for path in tiny_run.path.rglob("*") if path.is_file()} == {
        *FILES,
        MANIFEST,
    }


def test_what_goes_out_comes_in_unchanged(tiny_run, runs):
    there = import_run(io.BytesIO(export_run(tiny_run.path)), runs)
    assert there == runs / tiny_run.path.name
    assert_same_run(load_run(there), tiny_run)
    assert {path.name for path in runs.iterdir()} == {"there", tiny_run.path.name}
    assert export_run(there) == export_run(tiny_run.path)
    assert (there.stat().st_mode & 0o777) == (runs / "there").stat().st_mode & 0o777


def test_an_older_run_goes_out_and_in_without_the_tables_that_came_later(copied, runs):
    make_format_2(copied)
    there = import_run(io.BytesIO(export_run(copied)), runs)
    opened = load_run(there)
    assert not any((there / name).exists() for name in OPTIONAL)
    for table in LATER:
        assert list(getattr(opened.index, table)) == list(COLUMNS[table]) and getattr(opened.index, table).empty


def test_a_table_that_the_manifest_does_not_list_is_refused(contents, runs):
    hostile = with_manifest(contents, lambda manifest: manifest["files"].pop("neurons/histograms.parquet"))
    assert_refused(zipped(hostile), runs, "histograms", "does not list")


def test_an_archive_has_one_folder_named_as_the_run_and_only_what_belongs_to_it(copied):
    (copied / "thesis.txt").write_text("private")
    (copied / "training").mkdir()
    (copied / "training" / "log").write_text("private")
    with zipfile.ZipFile(io.BytesIO(export_run(copied))) as content:
        assert content.namelist() == sorted(f"run/{name}" for name in [*FILES, MANIFEST])
        assert content.testzip() is None


def test_the_same_run_gives_the_same_bytes_wherever_and_whenever_it_lies(copied, tmp_path):
    moved = shutil.copytree(copied, tmp_path / "elsewhere" / "run", copy_function=shutil.copyfile)
    for path in moved.rglob("*"):
        path.touch()
    assert export_run(moved) == export_run(copied)


def test_the_note_goes_with_the_run(copied, runs):
    write_note(copied, "good\n*one*")
    assert read_note(import_run(io.BytesIO(export_run(copied)), runs)) == "good\n*one*"


@pytest.mark.parametrize(("top", "packed"), [("", zipfile.ZIP_STORED), ("mine/", zipfile.ZIP_DEFLATED)])
def test_files_may_lie_at_the_top_or_in_one_folder_packed_or_not(top, packed, contents, run, runs):
    there = import_run(zipped(contents, top, packed), runs)
    assert there.name == ("mine" if top else run.dataset.name)
    assert_same_run(load_run(there), run)


def test_folders_may_be_entries_and_are_passed_over(contents, run, runs):
    folders = dict.fromkeys(["", "dataset/", "neurons/", "../else/"], b"")
    there = import_run(zipped({**folders, **contents}, "mine/"), runs)
    assert_same_run(load_run(there), run)
    assert {path.name for path in runs.parent.iterdir()} == {"runs"}


def test_an_archive_may_be_a_file(run, runs, tmp_path):
    path = tmp_path / "archive.zip"
    path.write_bytes(export_run(run.path))
    assert import_run(path, runs, "mine") == runs / "mine"
    with path.open("rb") as file:
        file.seek(100)
        assert import_run(file, runs, "again") == runs / "again"
        assert not file.closed


def test_the_folder_of_the_runs_is_made_if_there_is_none(run, tmp_path):
    assert load_run(import_run(io.BytesIO(export_run(run.path)), tmp_path / "new" / "runs"))


# --- what may not go out


def test_a_damaged_or_incomplete_run_does_not_go_out(copied):
    (copied / "sae.safetensors").write_bytes(b"x")
    with refused(str(copied), "sae.safetensors", "damaged"):
        export_run(copied)
    (copied / "sae.safetensors").unlink()
    with refused(str(copied), "sae.safetensors", "missing"):
        export_run(copied)


def test_a_folder_that_is_not_a_run_does_not_go_out(tmp_path):
    with refused(str(tmp_path), "no run"):
        export_run(tmp_path)


def test_a_manifest_that_lists_other_files_gets_none_of_them_out(copied, tmp_path):
    secret = tmp_path / "place" / "secret"
    secret.write_text("private")
    manifest = json.loads((copied / MANIFEST).read_text())
    manifest["files"]["../secret"] = "2b8b815229aa8a61e483fb4ba0588b8b6c491890ac5c1b1a4e2d7c1f5a1f4a2d"
    (copied / MANIFEST).write_text(json.dumps(manifest))
    with refused("../secret"):
        export_run(copied)


def test_a_note_that_cannot_come_in_does_not_go_out(copied):
    (copied / "note.txt").write_bytes(b"\xff")
    with refused("note.txt", "UTF-8"):
        export_run(copied)


def test_a_run_too_large_for_an_archive_does_not_go_out(run, monkeypatch):
    monkeypatch.setattr(module, "MAX_TOTAL", 1000)
    with refused(str(run.path), "copy the folder"):
        export_run(run.path)


# --- names


def test_a_run_gets_the_name_it_is_given(run, runs):
    assert import_run(io.BytesIO(export_run(run.path)), runs, " other ") == runs / "other"


def test_a_name_that_is_taken_gets_a_number_unless_it_was_asked_for(contents, runs):
    archive = zipped(contents, "there/")
    assert [import_run(archive, runs).name for _ in range(3)] == ["there-2", "there-3", "there-4"]
    assert (runs / "there" / MANIFEST).read_text() == "{}"


def test_a_long_name_that_is_taken_stays_within_the_limit(contents, runs):
    archive = zipped(contents, f"{'x' * 200}/")
    assert [import_run(archive, runs).name for _ in range(2)] == ["x" * 80, "x" * 78 + "-2"]


@pytest.mark.parametrize(("top", "name"), [("my run (1)/", "my-run-1-"), (".hidden/", "hidden"), ("ü/", "run")])
def test_the_name_in_an_archive_is_made_one_that_a_run_may_have(top, name, contents, runs):
    assert import_run(zipped(contents, top), runs) == runs / name


def test_the_name_of_a_data_set_leads_nowhere(contents, runs):
    hostile = with_manifest(contents, lambda manifest: manifest["dataset"].update(name="../../etc"))
    assert import_run(zipped(hostile), runs) == runs / "etc"


def test_a_given_name_that_is_taken_is_refused(contents, runs):
    assert_refused(zipped(contents), runs, "there", "already", "another name", name="there")


def test_a_given_name_that_cannot_be_is_refused(contents, runs):
    assert_refused(zipped(contents), runs, "cannot be called", "letters", name="../x")


def test_a_run_that_takes_the_name_while_unpacking_keeps_it(contents, runs, monkeypatch):
    def opened(folder):
        (runs / "mine").mkdir()
        (runs / "mine" / MANIFEST).write_text("theirs")

    monkeypatch.setattr(module, "load_run", opened)
    with refused("mine", "already"):
        import_run(zipped(contents), runs, "mine")
    assert {path.name for path in runs.iterdir()} == {"there", "mine"}
    assert (runs / "mine" / MANIFEST).read_text() == "theirs"


# --- not an archive of a run


def test_a_file_that_is_not_a_zip_is_refused_by_its_name(runs, tmp_path):
    for content in (b"", b"PK", b"hello" * 1000, b"PK\x05\x06", b"PK\x05\x06" + b"\xff" * 18):
        path = tmp_path / "from a friend.zip"
        path.write_bytes(content)
        assert_refused(path, runs, "from a friend.zip", "cut short" if content[-1:] != b"\xff" else "more files")
    assert_refused(tmp_path / "nowhere.zip", runs, "nowhere.zip", "cannot be read")
    upload = io.BytesIO(b"x")
    upload.name = "a\nb" * 1000
    assert_refused(upload, runs, "not a zip")


@pytest.mark.parametrize("files", [{}, {"x": b""}, {"a/b/run.json": b"{}"}, {"run.json": b"{}", "a/run.json": b"{}"}])
def test_an_archive_without_one_run_is_refused(files, runs):
    assert_refused(zipped(files), runs, "not a run", "one run.json")


def test_an_archive_that_is_cut_short_anywhere_is_refused(run, runs):
    whole = export_run(run.path)
    for share in (0.01, 0.5, 0.999):
        assert_refused(io.BytesIO(whole[: int(share * len(whole))]), runs, "cut short")


def test_a_changed_byte_anywhere_is_refused_or_changes_nothing(run, runs):
    whole = export_run(run.path)
    for place in range(0, len(whole), len(whole) // 15):
        changed = bytearray(whole)
        changed[place] ^= 0x55
        before = everything_below(runs)
        try:
            there = import_run(io.BytesIO(bytes(changed)), runs)
        except UserError:
            assert everything_below(runs) == before
        else:
            assert_same_run(load_run(there), run)
            shutil.rmtree(there)


@pytest.mark.parametrize(
    "name",
    [
        *("/etc/cron.d/x", "//server/x", "../x", "mine/../../x", "./x", "mine//x", "mine\\x", "..\\x", "C:/x"),
        *("thesis.txt", ".bashrc", "mine/thesis.txt", "mine/dataset/x.parquet", "mine/neurons/deep/x", "mine/Run.json"),
        *("history.parquet", "mine/maps/status.json", "mine/training/checkpoint.safetensors", "a\nb", "x" * 5000),
    ],
)
def test_whatever_is_not_a_file_of_a_run_is_refused_by_its_name(name, contents, runs):
    hostile = {**{f"mine/{key}": data for key, data in contents.items()}, entry(name): b"x"}
    assert_refused(zipped(hostile), runs, "does not belong to a run", name[:50].replace("\n", "\\n"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["sae.safetensors", MANIFEST])
def test_a_file_that_comes_twice_is_refused(name, contents, runs):
    assert_refused(zipped({**contents, entry(name): b"other"}), runs, name, "one" if name == MANIFEST else "twice")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO])
def test_links_and_the_like_are_read_as_files_and_made_nowhere(kind, contents, runs):
    others = {name: data for name, data in contents.items() if name != "history.parquet"}
    strange = entry("history.parquet", create_system=3, external_attr=(kind | 0o777) << 16)
    assert_refused(zipped({**others, strange: b"/etc/passwd"}), runs, "history.parquet", "damaged")
    there = import_run(zipped({**others, strange: contents["history.parquet"]}), runs)
    assert (there / "history.parquet").is_file() and not (there / "history.parquet").is_symlink()


def set_everywhere(archive: io.BytesIO, local: int, central: int, value: bytes) -> io.BytesIO:
    """Change a field in both headers of the first entry, given where it is in each."""
    data = bytearray(archive.getvalue())
    for start, offset in ((data.index(b"PK\3\4"), local), (data.index(b"PK\1\2"), central)):
        data[start + offset : start + offset + len(value)] = value
    return io.BytesIO(bytes(data))


def test_what_is_encrypted_or_packed_in_another_way_is_refused(contents, runs):
    """Only of deflated files the standard library unpacks no more at once than it is asked for."""
    assert_refused(set_everywhere(zipped(contents), 6, 8, b"\x01\x00"), runs, "encrypted")
    assert_refused(zipped(contents, packed=zipfile.ZIP_BZIP2), runs, "packed in an unusual way")


# --- too much


def test_a_long_table_of_contents_is_not_even_read(contents, runs, monkeypatch):
    archive = zipped({**contents, **{f"{i:0200}": b"" for i in range(2000)}})
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert_refused(archive, runs, "more files")


def test_the_form_for_very_many_entries_is_refused(contents, runs):
    data = zipped(contents).getvalue()
    end = data.index(b"PK\5\6")
    assert_refused(io.BytesIO(data[:end] + b"PK\6\7" + b"\0" * 16 + data[end:]), runs, "more files")


@pytest.mark.slow
@pytest.mark.parametrize("name", [MANIFEST, "note.txt"])
def test_files_that_are_read_in_one_piece_are_small(name, contents, runs):
    data = json.dumps({"x": list(range(3_000_000))}).encode()
    assert_refused(zipped({**contents, name: data}), runs, name)


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"MAX_TOTAL": 4 * MIB}, ["more than 4 MiB"]), ({}, [f"more than {MAX_RATIO} times", "sae.safetensors"])],
)
def test_a_bomb_is_stopped_while_it_unpacks(limits, words, contents, runs, monkeypatch):
    for limit, value in limits.items():
        monkeypatch.setattr(module, limit, value)
    bomb = zipped({**contents, "sae.safetensors": bytes(64 * MIB)}, packed=zipfile.ZIP_DEFLATED)
    read, unpacked = zipfile.ZipExtFile.read, []

    def counted(file, size):
        unpacked.append(size)
        return read(file, size)

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    assert_refused(bomb, runs, *words)
    assert max(unpacked) <= MIB and sum(unpacked) < 64 * MIB


def test_a_bomb_that_understates_its_size_unpacks_to_no_more_and_is_damaged(contents, runs):
    others = {name: data for name, data in contents.items() if name != "history.parquet"}
    bomb = zipped({"history.parquet": bytes(64 * MIB), **others}, packed=zipfile.ZIP_DEFLATED)
    lying = set_everywhere(bomb, 22, 24, struct.pack("<L", 1000))
    assert_refused(lying, runs, "damaged", "history.parquet")


def test_unpacking_takes_little_memory(contents, runs, monkeypatch):
    large = 40 * MIB
    archive = zipped({**contents, "recommender.safetensors": b"\x01\x02" * (large // 2)})
    monkeypatch.setattr(module, "load_run", lambda folder: None)
    gc.collect()
    tracemalloc.start()
    try:
        import_run(archive, runs)
        assert tracemalloc.get_traced_memory()[1] < large / 4
    finally:
        tracemalloc.stop()


MEASURED = """
import resource, sys
from pathlib import Path
from explorer.errors import UserError
from explorer.runs import import_run
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = peak()
try:
    import_run(Path(sys.argv[1]), Path(sys.argv[2]))
except UserError as error:
    print(peak() - before, error)
"""


@pytest.mark.slow
def test_a_table_of_equal_texts_that_fills_the_memory_is_refused_in_little(contents, runs, tmp_path):
    """629 bytes of Parquet that are 2 GB of text: a dictionary of one text and 100,000 times its number."""
    rows, table = 100_000, io.BytesIO()
    many = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * 20_000]))
    pq.write_table(pa.table({"user_id": many}), table, compression="zstd")
    assert len(table.getvalue()) < 2000
    hostile = forged(contents, "dataset/users.parquet", table.getvalue())
    hostile = with_manifest(hostile, lambda manifest: manifest["metrics"]["dataset"].update(users=rows))
    (tmp_path / "hostile.zip").write_bytes(zipped(hostile).getvalue())
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, tmp_path / "hostile.zip", runs], capture_output=True, text=True, check=True
    )
    grown, message = done.stdout.split(maxsplit=1)
    assert "dataset/users.parquet" in message and int(grown) < 200  # MB; 3,200 before it was refused


# --- what is in it


def test_a_missing_file_is_named(contents, runs):
    rest = {key: data for key, data in contents.items() if key != "neurons/purity.parquet"}
    assert_refused(zipped(rest), runs, "incomplete", "neurons/purity.parquet")


def test_a_file_that_is_not_what_the_manifest_says_is_refused(contents, runs):
    assert_refused(zipped({**contents, "history.parquet": b"x"}), runs, "history.parquet", "damaged")


@pytest.mark.parametrize("path", ["../../x", "/etc/passwd", "extra.parquet", "note.txt", "a\0b", "x" * 5000])
def test_a_manifest_that_lists_other_files_is_refused_before_they_are_looked_for(path, contents, runs, monkeypatch):
    hostile = with_manifest(contents, lambda manifest: manifest["files"].update({path: "0" * 64}))
    monkeypatch.setattr(module, "load_run", None)
    assert_refused(zipped(hostile), runs, MANIFEST)


def test_a_manifest_that_leaves_files_out_is_refused(contents, runs):
    hostile = with_manifest(contents, lambda manifest: manifest["files"].pop("history.parquet"))
    assert_refused(zipped(hostile), runs, MANIFEST, "does not list", "history.parquet")


def test_another_format_is_reported_as_such_whatever_files_it_has(contents, runs):
    hostile = with_manifest(contents, lambda manifest: manifest.update(format=FORMAT + 1, files={}))
    assert_refused(zipped(hostile), runs, f"format {FORMAT + 1}", "update")


@pytest.mark.parametrize(("part", "name", "value"), [("dataset", "name", [1]), ("metrics", "fidelity", None)])
def test_a_manifest_with_a_part_of_a_wrong_type_is_refused_by_its_path(part, name, value, contents, runs):
    hostile = with_manifest(contents, lambda manifest: manifest[part].update({name: value}))
    assert_refused(zipped(hostile), runs, "The archive", f"{part}.{name} must be")


@pytest.mark.parametrize(
    "manifest", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"format": 2}', b"1" * 10_000]
)
def test_a_manifest_that_is_not_one_is_refused(manifest, contents, runs):
    assert_refused(zipped({**contents, MANIFEST: manifest}), runs, "The archive")


def test_files_of_another_kind_whose_checksums_are_right_are_refused_by_their_names(contents, runs):
    for name in FILES:
        assert_refused(zipped(forged(contents, name, b"nothing of the kind")), runs, name, "not a readable")


@pytest.mark.parametrize("note", [b"\xff", b"x" * (MAX_NOTE_LENGTH + 1)])
def test_a_note_that_cannot_be_one_is_refused(note, contents, runs):
    assert_refused(zipped({**contents, "note.txt": note}), runs, "note.txt")


# --- failures that are not the archive's


@pytest.mark.parametrize("step", ["mkdir", "open", "rename"])
def test_a_failure_while_writing_is_reported_and_leaves_nothing(step, contents, runs, monkeypatch):
    before = everything_below(runs)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, refused(str(runs), "No space left"):
        patched.setattr(Path, step, full)
        import_run(zipped(contents), runs)
    assert everything_below(runs) == before


def test_an_interruption_leaves_nothing(contents, runs, monkeypatch):
    before = everything_below(runs)

    def interrupted(folder):
        assert len(list(runs.iterdir())) == 2
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "load_run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        import_run(zipped(contents), runs)
    assert everything_below(runs) == before
