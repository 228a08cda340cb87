"""Runs as archives: what goes out comes in unchanged, and what anybody made up does not come in at all."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import shutil
import stat
import struct
import tracemalloc
import zipfile
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explorer.runs import archive as module
from explorer.runs import export_run, import_run, load_run, read_note, write_note
from explorer.runs.archive import FILES, MAX_ENTRIES, MAX_FILE, MAX_RATIO, MAX_TOTAL, MIB
from explorer.runs.library import MAX_NOTE_LENGTH
from explorer.runs.manifest import FORMAT, MANIFEST
from tests.helpers import everything_below, refused
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


def with_manifest(contents: dict[str, bytes], edit) -> dict[str, bytes]:
    manifest = json.loads(contents[MANIFEST])
    edit(manifest)
    return {**contents, MANIFEST: json.dumps(manifest).encode()}


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


@pytest.mark.parametrize("packed", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("top", ["", "mine/"])
def test_files_may_lie_at_the_top_or_in_one_folder_packed_or_not(top, packed, contents, run, runs):
    there = import_run(zipped(contents, top, packed), runs)
    assert there.name == ("mine" if top else run.dataset.name)
    assert_same_run(load_run(there), run)


def test_folders_may_be_entries(contents, run, runs):
    folders = dict.fromkeys(["", "dataset/", "neurons/"], b"")
    there = import_run(zipped({**folders, **contents}, "mine/"), runs)
    assert_same_run(load_run(there), run)


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


def test_a_folder_that_is_no_run_does_not_go_out(tmp_path):
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


@pytest.mark.parametrize("limit", ["MAX_TOTAL", "MAX_FILE"])
def test_a_run_too_large_for_an_archive_does_not_go_out(limit, run, monkeypatch):
    monkeypatch.setattr(module, limit, 1000)
    with refused(str(run.path), "1,000 bytes", "copy the folder"):
        export_run(run.path)


# --- names


def test_a_run_gets_the_name_it_is_given(run, runs):
    assert import_run(io.BytesIO(export_run(run.path)), runs, " other ") == runs / "other"


def test_a_name_that_is_taken_gets_a_number_if_nobody_asked_for_it(contents, runs):
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


# --- no archive


def test_what_is_no_zip_is_refused(runs, tmp_path):
    for content in (b"", b"PK", b"hello" * 1000, b"PK\x05\x06", b"PK\x05\x06" + b"\xff" * 18):
        assert_refused(io.BytesIO(content), runs, "no zip" if content[-1:] != b"\xff" else "The archive")
    assert_refused(tmp_path / "nowhere.zip", runs, "nowhere.zip", "cannot be read")


def test_an_archive_that_is_cut_short_anywhere_is_refused(run, runs):
    whole = export_run(run.path)
    for share in (0.01, 0.5, 0.99, 0.999):
        assert_refused(io.BytesIO(whole[: int(share * len(whole))]), runs, "cut short")


def test_a_changed_byte_anywhere_is_refused_or_changes_nothing(run, runs):
    whole = export_run(run.path)
    for place in range(0, len(whole), len(whole) // 25):
        changed = bytearray(whole)
        changed[place] ^= 0x55
        before = everything_below(runs)
        try:
            there = import_run(io.BytesIO(bytes(changed)), runs)
        except Exception as error:
            assert type(error).__name__ == "UserError", error
            assert everything_below(runs) == before
        else:
            assert_same_run(load_run(there), run)
            shutil.rmtree(there)


def test_the_sentence_names_the_archive(runs, tmp_path):
    path = tmp_path / "from a friend.zip"
    path.write_bytes(b"x")
    assert_refused(path, runs, "from a friend.zip")
    upload = io.BytesIO(b"x")
    upload.name = "a\nb" * 1000
    assert_refused(upload, runs, "no zip")


# --- entries that no run has


def entry(name: str, **attributes) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("placeholder")
    info.filename = name
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


@pytest.mark.parametrize(
    "name",
    [
        "/etc/cron.d/x",
        "//server/x",
        "../x",
        "mine/../../x",
        "mine/..",
        "./x",
        "mine//x",
        "mine\\x",
        "..\\x",
        "\\\\server\\x",
        "C:/x",
        "mine/c:x",
    ],
)
def test_names_that_lead_elsewhere_are_refused(name, contents, runs):
    assert_refused(zipped({**{f"mine/{key}": data for key, data in contents.items()}, entry(name): b"x"}), runs, "name")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK, stat.S_IFDIR])
def test_links_devices_and_the_like_are_refused(kind, contents, runs):
    others = {name: data for name, data in contents.items() if name != "history.parquet"}
    strange = entry("history.parquet", create_system=3, external_attr=(kind | 0o777) << 16)
    assert_refused(zipped({**others, strange: b"/etc/passwd"}), runs, "history.parquet", "neither a file nor a folder")


def test_a_folder_that_is_a_link_is_refused(contents, runs):
    strange = entry("dataset/", create_system=3, external_attr=(stat.S_IFLNK | 0o777) << 16)
    assert_refused(zipped({**contents, strange: b""}), runs, "dataset/", "neither")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["sae.safetensors", MANIFEST])
def test_names_that_come_twice_are_refused(name, contents, runs):
    assert_refused(zipped({**contents, entry(name): b"other"}), runs, name, "twice")


def test_a_file_that_is_also_a_folder_is_refused(contents, runs):
    assert_refused(zipped({**contents, "history.parquet/": b""}), runs, "history.parquet", "twice")


@pytest.mark.parametrize(
    "name", ["thesis.txt", ".bashrc", "dataset/x.parquet", "neurons/deep/x", "Run.json", "a\nb", "x/"]
)
def test_files_that_do_not_belong_to_a_run_are_refused(name, contents, runs):
    for top in ("", "mine/"):
        archive = zipped({**contents, name: b"x"}, top)
        assert_refused(archive, runs, "does not belong", ascii(name)[1:-1].rstrip("/"))


def test_a_second_folder_at_the_top_is_refused(contents, runs):
    assert_refused(zipped({**{f"a/{name}": data for name, data in contents.items()}, "b/x": b""}), runs, "no run.json")


@pytest.mark.parametrize("files", [{}, {"x": b""}, {"a/b/run.json": b"{}"}])
def test_an_archive_without_a_run_is_refused(files, runs):
    assert_refused(zipped(files), runs, "no run")


def set_everywhere(archive: io.BytesIO, local: int, central: int, value: bytes) -> io.BytesIO:
    """Change a field in both headers of the first entry, given where it is in each."""
    data = bytearray(archive.getvalue())
    for start, offset in ((data.index(b"PK\3\4"), local), (data.index(b"PK\1\2"), central)):
        data[start + offset : start + offset + len(value)] = value
    return io.BytesIO(bytes(data))


def test_an_encrypted_archive_is_refused(contents, runs):
    assert_refused(set_everywhere(zipped(contents), 6, 8, b"\x01\x00"), runs, "encrypted")


def test_other_ways_to_pack_are_refused(contents, runs):
    for packed in (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        assert_refused(zipped(contents, packed=packed), runs, "packed in a way")


# --- too much


def test_too_many_entries_are_refused(contents, runs):
    assert_refused(zipped({**contents, **{f"x{i}": b"" for i in range(MAX_ENTRIES)}}), runs, "more files")


def test_a_long_table_of_contents_is_not_even_read(contents, runs, monkeypatch):
    archive = zipped({**contents, **{f"{i:0200}": b"" for i in range(2000)}})
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert_refused(archive, runs, "more files")


def test_the_form_for_very_many_entries_is_refused(contents, runs):
    data = zipped(contents).getvalue()
    end = data.index(b"PK\5\6")
    assert_refused(io.BytesIO(data[:end] + b"PK\6\7" + b"\0" * 16 + data[end:]), runs, "more files")


def test_sizes_that_an_archive_owns_up_to_are_refused_before_anything_is_unpacked(contents, runs, monkeypatch):
    def saying(size: int) -> io.BytesIO:
        others = {name: data for name, data in contents.items() if name != "history.parquet"}
        return set_everywhere(zipped({"history.parquet": b"x", **others}), 22, 24, struct.pack("<L", size))

    large, too_large = saying(MAX_FILE + 1), saying(MAX_TOTAL + 1)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    monkeypatch.setattr(module, "MAX_RATIO", 10**10)
    assert_refused(large, runs, "more than 1 GiB", "history.parquet")
    monkeypatch.setattr(module, "MAX_FILE", 2**40)
    assert_refused(too_large, runs, "more than 2 GiB")


@pytest.mark.parametrize("name", [MANIFEST, "note.txt"])
def test_files_that_are_read_in_one_piece_are_small(name, contents, runs):
    data = json.dumps({"x": list(range(3_000_000))}).encode()
    assert_refused(zipped({**contents, name: data}), runs, "more than", name)


def test_a_bomb_is_refused_before_anything_is_unpacked(contents, runs, monkeypatch):
    bomb = zipped({**contents, "sae.safetensors": bytes(64 * MIB)}, packed=zipfile.ZIP_DEFLATED)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    assert len(bomb.getvalue()) < MIB
    assert_refused(bomb, runs, f"{MAX_RATIO} times", "sae.safetensors")


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"MAX_FILE": 3 * MIB, "MAX_RATIO": 10**6}, ["more than 3 MiB", "sae.safetensors"]),
        ({"MAX_TOTAL": 4 * MIB, "MAX_RATIO": 10**6}, ["more than 4 MiB"]),
        ({"MAX_RATIO": 4}, ["4 times", "sae.safetensors"]),
    ],
)
def test_a_bomb_that_hides_its_size_is_stopped_while_it_unpacks(limits, words, contents, runs, monkeypatch):
    """However the standard library came to go on beyond the size that an entry has."""
    for name, value in limits.items():
        monkeypatch.setattr(module, name, value)
    archive, opened, unpacked = zipped(contents), zipfile.ZipFile.open, []

    class Endless(io.BytesIO):
        def read(self, size):
            assert 0 < size <= MIB
            unpacked.append(size)
            return bytes(size)

    def open_entry(content, info, *rest):
        return Endless() if info.filename == "sae.safetensors" else opened(content, info, *rest)

    monkeypatch.setattr(zipfile.ZipFile, "open", open_entry)
    assert_refused(archive, runs, *words)
    assert 0 < sum(unpacked) <= 5 * MIB


def test_a_bomb_that_understates_its_size_unpacks_to_no_more_and_is_damaged(contents, runs):
    others = {name: data for name, data in contents.items() if name != "history.parquet"}
    bomb = zipped({"history.parquet": bytes(64 * MIB), **others}, packed=zipfile.ZIP_DEFLATED)
    lying = set_everywhere(bomb, 22, 24, struct.pack("<L", 1000))
    tracemalloc.start()
    assert_refused(lying, runs, "damaged", "history.parquet")
    assert tracemalloc.get_traced_memory()[1] < 32 * MIB
    tracemalloc.stop()


def test_entries_that_share_their_bytes_are_refused(contents, runs):
    data = bytearray(zipped({"history.parquet": b"x" * 1000, **{MANIFEST: contents[MANIFEST]}}).getvalue())
    first = data.index(b"PK\1\2")
    data[first + 20 : first + 28] = struct.pack("<LL", 10 * MIB, 10 * MIB)
    assert_refused(io.BytesIO(bytes(data)), runs, "no zip")


def test_unpacking_takes_little_memory(contents, runs, monkeypatch):
    large = 40 * MIB
    archive = zipped({**contents, "recommender.safetensors": b"\x01\x02" * (large // 2)})
    monkeypatch.setattr(module, "load_run", lambda folder: None)
    tracemalloc.start()
    import_run(archive, runs)
    assert tracemalloc.get_traced_memory()[1] < large / 4
    tracemalloc.stop()


# --- what is in it


def test_a_missing_file_is_named(contents, runs):
    for name in ("sae.safetensors", "neurons/purity.parquet"):
        rest = {key: data for key, data in contents.items() if key != name}
        assert_refused(zipped(rest), runs, "incomplete", name)


def test_a_file_that_is_not_what_the_manifest_says_is_refused(contents, runs):
    assert_refused(zipped({**contents, "history.parquet": b"x"}), runs, "history.parquet", "damaged")


@pytest.mark.parametrize("path", ["../../x", "/etc/passwd", "extra.parquet", "note.txt", "dataset", "a\0b", "x" * 5000])
def test_a_manifest_that_lists_other_files_is_refused_before_they_are_looked_for(path, contents, runs, monkeypatch):
    hostile = with_manifest(contents, lambda manifest: manifest["files"].update({path: "0" * 64}))
    monkeypatch.setattr(module, "load_run", None)
    assert_refused(zipped(hostile), runs, MANIFEST)


def test_a_manifest_that_leaves_files_out_is_refused(contents, runs):
    hostile = with_manifest(contents, lambda manifest: manifest["files"].pop("history.parquet"))
    assert_refused(zipped(hostile), runs, MANIFEST, "does not list", "history.parquet")


def test_another_format_is_told_as_such_whatever_files_it_has(contents, runs):
    hostile = with_manifest(contents, lambda manifest: manifest.update(format=FORMAT + 1, files={}))
    assert_refused(zipped(hostile), runs, f"format {FORMAT + 1}", "update")


@pytest.mark.parametrize(
    "manifest", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"format": 2}', b"1" * 10_000]
)
def test_a_manifest_that_is_none_is_refused(manifest, contents, runs):
    assert_refused(zipped({**contents, MANIFEST: manifest}), runs, "The archive")


def test_a_run_whose_checksums_are_right_and_whose_files_are_none_is_refused(contents, runs):
    for name in FILES:
        data = b"nothing of the kind"
        hostile = with_manifest(
            {**contents, name: data},
            lambda manifest, name=name, data=data: manifest["files"].update({name: hashlib.sha256(data).hexdigest()}),
        )
        assert_refused(zipped(hostile), runs, name, "not a readable")


def test_a_table_of_too_many_values_is_refused_before_it_is_opened(contents, runs, monkeypatch):
    table = io.BytesIO()
    pq.write_table(pa.table({"x": pa.array([1.0]).take(pa.array([0] * 3_000_000))}), table)
    assert len(table.getvalue()) < 20_000
    monkeypatch.setattr(module, "MAX_CELLS", 2_000_000)
    monkeypatch.setattr(module, "load_run", None)
    monkeypatch.setattr(pd, "read_parquet", None)
    assert_refused(zipped({**contents, "history.parquet": table.getvalue()}), runs, "more values", "history.parquet")


@pytest.mark.parametrize("note", [b"\xff", b"x" * (MAX_NOTE_LENGTH + 1)])
def test_a_note_that_cannot_be_one_is_refused(note, contents, runs):
    assert_refused(zipped({**contents, "note.txt": note}), runs, "note.txt")


@pytest.mark.parametrize("error", [ValueError("a\nb"), IndexError(), MemoryError(), RecursionError(), AssertionError()])
def test_whatever_content_breaks_on_opening_is_no_run(error, contents, runs, monkeypatch):
    def broken(folder):
        raise error

    monkeypatch.setattr(module, "load_run", broken)
    assert_refused(zipped(contents), runs, "cannot be opened as a run")


# --- failures that are not the archive's


@pytest.mark.parametrize("step", ["mkdir", "open", "rename"])
def test_a_failure_while_writing_is_told_and_leaves_nothing(step, contents, runs, monkeypatch):
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


def test_the_layout_is_that_of_the_neuron_index(run):
    assert {f"neurons/{field.name}.parquet" for field in fields(run.index)} <= FILES
