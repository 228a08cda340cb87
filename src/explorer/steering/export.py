"""A steered list to take away: as JSON that can be read back, as CSV, as the Python lines and the command that make it.

`figures/list_page.py` makes a page of it, `experiments/embeddings.py` the steered embeddings of many users.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from explorer.errors import UserError, quoted
from explorer.runs import Run
from explorer.steering.edits import Edit, edits_text
from explorer.steering.explanation import explain
from explorer.steering.hiding import FIRES_FROM, hide_text
from explorer.steering.person import Person
from explorer.steering.setting import ReadSetting, Setting, fingerprint, read_record, record_of_setting
from explorer.steering.steer import SteeredLists
from explorer.storage.files import read_regular_file
from explorer.storage.values import json_value
from explorer.text import csv_bytes

FORMAT, VERSION = "concept-explorer-steering", 1
LISTS = ("recommender", "reconstruction", "steered")
MAX_BYTES = 16 * 2**20
"""Of a file that is read back."""


def export_json(run: Run, lists: SteeredLists, setting: Setting) -> bytes:
    """Run, person, setting, what it does, and the three lists, as one JSON object; `read_export` reads it."""
    explanation = explain(run, lists)
    record = {
        "format": FORMAT,
        "version": VERSION,
        "run": record_of_run(run),
        "person": record_of_person(run, lists.person),
        "setting": record_of_setting(setting),
        "names": {edit.neuron: run.index.neurons["label"][edit.neuron] for edit in setting.edits if is_edit(edit)},
        "sentence": explanation.sentence,
        "facets": [asdict(each) for each in explanation.facets],
        "warnings": explanation.warnings,
        "effect": asdict(explanation.price),
        **{name: getattr(lists, name).drop(columns="row") for name in LISTS},
    }
    return json.dumps(json_value(record), ensure_ascii=False, indent=1, allow_nan=False).encode("utf-8")


def record_of_run(run: Run) -> dict[str, Any]:
    """Which run something was made on."""
    return {
        "name": run.name,
        "fingerprint": fingerprint(run),
        "neurons": run.index.n,
        "dataset": run.dataset.name,
        "dataset_fingerprint": run.dataset.fingerprint,
        "recommender": run.config.recommender.kind,
    }


def record_of_person(run: Run, person: Person) -> dict[str, Any]:
    """Whose list it is: `user_id`, or the `likes` of somebody who is not in the data."""
    if person.user is not None:
        return {"user_id": person.user_id}
    return {"likes": run.dataset.items["item_id"].iloc[person.seen].tolist()}


def read_export(run: Run, path: Path) -> ReadSetting:
    """The setting of a file of `export_json`, as far as this run can have it.

    Raises `UserError` for a file that is not one, or is of another run.
    """
    try:
        return read_export_text(run, read_regular_file(Path(path), MAX_BYTES), str(path))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None


def read_export_text(run: Run, content: bytes, name: str) -> ReadSetting:
    """The same of its content. `name`: of the file, for sentences."""
    try:
        record = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        record = None
    shown = quoted(name, 300)
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise UserError(f"{shown} is not a steered list that was saved as JSON.")
    if record.get("version") != VERSION:
        raise UserError(f"{shown} was written by another version; this one reads version {VERSION}.")
    about = record.get("run") if isinstance(record.get("run"), dict) else {}
    if about.get("fingerprint") != fingerprint(run):
        raise UserError(
            f"{shown} was made on another run, {quoted(about.get('name'))}; its neurons mean something else in "
            f"{run.name}."
        )
    return read_record(run, record.get("setting"))


def export_csv(run: Run, lists: SteeredLists, setting: Setting) -> bytes:
    """The steered list with what made it in every row, for spreadsheets and pandas."""
    person = record_of_person(run, lists.person)
    likes = " ".join(map(str, person.get("likes", [])))
    return csv_bytes(
        lists.steered.drop(columns="row").assign(
            user_id=person.get("user_id"),
            likes=likes or None,
            run=run.name,
            fingerprint=fingerprint(run),
            edits=edits_text(setting.edits) if settable(setting) else json.dumps(record_of_setting(setting)["edits"]),
            mode=setting.mode,
            hide=hide_text(setting.hide),
        )
    )


def settable(setting: Setting) -> bool:
    """Whether all edits set a value in units, as all do that are made on the page."""
    return all(not is_edit(edit) or (edit.action, edit.unit) == ("set", "max") for edit in setting.edits)


def is_edit(edit: object) -> bool:
    """Whether it is of one neuron, not of a concept."""
    return isinstance(edit, Edit)


def export_python(run: Run, who: Person, setting: Setting) -> str:
    """Lines of Python that make the same lists."""
    person = record_of_person(run, who)
    edits, hide = _python_list(setting.edits, _python_edit), _python_list(setting.hide, _python_hide)
    names = {"steer", *(type(each).__name__ for each in (*setting.edits, *setting.hide))}
    imports = []
    if "likes" in person:
        imports = ["from explorer.people import fold_in"]
        lines = [
            f"likes = {[str(item) for item in person['likes']]!r}",
            "rows = {str(item): row for row, item in enumerate(run.dataset.items['item_id'])}",
            "person = fold_in(run, [rows[item] for item in likes])",
        ]
    else:
        lines = [f"person = run.dataset.user_row({str(person['user_id'])!r})"]
    return "\n".join(
        [
            "from explorer.audit import open_run",  # concepts are called as people call them
            *imports,
            f"from explorer.steering import {', '.join(sorted(names))}",
            "from explorer.threads import use_threads",
            "",
            "use_threads()",
            f"run = open_run({str(run.path)!r})",
            *lines,
            f"edits = {edits}",
            f"lists = steer(run, person, edits, mode={setting.mode!r}, top={setting.top}, hide={hide})",
            'print(lists.steered[["rank", "title", "recommender_rank"]].to_string(index=False))',
            "",
        ]
    )


def _python_list(parts: Iterable, written: Callable[[Any], str]) -> str:
    lines = [written(part) for part in parts]
    return f"[{', '.join(lines)}]" if len(lines) < 4 else "[\n    {},\n]".format(",\n    ".join(lines))


def _python_edit(edit) -> str:
    if not is_edit(edit):
        return f"ConceptEdit({edit.concept!r}, {edit.value!r})"
    unit = "" if edit.unit == "max" else f", unit={edit.unit!r}"
    return f"Edit({edit.neuron}, {edit.action!r}, {edit.value!r}{unit})"


def _python_hide(hide) -> str:
    return f"Hide({hide.neuron})" if hide.share == FIRES_FROM else f"Hide({hide.neuron}, {hide.share!r})"


def command_line(run: Run, person: Person, setting: Setting) -> str:
    """The command that prints the same lists."""
    who = record_of_person(run, person)
    words = ["python", "-m", "explorer", "steer", str(run.path)]
    words += [f"--likes={item}" for item in who["likes"]] if "likes" in who else [f"--user={who['user_id']}"]
    words += edit_words(setting)
    for hide in setting.hide:
        words += ["--hide", hide_text([hide])]
    if setting.top != Setting().top:
        words += ["--top", str(setting.top)]
    return shlex.join(words)


def edit_words(setting: Setting) -> list[str]:
    """Edits and mode as options of a command."""
    words = []
    for edit in setting.edits:
        if is_edit(edit):
            words += [f"--{edit.action}", f"{edit.neuron}={edit.value!r}"]
        else:
            words += ["--concept", f"{edit.concept}={edit.value!r}"]
    return [*words, "--mode", setting.mode] if setting.mode != Setting().mode else words
