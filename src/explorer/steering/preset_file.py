"""Presets of one's own: settings with a name, in one JSON file per run, applied to any of its users.

    FOLDER/.presets/FINGERPRINT.json      beside the runs of `runs_folder()`, since a built-in run is read-only; of a
                                          run that is renamed they are still there

The file says which run it is of, since a neuron's number means something else in another one. It is written whole, and
one that cannot be read is never written over.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.errors import UserError, quoted, shortened
from explorer.measures import SHOWN_LENGTH
from explorer.runs import Run
from explorer.runs.library import runs_folder
from explorer.steering.edits import MAX_VALUE, AnyEdit, ConceptEdit, Edit, check_edit
from explorer.steering.grouping import concepts_of
from explorer.steering.presets import Preset, built_in_presets, find_preset, plain
from explorer.steering.scores import PersonScores
from explorer.steering.setting import fingerprint
from explorer.storage.files import read_regular_file, replace_file

FOLDER = ".presets"
MAX_NAME, MAX_PRESETS, MAX_EDITS = 60, 200, 500
MAX_BYTES = 2**20

Presets = dict[str, tuple[AnyEdit, ...]]
"""Edits by the name of the preset, in the order in which they were saved."""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class _Edit(_Strict):
    neuron: int | None = Field(None, ge=0, lt=2**31)
    concept: str | None = Field(None, max_length=1000)
    value: float = Field(ge=-MAX_VALUE, le=MAX_VALUE)


class _Preset(_Strict):
    name: str = Field(min_length=1, max_length=MAX_NAME)
    edits: list[_Edit] = Field(min_length=1, max_length=MAX_EDITS)


class _Run(_Strict):
    name: str = Field(max_length=1000)
    fingerprint: str = Field(max_length=100)


class _File(_Strict):
    version: Literal[1]
    run: _Run
    presets: list[_Preset] = Field(max_length=MAX_PRESETS)


def presets_path(run: Run) -> Path:
    """Where one's own presets of a run are."""
    return runs_folder() / FOLDER / f"{fingerprint(run)}.json"


def load_presets(run: Run, path: Path | None = None) -> Presets:
    """One's own presets of a run; none if there is no file. `path`: of a file elsewhere, which has to be there.

    Raises `UserError` for a file that cannot be read, is broken, or is of another run.
    """
    file = presets_path(run) if path is None else Path(path)
    try:
        content = read_regular_file(file, MAX_BYTES)
    except FileNotFoundError:
        if path is None:
            return {}
        raise UserError(f"There is no file {file}; give a file of presets.") from None
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror or error}.") from None
    return read_presets(run, content, str(file))


def read_presets(run: Run, content: bytes, where: str) -> Presets:
    """The presets in a file of this run. All or none: raises `UserError` if anything in it is not as it must be.

    where: the file's name, for the sentence.
    """
    where = shortened(where, 200)
    if len(content) > MAX_BYTES:
        raise UserError(f"{where} is too large for a file of presets.")
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise UserError(f"{where} is not a file of presets: it is not JSON, or cut short.") from None
    version = data.get("version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > 1:
        raise UserError(f"{where} has version {version}, which this program is too old for; update it.")
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"])) or "the file"
        raise UserError(
            f"{where} is not a file of presets: {shortened(place)}: {shortened(fault['msg'], 120)}."
        ) from None
    if file.run.fingerprint != fingerprint(run):
        raise UserError(
            f"{where} is of another run, {quoted(file.run.name)}, whose neurons mean something else; "
            "open that run, or save the presets anew."
        )
    found: Presets = {}
    for preset in file.presets:
        name = check_preset_name(preset.name)
        if any(plain(name) == plain(other) for other in found):
            raise UserError(f"{where} has two presets called {quoted(name)}; rename one of them.")
        try:
            found[name] = tuple(_edit(run, edit) for edit in preset.edits)
        except UserError as error:
            raise UserError(f"{where}, preset {quoted(name)}: {error}") from None
    return found


def _edit(run: Run, edit: _Edit) -> AnyEdit:
    if (edit.neuron is None) == (edit.concept is None):
        raise UserError("A change is of one neuron or of one concept.")
    made = ConceptEdit(edit.concept, edit.value) if edit.neuron is None else Edit(edit.neuron, "set", edit.value)
    check_edit(made, run.index.n, concepts_of(run))
    return made


def presets_content(run: Run, presets: Mapping[str, Iterable[AnyEdit]]) -> bytes:
    """A file of presets."""
    return _content(run, {name: tuple(edits) for name, edits in presets.items()})


def _content(run: Run, presets: Presets) -> bytes:
    record = {
        "version": 1,
        "run": {"name": run.name, "fingerprint": fingerprint(run)},
        "presets": [{"name": name, "edits": [_record(edit) for edit in edits]} for name, edits in presets.items()],
    }
    return (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode()


def _record(edit: AnyEdit) -> dict[str, Any]:
    if isinstance(edit, ConceptEdit):
        return {"concept": edit.concept, "value": float(edit.value)}
    if edit.action != "set" or edit.unit != "max":
        raise UserError(f"A preset sets knobs; the change of {edit.what} adds to it or scales it. Set it to a value.")
    return {"neuron": int(edit.neuron), "value": float(edit.value)}


def check_preset_name(name: str) -> str:
    """A name for a preset, without the space around it."""
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise UserError(f"A preset's name has 1 to {MAX_NAME} characters that can be seen; {quoted(name)} has not.")
    return name


def save_preset(run: Run, name: str, edits: Iterable[AnyEdit], replace: bool = False) -> str:
    """Add a preset to one's own, or put it in place of the one of that name; returns its name."""
    edits, name = tuple(edits), check_preset_name(name)
    if not edits:
        raise UserError("Nothing is changed, so there is nothing to save; move a slider first.")
    if not all(math.isfinite(edit.value) for edit in edits):
        raise UserError("A change has no finite value; correct it before saving.")

    def add(presets: Presets) -> Presets:
        other = _same(name, presets)
        _check_free(run, name, presets if not replace else {})
        if other is not None:
            return {(name if key == other else key): (edits if key == other else of) for key, of in presets.items()}
        return {**presets, name: edits}

    _change(run, add)
    return name


def rename_preset(run: Run, old: str, new: str) -> str:
    """Give one of one's own presets another name; returns it."""
    new = check_preset_name(new)

    def rename(presets: Presets) -> Presets:
        _check_there(old, presets)
        _check_free(run, new, {key: edits for key, edits in presets.items() if key != old})
        return {(new if key == old else key): edits for key, edits in presets.items()}

    _change(run, rename)
    return new


def delete_preset(run: Run, name: str) -> None:
    """Remove one of one's own presets."""

    def delete(presets: Presets) -> Presets:
        _check_there(name, presets)
        return {key: edits for key, edits in presets.items() if key != name}

    _change(run, delete)


def import_presets(run: Run, content: bytes, where: str) -> list[str]:
    """Add the presets of a file to one's own; returns their names. One that is there already with the same changes is
    not added again; one whose name is taken gets a number."""
    new, added = read_presets(run, content, where), []

    def add(presets: Presets) -> Presets:
        presets = dict(presets)
        for name, edits in new.items():
            other = _same(name, presets)
            if other is not None and presets[other] == edits:
                continue
            free = _free_name(run, name, presets)
            presets[free] = edits
            added.append(free)
        return presets

    _change(run, add)
    return added


def _change(run: Run, change: Callable[[Presets], Presets]) -> None:
    """Read one's own presets, change them and write them whole; a file that cannot be read is left as it is."""
    path = presets_path(run)
    presets = change(load_presets(run))
    if len(presets) > MAX_PRESETS:
        raise UserError(f"A run can have {MAX_PRESETS} presets; delete some.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, _content(run, presets))
    except OSError as error:
        raise UserError(f"The presets could not be written to {path}: {error.strerror or error}.") from None


def _same(name: str, presets: Presets) -> str | None:
    return next((other for other in presets if plain(other) == plain(name)), None)


def _check_there(name: str, presets: Presets) -> None:
    if name not in presets:
        raise UserError(f"There is no preset {quoted(name)} any more; reload the page.")


def _check_free(run: Run, name: str, presets: Presets) -> None:
    if _same(name, presets) is not None:
        raise UserError(f"There is a preset called {quoted(name)} already; give another name, or replace it.")
    if any(plain(preset.name) == plain(name) for preset in built_in_presets(run)):
        raise UserError(f"{quoted(name)} is a preset that comes with the product; give another name.")


def _free_name(run: Run, name: str, presets: Presets) -> str:
    number, free = 1, name
    taken = {plain(other) for other in presets} | {plain(preset.name) for preset in built_in_presets(run)}
    while plain(free) in taken:
        number += 1
        end = f" ({number})"
        free = name[: MAX_NAME - len(end)] + end
    return free


def preset_edits(scores: PersonScores, name: str, path: Path | None = None, top: int = SHOWN_LENGTH) -> list[AnyEdit]:
    """The edits of a preset for a person: of one's own (of a file, if given), or of one that comes with the product.

    Raises `UserError` if there is none of that name, or if it would not do for her what its name says.
    """
    run = scores.run
    comes_with = path is None and any(plain(preset.name) == plain(name) for preset in built_in_presets(run))
    own = {} if comes_with else load_presets(run, path)  # which need not be readable for what comes with the product
    if (same := _same(name, own)) is not None:
        return list(own[same])
    preset = find_preset(run, name, own)
    edits = preset.edits(scores, top)
    if not edits:
        raise UserError(no_edits(preset))
    return edits


def no_edits(preset: Preset) -> str:
    """Why a preset is not applied."""
    return f"“{preset.name}” changes nothing here: no setting within what users have moves this list that way."
