"""A run as one file to hand on: a zip that holds what a run has and nothing else.

An archive that comes in may be made by anybody, so nothing in it is believed: names, kinds, sizes and contents are
checked before anything takes its place among the runs.
"""

from __future__ import annotations

import io
import re
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from itertools import count
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from explorer.errors import UserError, listed
from explorer.neurons import NeuronIndex
from explorer.runs.library import (
    MAX_NAME_LENGTH,
    MAX_NOTE_LENGTH,
    NOTE_FILE,
    check_name,
    clean_name,
    move_new,
    name_taken_error,
    read_note,
)
from explorer.runs.manifest import MANIFEST, RunManifest, read_manifest
from explorer.runs.run import check_complete, load_run

FILES = frozenset(
    [
        *(f"dataset/{table}.parquet" for table in ("users", "items", "interactions")),
        *(f"neurons/{table.name}.parquet" for table in fields(NeuronIndex)),
        "history.parquet",
        "recommender.safetensors",
        "sae.safetensors",
    ]
)
"""What `run.json` lists in a run of this format."""
MAPS = "maps"
_ADDED = re.compile(MAPS + r"/(neurons|items|together|hierarchy)(\.json|-[a-z_]+\.parquet)")
"""What may have been added to a run (`explorer.storage.attachments`); `run.json` does not list it."""
_FOLDERS = {MAPS, *(name.split("/")[0] for name in FILES if "/" in name)}

MIB = 2**20
MAX_TOTAL = 2048 * MIB
"""Bytes of all files together, unpacked."""
MAX_FILE = 1024 * MIB
_SMALLER = {MANIFEST: 16 * MIB, NOTE_FILE: 4 * MAX_NOTE_LENGTH + 8}
"""Files that are read into memory in one piece have less."""
MAX_ENTRIES = 64
"""Files and folders in an archive."""
MAX_DIRECTORY = MIB // 4
"""Bytes of an archive's table of contents, which is read into memory whatever its entries are."""
MAX_RATIO = 200
"""Bytes out of one packed byte, beyond the first MiB of a file: weights and tables do not pack that well."""
MAX_CELLS = 400_000_000
"""Rows × columns of a table: a few bytes of Parquet can say that a value comes a billion times."""

_PIECE = MIB
_END, _END_64, _END_SIZE, _COMMENT = b"PK\x05\x06", b"PK\x06\x07", 22, 0xFFFF
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)
"""What the standard library says of a zip that is none."""


def export_run(folder: Path) -> bytes:
    """A run as a zip of one folder. The same run gives the same bytes."""
    folder = Path(folder)
    _check_listed(check_complete(folder), str(folder))
    note = [NOTE_FILE] if read_note(folder) else []
    names = sorted([*FILES, MANIFEST, *note, *_added(folder)])
    sizes = [(folder / name).stat().st_size for name in names]
    if sum(sizes) > MAX_TOTAL or max(sizes) > MAX_FILE:
        raise UserError(
            f"{folder} has more than {_size(MAX_TOTAL)}, or {_size(MAX_FILE)} in one file, too much for an archive; "
            "copy the folder instead."
        )
    top = clean_name(folder.resolve().name)
    archive = io.BytesIO()
    try:
        with zipfile.ZipFile(archive, "w") as content:
            for name in names:
                entry = zipfile.ZipInfo(f"{top}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
                entry.create_system = 3  # Unix, wherever this runs: the next line means something only there
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                # Tables and weights are packed already, or do not get smaller.
                packs = name in (MANIFEST, NOTE_FILE)
                entry.compress_type = zipfile.ZIP_DEFLATED if packs else zipfile.ZIP_STORED
                with (folder / name).open("rb") as source, content.open(entry, "w") as sink:
                    shutil.copyfileobj(source, sink, _PIECE)
    except OSError as error:
        raise UserError(f"{folder} cannot be read: {error.strerror or error}.") from None
    return archive.getvalue()


def _added(folder: Path) -> list[str]:
    """The maps of a run's folder."""
    try:
        names = [f"{MAPS}/{path.name}" for path in (folder / MAPS).iterdir()]
    except OSError:
        return []
    return [name for name in names if _ADDED.fullmatch(name)]


def import_run(archive: BinaryIO | Path, runs: Path, name: str | None = None) -> Path:
    """Unpack an archive as a new run below the folder `runs`, whole or not at all; returns the run's folder.

    Without a name it gets the one it has in the archive, or that of its data set, with a number if that is taken.
    Whatever the archive is, no file of it lies anywhere but in the run's folder, and no more than a run has.
    """
    runs = Path(runs)
    if name is not None:
        name = check_name(name)
        if (runs / name).exists():
            raise name_taken_error(runs / name)
    what = _title(archive)
    with _opened(archive, what) as content:
        top, entries = _entries(content, what)
        try:
            runs.mkdir(parents=True, exist_ok=True)
            # Not `written_whole`, which puts the new in place of the old: here whatever has the name keeps it.
            with tempfile.TemporaryDirectory(prefix=".import-", dir=runs, ignore_cleanup_errors=True) as hidden:
                part = Path(hidden) / "run"
                part.mkdir()
                manifest = _unpack(content, entries, part, what)
                if name is not None:
                    return _placed(part, runs, [name])
                wish = clean_name(top or str(manifest.dataset.name))
                return _placed(part, runs, _numbered(wish))
        except OSError as error:
            raise UserError(f"The run could not be written to {runs}: {error.strerror or error}.") from None


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in count(2):
        yield f"{name[: MAX_NAME_LENGTH - len(str(number)) - 1]}-{number}"


def _placed(part: Path, runs: Path, names) -> Path:
    """Move a folder to the first of the names that nothing has."""
    for name in names:
        try:
            move_new(part, runs / name)
            return runs / name
        except FileExistsError:
            continue
    raise name_taken_error(runs / name)


def _title(archive: BinaryIO | Path) -> str:
    """The archive in a sentence."""
    name = archive if isinstance(archive, Path) else getattr(archive, "name", None)
    shown = _shown(Path(name).name) if isinstance(name, str | Path) else ""
    return f"The archive {shown}".strip()


def _shown(text: str) -> str:
    """A name out of an archive, on one line whatever it is."""
    short = text if len(text) <= 100 else text[:100] + "…"
    return short if short.isprintable() else ascii(short)


def _size(size: int) -> str:
    return f"{size / 2**30:g} GiB" if size >= 2**30 else f"{size / MIB:g} MiB" if size >= MIB else f"{size:,} bytes"


# --- what an archive says of itself


@contextmanager
def _opened(archive: BinaryIO | Path, what: str) -> Iterator[zipfile.ZipFile]:
    """The archive as a zip whose table of contents is small."""
    try:
        file = archive.open("rb") if isinstance(archive, Path) else archive
    except OSError as error:
        raise UserError(f"{what} cannot be read: {error.strerror or error}.") from None
    try:
        try:
            _check_directory(file, what)
            content = zipfile.ZipFile(file)
        except (*_UNREADABLE, OSError):
            raise _not_a_zip(what) from None
        with content:
            yield content
    finally:
        if file is not archive:
            file.close()


def _not_a_zip(what: str) -> UserError:
    return UserError(f"{what} is no zip, or it is cut short; export the run again.")


def _check_directory(file: BinaryIO, what: str) -> None:
    """Refuse a long table of contents before `zipfile` reads all of it into memory."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _END_SIZE - _COMMENT))
    tail = file.read(_END_SIZE + _COMMENT)
    end = tail.rfind(_END)
    if end < 0 or end + _END_SIZE > len(tail):
        raise _not_a_zip(what)
    (directory,) = struct.unpack_from("<L", tail, end + 12)
    # The form for archives of more than 4 GiB or 65,535 entries has its sizes elsewhere; no run needs it.
    if directory > MAX_DIRECTORY or tail[max(0, end - 20) : end].startswith(_END_64):
        raise _too_many(what)


def _too_many(what: str) -> UserError:
    return UserError(f"{what} has more files than a run; it must hold one run and nothing else.")


def _entries(content: zipfile.ZipFile, what: str) -> tuple[str, dict[str, zipfile.ZipInfo]]:
    """The name of the one top-level folder ("" if the files are at the top), and the files by their names below it."""
    infos = content.infolist()
    if len(infos) > MAX_ENTRIES:
        raise _too_many(what)
    for info in infos:
        if fault := _fault(info):
            raise UserError(f"{what} has an entry {_shown(info.orig_filename)} {fault}; it is not unpacked.")
    paths = Counter(info.filename.rstrip("/") for info in infos)
    if twice := [path for path, times in paths.items() if times > 1]:
        raise UserError(f"{what} has {_shown(twice[0])} twice; it is not unpacked.")
    tops = {path.split("/")[0] for path in paths}
    top = next(iter(tops)) if MANIFEST not in paths and len(tops) == 1 else ""
    prefix = f"{top}/" if top else ""
    if f"{prefix}{MANIFEST}" not in paths:
        raise UserError(f"{what} is no run: it has no {MANIFEST}, neither at the top nor in one folder that holds all.")
    files = {info.filename.removeprefix(prefix): info for info in infos if not info.is_dir()}
    folders = {info.filename.removeprefix(prefix).rstrip("/") for info in infos if info.is_dir()}
    _check_sizes(content, files, what)
    own = {name for name in files if name in FILES or name in (MANIFEST, NOTE_FILE) or _ADDED.fullmatch(name)}
    if foreign := sorted((files.keys() - own) | (folders - _FOLDERS - {""})):
        foreign = listed(map(_shown, foreign), most=3)
        raise UserError(f"{what} has what does not belong to a run: {foreign}; remove that, or export the run again.")
    return top, files


def _fault(info: zipfile.ZipInfo) -> str | None:
    """Why an entry is nothing that a run has; None if it may be."""
    name, kind = info.orig_filename, stat.S_IFMT(info.external_attr >> 16)
    parts = name.removesuffix("/").split("/")
    if name != info.filename or "\\" in name or not set(parts).isdisjoint(("", ".", "..")):
        return "whose name leads elsewhere"  # also an absolute name, whose first part is empty
    if any(re.match("[A-Za-z]:", part) for part in parts):
        return "whose name has a drive"
    if kind not in (0, stat.S_IFDIR if info.is_dir() else stat.S_IFREG):
        return "that is neither a file nor a folder"  # a link, a device
    if info.flag_bits & _ENCRYPTED:
        return "that is encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "packed in a way other than that of a plain zip"
    if info.header_offset < 0:
        return "that lies before the archive's start"
    return None


def _check_sizes(content: zipfile.ZipFile, files: dict[str, zipfile.ZipInfo], what: str) -> None:
    """Refuse sizes that the archive itself owns up to."""
    for name, info in files.items():
        if info.file_size > (most := _most(name)):
            raise _too_large(what, name, most)
        if info.file_size > MIB + MAX_RATIO * info.compress_size:
            raise _too_dense(what, name)
    if sum(info.file_size for info in files.values()) > MAX_TOTAL:
        raise _too_large(what, "", MAX_TOTAL)
    # Entries that share their bytes unpack to more than any of them says.
    if sum(info.compress_size for info in files.values()) > content.fp.seek(0, io.SEEK_END):
        raise _not_a_zip(what)


def _most(name: str) -> int:
    return min(MAX_FILE, _SMALLER.get(name, MAX_FILE))


def _too_large(what: str, name: str, most: int) -> UserError:
    return UserError(f"{what} has more than {_size(most)}{' in ' if name else ''}{_shown(name)}; it is not unpacked.")


def _too_dense(what: str, name: str) -> UserError:
    return UserError(f"{what} unpacks to more than {MAX_RATIO} times its size in {_shown(name)}; it is not unpacked.")


# --- what is in it


def _unpack(content: zipfile.ZipFile, files: dict[str, zipfile.ZipInfo], part: Path, what: str) -> RunManifest:
    """Write the files into an empty folder and open the run that they are; returns its manifest."""
    left = MAX_TOTAL

    def copy(name: str) -> None:
        nonlocal left
        left -= _copy(content, files[name], part / name, left, name, what)

    copy(MANIFEST)  # first: a run of another format has other files
    with _errors_about(part, what):
        manifest = read_manifest(part)
    _check_listed(manifest, what)
    if missing := sorted(FILES - files.keys()):
        raise UserError(f"{what} is incomplete: {listed(missing, most=3)} is missing; export the run again.")
    for name in sorted(files.keys() - {MANIFEST}):
        copy(name)
    with _errors_about(part, what):
        read_note(part)
        _check_tables(part, what)
        load_run(part)
    return manifest


def _copy(content: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, left: int, name: str, what: str) -> int:
    """Unpack one file piece by piece, whatever it says of itself never more than its limit and the `left` bytes of
    that of all files; returns how many there were."""
    target.parent.mkdir(exist_ok=True)
    size = 0
    with target.open("xb") as sink:
        try:
            with content.open(info) as source:
                while piece := source.read(_PIECE):
                    size += len(piece)
                    if size > (most := _most(name)):
                        raise _too_large(what, name, most)
                    if size > left:
                        raise _too_large(what, "", MAX_TOTAL)
                    if size > MIB + MAX_RATIO * info.compress_size:
                        raise _too_dense(what, name)
                    sink.write(piece)
        except _UNREADABLE:
            raise UserError(f"{what} is damaged in {name}; export the run again.") from None
    if size != info.file_size:
        raise UserError(f"{what} is damaged in {name}; export the run again.")
    return size


def _check_listed(manifest: RunManifest, what: str) -> None:
    """Refuse a `run.json` that lists other files than a run has: they would be looked for wherever it says."""
    files = manifest.files.keys()
    if unknown := sorted(files - FILES):
        unknown = listed(map(_shown, unknown), most=3)
        raise UserError(f"{what} has a {MANIFEST} that lists what no run has: {unknown}; train the run again.")
    if missing := sorted(FILES - files):
        missing = listed(missing, most=3)
        raise UserError(f"{what} has a {MANIFEST} that does not list {missing}; train the run again.")


def _check_tables(part: Path, what: str) -> None:
    """Refuse tables that would fill the memory when opened."""
    for name in sorted(name for name in [*FILES, *_added(part)] if name.endswith(".parquet")):
        try:
            about = pq.read_metadata(part / name)
        except (pa.ArrowException, OSError):
            continue  # `load_run` has the words for it
        unpacked = sum(about.row_group(group).total_byte_size for group in range(about.num_row_groups))
        if about.num_rows * about.num_columns > MAX_CELLS or unpacked > MAX_TOTAL:
            raise UserError(f"{what} has a table of more values than any run in {name}; it is not unpacked.")


@contextmanager
def _errors_about(part: Path, what: str) -> Iterator[None]:
    """What is said of the hidden folder, said of the archive."""
    try:
        yield
    except UserError as error:
        raise UserError(" ".join(str(error).replace(str(part), what).split())[:500]) from None
    except Exception as error:
        # Made by anybody, the content may break any reader in any way; it never is a run.
        raise UserError(f"{what} cannot be opened as a run ({type(error).__name__}); export the run again.") from None
