"""Names, removal and notes of runs: nothing is ever replaced, and no one sees half a run."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from explorer.runs import NOTE_FILE, check_name, delete_run, find_runs, read_note, rename_run, write_note
from explorer.runs.library import MAX_NAME_LENGTH, MAX_NOTE_LENGTH, clean_name
from explorer.runs.manifest import MANIFEST
from tests.helpers import everything_below, refused

DENIED = PermissionError(errno.EACCES, "Permission denied")


@pytest.fixture
def run(tmp_path) -> Path:
    """A folder that has what the library looks at, and nothing of a run in its files."""
    folder = tmp_path / "runs" / "mine"
    (folder / "dataset").mkdir(parents=True)
    (folder / MANIFEST).write_text("{}")
    (folder / "dataset" / "items.parquet").write_bytes(b"items")
    return folder


@pytest.fixture
def training(tmp_path) -> Path:
    folder = tmp_path / "runs" / "begun"
    (folder / "training").mkdir(parents=True)
    (folder / "training" / "log").write_text("epoch 1")
    return folder


def fail(error):
    def raise_it(*_, **__):
        raise error

    return raise_it


# --- names


def test_a_plain_name_stays_as_it_is_without_the_space_around_it():
    for name in ("a", "7", "_x", "ml-1m_k.16", "A" * MAX_NAME_LENGTH, "a.", "a..b"):
        assert check_name(f"  {name} \n") == name


def test_any_other_name_is_refused_with_what_it_may_have():
    bad = [
        "",
        " ",
        ".",
        "..",
        ".a",
        "-a",
        "a b",
        "a/b",
        "a\\b",
        "/a",
        "ä",
        "٣",
        "a\nb",
        "a\0",
        "C:",
        "a" * 81,
        "x" * 9999,
    ]
    for name in bad:
        with refused("cannot be called", "letters", "digits", "80") as caught:
            check_name(name)
        assert len(str(caught.value)) < 300


def test_any_text_becomes_a_name():
    names = {"mine": "mine", "my run (2)": "my-run-2-", "../../etc/passwd": "etc-passwd", "--x": "x", "日本": "run"}
    for text, name in {**names, "…": "run", "": "run", "a" * 200: "a" * 80}.items():
        assert clean_name(text) == name == check_name(name)


# --- renaming


@pytest.mark.parametrize("what", ["run", "training"])
def test_a_run_or_a_training_moves_to_its_new_name_with_all_it_has(what, request):
    folder = request.getfixturevalue(what)
    before = {path.relative_to(folder): content for path, content in everything_below(folder).items()}
    renamed = rename_run(folder, " other ")
    assert renamed == folder.with_name("other")
    assert {path.relative_to(renamed): content for path, content in everything_below(renamed).items()} == before
    assert list(folder.parent.iterdir()) == [renamed]


def test_a_run_may_keep_its_name(run):
    before = everything_below(run.parent)
    assert rename_run(run, run.name) == run
    assert everything_below(run.parent) == before


@pytest.mark.parametrize("there", ["a run", "an empty folder", "a file", "a dead link"])
def test_a_name_that_is_taken_is_refused_and_all_stays(there, run):
    other = run.with_name("other")
    if there == "a run":
        shutil.copytree(run, other)
    elif there == "an empty folder":
        other.mkdir()
    elif there == "a file":
        other.write_text("thesis")
    else:
        other.symlink_to("nowhere")
    before = everything_below(run.parent)
    with refused("other", str(run.parent), "already", "another name"):
        rename_run(run, "other")
    assert everything_below(run.parent) == before


def test_a_run_that_takes_the_name_at_the_same_moment_is_not_replaced(run, monkeypatch):
    other, rename = run.with_name("other"), Path.rename

    def late(path, target):
        (target / MANIFEST).write_text("theirs")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", late)
    with refused("other", "already"):
        rename_run(run, "other")
    assert (other / MANIFEST).read_text() == "theirs" and (run / MANIFEST).read_text() == "{}"


@pytest.mark.parametrize("error", [DENIED, OSError(errno.EBUSY, "Device busy")], ids=str)
@pytest.mark.parametrize("step", ["mkdir", "rename"])
def test_a_rename_that_fails_is_reported_and_leaves_all_as_it_was(step, error, run, monkeypatch):
    before = everything_below(run.parent)
    with monkeypatch.context() as patched, refused(str(run), "could not be renamed", error.strerror):
        patched.setattr(Path, step, fail(error))
        rename_run(run, "other")
    assert everything_below(run.parent) == before


def test_an_interrupted_rename_leaves_all_as_it_was(run, monkeypatch):
    before = everything_below(run.parent)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "rename", fail(KeyboardInterrupt()))
        rename_run(run, "other")
    assert everything_below(run.parent) == before


def test_a_name_that_cannot_be_is_refused_before_anything_happens(run):
    before = everything_below(run.parent.parent)
    with refused("../other", "cannot be called"):
        rename_run(run, "../other")
    assert everything_below(run.parent.parent) == before


# --- finding and deleting


@pytest.mark.parametrize("what", ["run", "training"])
def test_a_run_or_a_training_is_deleted_and_nothing_else(what, request, run, training):
    folder = request.getfixturevalue(what)
    (other,) = {run, training} - {folder}
    delete_run(folder)
    assert list(folder.parent.iterdir()) == [other]


def test_a_run_is_gone_for_everybody_before_its_first_file_is_removed(run, monkeypatch):
    seen, rmtree = [], shutil.rmtree

    def look(path, *_, **__):
        seen.append((run.exists(), find_runs(run.parent), (Path(path) / MANIFEST).exists()))
        rmtree(path)

    monkeypatch.setattr(shutil, "rmtree", look)
    delete_run(run)
    assert seen == [(False, [], True)]
    assert list(run.parent.iterdir()) == []


def test_a_folder_that_cannot_be_looked_into_does_not_hide_the_others(run, monkeypatch):
    (run.parent / "closed").mkdir()
    is_file = Path.is_file

    def closed(path):
        if path.parent.name == "closed":
            raise DENIED
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", closed)
    assert [entry.name for entry in find_runs(run.parent)] == [run.name]


def test_a_run_in_a_folder_that_cannot_be_written_is_reported_and_stays(run, monkeypatch):
    before = everything_below(run.parent)
    for owner, step in (("tempfile", "mkdtemp"), (Path, "rename")):
        with monkeypatch.context() as patched, refused(str(run), "could not be deleted", "Permission denied"):
            if owner is Path:
                patched.setattr(Path, step, fail(DENIED))
            else:
                patched.setattr(f"{owner}.{step}", fail(DENIED))
            delete_run(run)
        assert everything_below(run.parent) == before


def test_what_cannot_be_removed_wholly_is_not_a_run_any_more_and_the_sentence_says_where_it_is(run, monkeypatch):
    monkeypatch.setattr(shutil, "rmtree", fail(DENIED))
    with refused(str(run), "Permission denied", "by hand", f".{run.name}-deleted-"):
        delete_run(run)
    assert not run.exists() and find_runs(run.parent) == []


def gone_meanwhile(path, target):
    shutil.rmtree(path)
    raise FileNotFoundError(errno.ENOENT, "No such file or directory")


ACTS = {"rename": lambda folder: rename_run(folder, "other"), "delete": delete_run}
either = pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)


@either
def test_a_run_that_is_gone_already_is_told(act, run):
    shutil.rmtree(run)
    with refused(str(run), "any more", "reload"):
        act(run)
    assert everything_below(run.parent) == {}


@either
def test_a_run_that_goes_at_the_same_moment_is_reported_and_nothing_is_left(act, run, monkeypatch):
    with monkeypatch.context() as patched, refused(str(run), "any more", "reload"):
        patched.setattr(Path, "rename", gone_meanwhile)
        act(run)
    assert everything_below(run.parent) == {}


@either
@pytest.mark.parametrize("there", ["data", "empty", "file", "half"])
def test_what_is_neither_a_run_nor_a_training_is_left_alone(act, there, tmp_path):
    folder = tmp_path / there
    if there == "file":
        folder.write_text("x")
    else:
        folder.mkdir()
    if there == "data":
        (folder / "items.csv").write_text("x")
    if there == "half":
        (folder / MANIFEST).mkdir()
        (folder / "training").write_text("no folder")
    before = everything_below(tmp_path)
    with refused(str(folder), "neither a run nor a training"):
        act(folder)
    assert everything_below(tmp_path) == before


@either
def test_a_link_is_left_alone_and_so_is_what_it_points_at(act, run, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(run)
    before = everything_below(tmp_path)
    with refused(str(link), str(run), "by hand"):
        act(link)
    assert everything_below(tmp_path) == before


# --- notes


def test_a_run_without_a_note_has_an_empty_one(run):
    assert read_note(run) == ""


@pytest.mark.parametrize(
    "text", ["good", "zwei\nZeilen", "…日本 👩‍👩‍👧", "x" * MAX_NOTE_LENGTH, "🦈" * MAX_NOTE_LENGTH]
)
def test_a_note_is_read_as_it_was_written_and_leaves_nothing_else(text, run):
    before = everything_below(run)
    write_note(run, text)
    assert read_note(run) == text
    assert everything_below(run).keys() - before.keys() == {run / NOTE_FILE}


def test_a_note_takes_the_place_of_the_one_before(run):
    write_note(run, "a long first note")
    write_note(run, "second")
    assert (run / NOTE_FILE).read_bytes() == b"second\n"


def test_lines_of_any_browser_or_editor_are_lines(run):
    write_note(run, "  one\r\ntwo \r\n\r\n")
    assert read_note(run) == "one\ntwo"
    (run / NOTE_FILE).write_bytes("\ufeffone\r\ntwo\r\n".encode())
    assert read_note(run) == "one\ntwo"


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_an_empty_note_removes_the_file(text, run):
    before = everything_below(run)
    write_note(run, text)
    assert everything_below(run) == before
    write_note(run, "note")
    write_note(run, text)
    assert everything_below(run) == before


def test_a_note_that_is_too_long_is_refused_and_the_one_before_stays(run):
    write_note(run, "before")
    with refused(str(run / NOTE_FILE), "10,000", "shorten"):
        write_note(run, "x" * (MAX_NOTE_LENGTH + 1))
    assert read_note(run) == "before"


def test_half_a_character_is_refused(run):
    with refused("characters", "remove"):
        write_note(run, "a\ud83d")
    assert not (run / NOTE_FILE).exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Käse".encode("latin-1"), ["UTF-8"]),
        (b"x" * (MAX_NOTE_LENGTH + 1), ["10,000", "shorten"]),
        ("🦈".encode() * (MAX_NOTE_LENGTH + 1), ["10,000", "shorten"]),
        (b"x" * 10_000_000, ["10,000", "shorten"]),
    ],
)
def test_a_note_that_was_put_there_by_hand_and_cannot_be_one_is_told(content, words, run):
    (run / NOTE_FILE).write_bytes(content)
    with refused(str(run / NOTE_FILE), *words):
        read_note(run)


def test_a_note_that_cannot_be_read_is_told(run):
    (run / NOTE_FILE).mkdir()
    with refused(str(run / NOTE_FILE), "cannot be read"):
        read_note(run)


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
def test_a_failure_while_writing_keeps_the_note_before(step, run, monkeypatch):
    write_note(run, "before")
    before = everything_below(run)
    with monkeypatch.context() as patched, refused(str(run), "No space left"):
        patched.setattr(Path, step, fail(OSError(errno.ENOSPC, "No space left on device")))
        write_note(run, "after")
    assert everything_below(run) == before


def test_a_note_is_written_to_runs_only(training, tmp_path):
    for folder in (training, tmp_path / "nowhere"):
        before = everything_below(tmp_path)
        with refused(str(folder), "not a run"):
            write_note(folder, "note")
        assert everything_below(tmp_path) == before
