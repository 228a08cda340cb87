"""A PostgreSQL server for tests: in a temporary folder, on a socket there, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

_WAIT = 60
"""Seconds for the server to begin."""


def programs() -> Path | None:
    """The folder of the server's programs; None where it is not installed."""
    found = shutil.which("postgres")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return versions[-1].parent if versions else None


class Server:
    """A running server; its databases do not outlive it, so it need not wait for the disk."""

    def __enter__(self) -> Server:
        self._numbers = count()
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))  # not pytest's, which only this user may enter
        self._as = _someone_else()
        if self._as:
            os.chown(self.folder, self._as["user"], self._as["group"])
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", f"unix_socket_directories={self.folder}"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [programs() / "postgres", "-D", self._data, *options], stdout=log, stderr=log, cwd="/", **self._as
            )
        until = time.monotonic() + _WAIT
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL does not start: {(self.folder / 'log').read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop at once: whoever is connected is cut off."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(_WAIT)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def empty_database(self) -> str:
        """The address of a new database."""
        import psycopg

        name = f"audit{next(self._numbers)}"
        with psycopg.connect(self._plain, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    @property
    def _plain(self) -> str:
        return f"host={self.folder} user=postgres dbname=postgres"

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self._plain, connect_timeout=2).close()
            return True
        except psycopg.OperationalError:
            return False

    def _run(self, program: str, *arguments: str) -> None:
        command = [programs() / program, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **self._as)


def _someone_else() -> dict:
    """Whom the server runs as: not root, which it refuses."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
