"""Small things that many tests say."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from explorer.errors import UserError
from explorer.recommenders import Recommender
from explorer.runs import Run
from explorer.runs.manifest import MANIFEST
from explorer.runs.metrics import Baselines, Summary
from explorer.runs.schema import COLUMNS, OPTIONAL


@contextmanager
def refused(*words: str):
    """The block ends in a `UserError` of one line that has all the words."""
    with pytest.raises(UserError) as caught:
        yield caught
    message = str(caught.value)
    assert "\n" not in message
    missing = [word for word in words if word not in message]
    assert not missing, f"{missing} not in: {message}"


def csv(*rows: str) -> str:
    """The text of a file with these rows."""
    return "".join(f"{row}\n" for row in rows)


def everything_below(folder: Path) -> dict[Path, bytes | None]:
    """Every file below a folder with its content, and every folder with None."""
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


class Opaque(Recommender):
    """A recommender whose score is not a dot product, of which nothing but the score is known."""

    def __init__(self, inner):
        self.inner = inner
        self.user_embeddings, self.item_embeddings = inner.user_embeddings, inner.item_embeddings

    def score(self, u, q, users, items=None):
        return self.inner.score(u, q, users, items).tanh()

    def tensors(self):
        return {}

    @classmethod
    def from_tensors(cls, tensors):
        raise NotImplementedError


def opaque(run: Run) -> Run:
    """The run with a score that is not a dot product."""
    return replace(run, recommender=Opaque(run.recommender))


def assert_is_an_error(done, *words: str) -> None:
    """A command that ended with 2 and one line on stderr that has all the words, and printed nothing."""
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith("\n") and done.err.count("\n") == 1, done.err
    missing = [word for word in words if word not in done.err]
    assert not missing, f"{missing} not in: {done.err}"


def make_format_2(folder: Path) -> Path:
    """Turn a run folder into what the version before wrote: without the measures, tables and columns of later ones."""
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest["metrics"]["concepts"]
    baselines = manifest["metrics"]["baselines"]
    for name, field in Baselines.model_fields.items():
        if not field.is_required():
            baselines.pop(name)
    for found in baselines.values():
        for name, field in Summary.model_fields.items():
            if not field.is_required():
                found.pop(field.alias or name)
    for name, columns in COLUMNS.items():
        later = [column for column, about in columns.items() if about.absent]
        if name.startswith("neurons/") and later:
            path = folder / f"{name}.parquet"
            pd.read_parquet(path).drop(columns=later).to_parquet(path, index=False)
            manifest["files"][f"{name}.parquet"] = hashlib.sha256(path.read_bytes()).hexdigest()
    for name in OPTIONAL:
        (folder / name).unlink()
        del manifest["files"][name]
    (folder / MANIFEST).write_text(json.dumps({**manifest, "format": 2}))
    return folder
