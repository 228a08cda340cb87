"""A run as one file to share: a zip that holds what a run has and nothing else.

An archive may be made by anybody. So nothing is unpacked to where the archive says: each file that a run may have is
looked for by its name and written under that name, and an archive with anything else is refused. What the files hold is
checked as when any run is opened. What travels beside a run (`BESIDE`) is not put into its folder, but read by whoever
knows what to do with it.
"""

from __future__ import annotations

import io
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from explorer.choices import MAP_KINDS
from explorer.errors import UserError, shortened
from explorer.runs.library import (
    NOTE_FILE,
    check_name,
    clean_name,
    name_taken_error,
    numbered_names,
    place_new,
    read_note,
)
from explorer.runs.manifest import MANIFEST, RunManifest, read_manifest
from explorer.runs.run import check_complete, load_run
from explorer.runs.schema import FILES, OPTIONAL, check_listed
from explorer.stability import store as stability
from explorer.storage.attachments import file_names

_MAP = ("points", "names")
ATTACHED = {
    **dict.fromkeys(MAP_KINDS, _MAP),
    "hierarchy": ("candidates", "flags", "neurons", "level_metrics", "trends", "chance", "shares", "examples"),
}
"""What may have been added to a run (`explorer.storage.attachments`) in its folder `maps`, and its tables."""
ADDED = frozenset(f"maps/{name}" for added, tables in ATTACHED.items() for name in file_names(added, tables)) | {
    f"{stability.FOLDER}/{name}" for name in file_names(stability.NAME, stability.TABLES)
}
"""All files that may have been added to a run."""

MIB = 2**20
MAX_TOTAL = 2048 * MIB
"""Bytes of all files together, unpacked."""
MAX_DIRECTORY = MIB // 4
"""Bytes of an archive's table of contents, which is read into memory whatever its entries are."""
MAX_RATIO = 200
"""Bytes out of one packed byte, beyond the first MiB of a file: weights and tables do not pack that well."""

AUDIT_FILE = "audit.json"
BESIDE = {AUDIT_FILE: 256 * MIB}
"""What may travel beside a run's own files, and at most so many bytes of it."""

_END, _END_64, _END_SIZE, _COMMENT = b"PK\x05\x06", b"PK\x06\x07", 22, 0xFFFF
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError, OSError)
"""What the standard library raises on a damaged zip; `RuntimeError` also if it is encrypted or packed in a new way."""


def export_run(folder: Path, beside: Mapping[str, bytes] | None = None) -> bytes:
    """A run as a zip of one folder. The same run gives the same bytes.

    beside: files that travel with it, by their names in `BESIDE`.
    """
    folder, beside = Path(folder), beside or {}
    if too_large := [name for name, content in beside.items() if len(content) > BESIDE[name]]:
        raise UserError(
            f"{too_large[0]} of {folder} has more than {BESIDE[too_large[0]] // MIB} MiB; share it by itself."
        )
    manifest = check_complete(folder)
    note = [NOTE_FILE] if read_note(folder) else []
    names = sorted([*manifest.files, MANIFEST, *note, *(name for name in ADDED if (folder / name).is_file())])
    if sum((folder / name).stat().st_size for name in names) > MAX_TOTAL:
        raise UserError(f"{folder} has more than {MAX_TOTAL // MIB:,} MiB; copy the folder instead.")
    top = clean_name(folder.resolve().name)
    archive = io.BytesIO()
    try:
        with zipfile.ZipFile(archive, "w") as content:
            for name in sorted([*names, *beside]):
                entry = zipfile.ZipInfo(f"{top}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
                entry.create_system = 3  # Unix, wherever this runs: the next line means something only there
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                # Tables and weights are packed already, or do not get smaller.
                packs = name in (MANIFEST, NOTE_FILE, *BESIDE)
                entry.compress_type = zipfile.ZIP_DEFLATED if packs else zipfile.ZIP_STORED
                given = io.BytesIO(beside[name]) if name in beside else (folder / name).open("rb")
                with given as source, content.open(entry, "w") as sink:
                    shutil.copyfileobj(source, sink, MIB)
    except OSError as error:
        raise UserError(f"{folder} cannot be read: {error.strerror or error}.") from None
    return archive.getvalue()


def import_run(archive: BinaryIO | Path, runs: Path, name: str | None = None) -> Path:
    """Unpack an archive as a new run below the folder `runs`, whole or not at all; returns the run's folder.

    Without a name it gets the one it has in the archive, or that of its data set, with a number if that is taken.
    Whatever the archive is, no file of it lies anywhere but in the run's folder.
    """
    runs = Path(runs)
    if name is not None:
        name = check_name(name)
        if (runs / name).exists():
            raise name_taken_error(runs / name)
    what = _title(archive)
    with _opened(archive, what) as content:
        top, entries = _entries(content, what)
        entries = {name: info for name, info in entries.items() if name not in BESIDE}
        try:
            runs.mkdir(parents=True, exist_ok=True)
            # Not `written_whole`, which puts the new in place of the old: here whatever has the name keeps it.
            with tempfile.TemporaryDirectory(prefix=".import-", dir=runs, ignore_cleanup_errors=True) as hidden:
                part = Path(hidden) / "run"
                part.mkdir()
                manifest = _unpack(content, entries, part, what)
                wish = clean_name(top or manifest.dataset.name)
                return place_new(part, runs, numbered_names(wish) if name is None else [name])
        except OSError as error:
            raise UserError(f"The run could not be written to {runs}: {error.strerror or error}.") from None


def read_beside(archive: BinaryIO | Path, name: str) -> bytes | None:
    """A file of `BESIDE` that travels in a run's archive; None if there is none."""
    what = _title(archive)
    with _opened(archive, what) as content:
        info = _entries(content, what)[1].get(name)
        if info is None:
            return None
        found, most = bytearray(), min(BESIDE[name], MIB + MAX_RATIO * info.compress_size)
        for piece in _pieces(content, info, what):
            found += piece
            if len(found) > most:
                raise UserError(f"{what} has a {name} of more than {most // MIB} MiB; it is not read.")
        return bytes(found)


def _title(archive: BinaryIO | Path) -> str:
    """The archive in a sentence."""
    name = archive if isinstance(archive, Path) else getattr(archive, "name", None)
    return f"The archive {shortened(Path(name).name)}" if isinstance(name, str | Path) else "The archive"


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
        except _DAMAGE:
            raise UserError(f"{what} is not a zip, or it is cut short; export the run again.") from None
        with content:
            yield content
    finally:
        if file is not archive:
            file.close()


def _check_directory(file: BinaryIO, what: str) -> None:
    """Refuse a long table of contents before `zipfile` reads all of it into memory."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _END_SIZE - _COMMENT))
    tail = file.read(_END_SIZE + _COMMENT)
    end = tail.rfind(_END)
    if end < 0:
        raise zipfile.BadZipFile
    (directory,) = struct.unpack_from("<L", tail, end + 12)
    # The form for archives of more than 4 GiB or 65,535 entries has its sizes elsewhere; a run does not need it.
    if directory > MAX_DIRECTORY or tail[max(0, end - 20) : end].startswith(_END_64):
        raise UserError(f"{what} has more files than a run; it must hold one run and nothing else.")


def _entries(content: zipfile.ZipFile, what: str) -> tuple[str, dict[str, zipfile.ZipInfo]]:
    """The name of the one folder that holds all ("" if the files are at the top), and the run's files by their names
    below it. Folders are passed over; the run's own are made when a file needs them."""
    files = [info for info in content.infolist() if not info.is_dir()]
    tops = [info.filename.removesuffix(MANIFEST) for info in files if info.filename.split("/")[-1] == MANIFEST]
    if len(tops) != 1 or tops[0].count("/") > 1:
        raise UserError(f"{what} is not a run: it must have one {MANIFEST}, at the top or in a folder that holds all.")
    allowed = {tops[0] + name: name for name in (MANIFEST, NOTE_FILE, *FILES, *ADDED, *BESIDE)}
    entries = {}
    for info in files:
        name = allowed.get(info.filename)
        if name is None or name in entries:
            fault = "which does not belong to a run" if name is None else "twice"
            raise UserError(f"{what} has {shortened(info.filename)}, {fault}; export the run again.")
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UserError(f"{what} has {name} encrypted, or packed in an unusual way; export the run again.")
        entries[name] = info
    return tops[0].rstrip("/"), entries


def _unpack(content: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], part: Path, what: str) -> RunManifest:
    """Write the files into an empty folder and open the run that they are; returns its manifest."""
    try:
        left = _copy(content, entries.pop(MANIFEST), part / MANIFEST, MAX_TOTAL, what)
        manifest = read_manifest(part)  # first: a run of another format has other files
        check_listed(part / MANIFEST, manifest.files)
        if unlisted := sorted(OPTIONAL & entries.keys() - manifest.files.keys()):
            raise UserError(f"{what} has {unlisted[0]}, which its {MANIFEST} does not list; export the run again.")
        for name, info in sorted(entries.items()):
            left = _copy(content, info, part / name, left, what)
        read_note(part)
        load_run(part)
    except UserError as error:  # of the hidden folder, said of the archive
        raise UserError(str(error).replace(f"{part}/", f"{what}: ").replace(str(part), what)) from None
    return manifest


def _copy(content: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, left: int, what: str) -> int:
    """Unpack one file of at most `left` bytes piece by piece, whatever it says of itself; returns what is left."""
    size, most = 0, MIB + MAX_RATIO * info.compress_size
    target.parent.mkdir(exist_ok=True)
    with target.open("xb") as sink:
        for piece in _pieces(content, info, what):
            size += len(piece)
            if size > min(left, most):
                limit = f"{MAX_RATIO} times its size" if most < left else f"{MAX_TOTAL // MIB:,} MiB"
                raise UserError(
                    f"{what} unpacks to more than {limit}, in {shortened(info.filename)}; it is not unpacked."
                )
            sink.write(piece)
    return left - size


def _pieces(content: zipfile.ZipFile, info: zipfile.ZipInfo, what: str) -> Iterator[bytes]:
    try:
        with content.open(info) as source:
            while piece := source.read(MIB):
                yield piece
    except _DAMAGE:
        raise UserError(f"{what} is damaged in {shortened(info.filename)}; export the run again.") from None
