"""Public data sets by name, fetched when a person asks and accepts the licence: checked and unpacked, or not at all."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import stat
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from explorer.errors import UserError, listed, quoted, shortened
from explorer.progress import Progress, silent
from explorer.storage.files import written_whole
from explorer.text import bytes_text

TIMEOUT = 30.0
"""Seconds without a byte after which a server is given up; what has come is kept for the next try."""
_PIECE = 2**18
_PARTS = ".downloads"
_MAX_FILES = 1000
_MAX_GROWTH = 40
"""Unpacked bytes per packed byte; text packs about 5 to 1."""
_MOVIELENS = (
    "For research and teaching: no redistribution without permission, no commercial use without permission, no implied "
    "endorsement, and publications must cite Harper and Konstan (2015), doi.org/10.1145/2827872."
)


@dataclass(frozen=True)
class PublicSet:
    """A data set that its publisher offers as one zip, with a published MD5.

    size: about how many bytes the zip has; twice as many are refused. folder: inside the zip, with the files.
    """

    name: str
    title: str
    url: str
    checksum_url: str
    size: int
    licence: str
    home: str
    folder: str


def _movielens(name: str, title: str, size: int) -> PublicSet:
    base = "https://files.grouplens.org/datasets/movielens"
    return PublicSet(
        name,
        title,
        f"{base}/{name}.zip",
        f"{base}/{name}.zip.md5",
        size,
        _MOVIELENS,
        f"https://grouplens.org/datasets/movielens/{name.removeprefix('ml-')}/",
        name,
    )


PUBLIC_SETS: dict[str, PublicSet] = {
    each.name: each
    for each in (
        _movielens("ml-100k", "MovieLens 100K: 100,000 ratings of 1,682 films", 5_000_000),
        _movielens("ml-1m", "MovieLens 1M: a million ratings of 3,900 films", 6_000_000),
        _movielens("ml-20m", "MovieLens 20M: 20 million ratings of 27,000 films", 199_000_000),
        _movielens("ml-32m", "MovieLens 32M: 32 million ratings of 87,585 films", 239_000_000),
    )
}
"""Those whose publisher states a checksum."""


def find_public_set(name: str) -> PublicSet:
    """The public set of a name."""
    try:
        return PUBLIC_SETS[name]
    except KeyError:
        raise UserError(f"There is no public data set {quoted(name)}; there are {listed(PUBLIC_SETS)}.") from None


def download(of: PublicSet, data_folder: Path, accepted: bool, progress: Progress = silent) -> Path:
    """Fetch, check and unpack a set into `data_folder/NAME`; returns the folder.

    accepted: whether the person has accepted the licence. What has come of an interrupted download is kept below
    `data_folder/.downloads` and continued if the server's file is still the same.
    Raises `UserError` with what went wrong and whether a second try goes on from there.
    """
    target = Path(data_folder) / of.name
    if target.exists():
        raise UserError(f"{target} is already there; delete it to download it again.")
    if not accepted:
        raise UserError(f"{of.title} has a licence to be accepted first: {of.licence}")
    parts = Path(data_folder) / _PARTS
    try:
        parts.mkdir(parents=True, exist_ok=True)
        expected = _checksum(of)
        archive = _fetched(of, parts, progress)
        _verified(of, archive, expected)
        progress("download", 1.0, "unpacking")
        _unpacked(of, archive, target)
        archive.unlink(missing_ok=True)
        _tag_file(archive).unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"{of.name} cannot be kept in {data_folder}: {error.strerror or error}.") from None
    return target


@contextmanager
def _opened(of: PublicSet, url: str, headers: dict[str, str] | None = None) -> Iterator[Any]:
    request = urllib.request.Request(url, headers={"User-Agent": "concept-explorer", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            yield answer
    except urllib.error.HTTPError as error:
        raise UserError(
            f"The server of {of.name} answers {error.code} {error.reason}; try later ({of.home})."
        ) from None
    except (TimeoutError, ConnectionError, urllib.error.URLError, EOFError) as error:
        reason = shortened(" ".join(str(getattr(error, "reason", error)).split()) or type(error).__name__, 120)
        raise UserError(
            f"The connection for {of.name} broke off or could not be made ({reason}); try again, which goes on from "
            "there."
        ) from None


def _checksum(of: PublicSet) -> str:
    """The published MD5, 32 hexadecimal digits."""
    with _opened(of, of.checksum_url) as answer:
        text = answer.read(4096).decode("ascii", errors="replace")
    found = re.search(r"\b[0-9a-fA-F]{32}\b", text)
    if not found or "<" in text:
        raise UserError(f"{of.checksum_url} does not state a checksum, so nothing is downloaded; see {of.home}.")
    return found[0].lower()


def _tag_file(archive: Path) -> Path:
    return archive.with_suffix(".json")


def _fetched(of: PublicSet, parts: Path, progress: Progress) -> Path:
    """The zip, from where an earlier try ended if the server has the same file."""
    archive = parts / f"{of.name}.zip.part"
    have, tag = archive.stat().st_size if archive.exists() else 0, _read_tag(archive)
    headers = {"Range": f"bytes={have}-", "If-Range": tag} if have and tag else {}
    with _opened(of, of.url, headers) as answer:
        resumed = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        have = have if resumed else 0
        if "html" in answer.headers.get("Content-Type", "").lower():
            raise UserError(f"The server sends a page instead of {of.name}.zip; look at {of.home}.")
        length = answer.headers.get("Content-Length", "")
        total = have + int(length) if length.isdecimal() else None
        most = 2 * of.size
        if (total or 0) > most:
            raise UserError(
                f"The server offers {bytes_text(total)} as {of.name}.zip, which has about {bytes_text(of.size)}."
            )
        _tag_file(archive).write_text(json.dumps({"tag": answer.headers.get("ETag") or ""}), encoding="utf-8")
        with archive.open("ab" if resumed else "wb") as file:
            while piece := answer.read(_PIECE):
                file.write(piece)
                have += len(piece)
                if have > most:
                    raise UserError(f"The server sends more than {bytes_text(most)} as {of.name}.zip; it is given up.")
                progress("download", min(have / (total or of.size), 1.0), f"{bytes_text(have)} of {of.name}.zip")
    if total is not None and have < total:
        raise UserError(
            f"The connection for {of.name} broke off after {bytes_text(have)} of {bytes_text(total)}; try again, which "
            "goes on from there."
        )
    return archive


def _read_tag(archive: Path) -> str:
    try:
        return str(json.loads(_tag_file(archive).read_text(encoding="utf-8"))["tag"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _verified(of: PublicSet, archive: Path, expected: str) -> None:
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "md5").hexdigest()
    if found != expected:
        archive.unlink()
        _tag_file(archive).unlink(missing_ok=True)
        raise UserError(
            f"{of.name}.zip is not what its publisher states (MD5 {found}, stated {expected}); it was deleted. Try "
            "again later."
        )


def _unpacked(of: PublicSet, archive: Path, target: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as file, written_whole(target, "The data set") as part:
            members = [member for member in file.infolist() if not member.is_dir()]
            _check_members(of, members, archive.stat().st_size)
            for member in members:
                place = PurePosixPath(member.filename)
                name = place.relative_to(of.folder) if place.is_relative_to(of.folder) else place
                goal = part / name
                goal.parent.mkdir(parents=True, exist_ok=True)
                with file.open(member) as source, goal.open("wb") as sink:
                    shutil.copyfileobj(source, sink)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        archive.unlink(missing_ok=True)
        raise UserError(f"{of.name}.zip cannot be unpacked ({shortened(error, 120)}); it was deleted.") from None


def _check_members(of: PublicSet, members: list[zipfile.ZipInfo], packed: int) -> None:
    """Refuse what would land outside the folder, is a link, or grows without measure."""
    if len(members) > _MAX_FILES or sum(member.file_size for member in members) > _MAX_GROWTH * max(packed, 2**20):
        raise UserError(f"{of.name}.zip holds far more than the data set; it was not unpacked.")
    for member in members:
        place = PurePosixPath(member.filename.replace("\\", "/"))
        link = stat.S_ISLNK(member.external_attr >> 16)
        if place.is_absolute() or ".." in place.parts or ":" in place.parts[0] or link:
            raise UserError(f"{of.name}.zip holds {quoted(member.filename)}, outside its folder; it was not unpacked.")
