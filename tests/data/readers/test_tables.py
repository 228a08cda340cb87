"""What may stand where a file should be, for the files of every reader."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from explorer.data.readers import folder, lastfm, movielens, tables
from explorer.data.sources import FORMATS, load_dataset
from tests.helpers import refused

FILES = [*folder.FILES, *movielens.CSV_FILES, *movielens.DAT_FILES, *lastfm.FILES]


def pipe(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(path.relative_to(Path.cwd())))


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def sparse_file(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(8_000_000_000)


NO_FILES = {
    Path.mkdir: "is a folder",
    pipe: "is a pipe",
    a_socket: "is a socket",
    device: "is a device",
    sparse_file: "has 8.0 GB; a file may have at most 1.0 GB",
}


@pytest.mark.parametrize("file", FILES)
def test_what_is_not_a_file_of_sensible_size_is_refused_unopened(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    for make, words in NO_FILES.items():
        place = tmp_path / make.__name__
        place.mkdir()
        for kind in FORMATS.values():  # the others are small, so that reading comes to this one
            if file in kind.files:
                _write_usual(place, without=file)
        make(place / file)
        with refused(str(place / file), words):
            load_dataset(str(place))


def _write_usual(place: Path, without: str) -> None:
    usual = {
        "items.csv": "item_id,title\n1,A\n",
        "movies.csv": "movieId,title,genres\n1,A,\n",
        "movies.dat": "1::A::\n",
        "artists.dat": "1\tA\t\t\n",
        "tags.dat": "1\trock\n",
        "user_artists.dat": "1\t1\t1\n",
    }
    together = next(
        names for names in (folder.FILES, movielens.CSV_FILES, movielens.DAT_FILES, lastfm.FILES) if without in names
    )
    for name in together:
        if name != without and name in usual:
            (place / name).write_text(usual[name])


def test_a_file_of_too_many_cells_is_refused_before_it_is_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MAX_CELLS", 1000)
    (tmp_path / "x.csv").write_text("a,b\n" + "\n" * 600)
    with refused("x.csv", "602 rows and 2 columns", "1,000 cells"):
        tables.read_csv(tmp_path / "x.csv", ["a"])


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 100])
def test_a_byte_that_is_not_utf_8_is_found_wherever_the_file_is_cut(chunk, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "_CHUNK", chunk)
    good = "a\né\n🎬\n日本\n".encode()
    (tmp_path / "x.csv").write_bytes(good)
    assert len(tables.read_csv(tmp_path / "x.csv", ["a"])) == 3
    for bad, row in ((b"x\xc3", 5), (b"\xf0\x9f\n\x8e", 5), (b"\n\n\xff", 7)):
        (tmp_path / "x.csv").write_bytes(good + bad)
        with refused(f"row {row} is not valid UTF-8"):
            tables.read_csv(tmp_path / "x.csv", ["a"])


def test_a_cell_that_is_empty_quoted_or_has_doubled_quotes_is_read_as_it_is_meant(tmp_path):
    (tmp_path / "x.csv").write_text('a,b\n"","say ""hi"", or not"\n"x" ,5"\n')
    assert tables.read_csv(tmp_path / "x.csv", ["a", "b"]).to_numpy().tolist() == [
        ["", 'say "hi", or not'],
        ["x ", '5"'],
    ]
