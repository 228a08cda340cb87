"""Four steps from files to a data set: files, columns, rows, first look. What they need is kept in the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from explorer.data import DataConfig, data_folder
from explorer.data.source.add import add_source, check_name
from explorer.data.source.guess import Guess, guess_source
from explorer.data.source.positives import dataset_of
from explorer.data.source.read import read_source
from explorer.data.source.reading import Reading
from explorer.data.summary import DatasetSummary, summary
from explorer.text import md_escape
from explorer.ui.data.columns_step import columns_step
from explorer.ui.data.overview import summary_view, train_link
from explorer.ui.data.rows_step import rows_step
from explorer.ui.data.uploads import MAX_UPLOAD_MB, Upload, stored
from explorer.ui.errors import run_callback, show_callback_error
from explorer.ui.widgets import md

STEPS = ("Files", "Columns", "Rows", "First look")
KEY = "data:wizard"
"""Of a file; an upload is held in memory. What is larger is given by its path."""


@dataclass
class Wizard:
    """What has been said so far. `step`: the one that is shown, from 0."""

    step: int = 0
    paths: tuple[Path, ...] = ()
    upload: Upload | None = None
    mapped: dict[str, list[str]] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    guess: Guess | None = None
    reading: Reading | None = None
    found: DatasetSummary | None = None
    kept: str | None = None
    asked: bool = False
    """Whether every row is to be read as soon as the page is drawn."""

    def guess_again(self) -> None:
        """After another answer or column: what was read before no longer counts."""
        self.guess = guess_source(self.paths, None, self.mapped, self.answers)
        self.reading = self.found = None


def wizard_view() -> None:
    """The steps and the one that is open."""
    state = st.session_state.setdefault(KEY, Wizard())
    marks = [
        f"**:primary[{place + 1} · {name}]**" if place == state.step else f"{place + 1} · {name}"
        for place, name in enumerate(STEPS)
    ]
    st.markdown(" :material/chevron_right: ".join(marks))
    show_callback_error()
    (_files, _columns, _rows, _first_look)[state.step](state)


def _files(state: Wizard) -> None:
    st.caption(
        "Tables (CSV, TSV, semicolons, compressed or not), Parquet, JSON lines, RecBole files or lists of items. One "
        "file that says who interacted with what is enough; a table of the items adds titles and facets."
    )
    files = st.file_uploader(
        "Upload files", accept_multiple_files=True, key="data:files", max_upload_size=MAX_UPLOAD_MB
    )
    path = st.text_input(
        "or the path of a file or folder on the machine where this page runs",
        key="data:path",
        persist_state="session",
        placeholder="/data/shop",
    ).strip()
    st.button(
        "Look at them",
        type="primary",
        icon=":material/arrow_forward:",
        key="data:look",
        disabled=not files and not path,
        on_click=run_callback,
        args=(_look, state, files, path),
    )


def _look(state: Wizard, files: list, path: str) -> None:
    with st.spinner("Looking at the files …"):
        upload = stored(files) if files else None
        paths = (upload.folder,) if upload else (Path(path).expanduser(),)
        guess = guess_source(paths)
        st.session_state[KEY] = Wizard(step=1, paths=paths, upload=upload, guess=guess)


def _columns(state: Wizard) -> None:
    columns_step(state.guess, state.mapped, state.answers, lambda: run_callback(state.guess_again))
    _buttons(state, lambda: setattr(state, "asked", True), "Read every row", bool(state.guess.open))
    # Not in the callback: what that draws stands above the title, and stays there.
    if state.asked:
        state.asked = False
        run_callback(_read, state)
        st.rerun()


def _read(state: Wizard) -> None:
    description = state.guess.description
    bar = st.progress(0.0, "Reading")

    def told(stage: str, done: float, message: str = "", record: dict | None = None) -> None:
        bar.progress(done, md_escape(message[:1].upper() + message[1:]))

    state.reading = read_source(description, Path.cwd(), told)
    told("load", 0.95, "counting what was read")
    state.found = summary(dataset_of(description.name, state.reading, description, DataConfig(), 0))
    state.step = 2


def _rows(state: Wizard) -> None:
    rows_step(state.reading)
    _buttons(state, lambda: setattr(state, "step", 3), "First look", False)


def _first_look(state: Wizard) -> None:
    description = state.guess.description
    if state.kept is not None:
        st.success(md("Kept as {name} in `{folder}`.", name=state.kept, folder=data_folder()), icon=":material/check:")
        train_link(state.kept)
        st.button("Add another", icon=":material/add:", key="data:another", on_click=_begin_again)
        summary_view(state.found, description.nouns, "kept")
        return
    summary_view(state.found, description.nouns, "first")
    name, licence, keep = st.columns([2, 3, 1], vertical_alignment="bottom")
    called = name.text_input("Name", value=description.name, key="data:name", max_chars=100).strip()
    licensed = licence.text_input(
        "Licence or terms (optional)", key="data:licence", max_chars=500, help="Shown wherever the data set is shown."
    ).strip()
    keep.button(
        "Keep",
        type="primary",
        icon=":material/save:",
        key="data:keep",
        width="stretch",
        on_click=run_callback,
        args=(_keep, state, called, licensed),
    )
    _buttons(state, None, "", False)


def _keep(state: Wizard, name: str, licence: str) -> None:
    check_name(name, data_folder())
    description = state.guess.description.model_copy(update={"name": name, "licence": licence or None})
    add_source(description, data_folder(), copy=state.upload is not None)
    state.kept, state.reading = name, None
    if state.upload is not None:
        state.upload.forget()


def _buttons(state: Wizard, forward: Callable[[], None] | None, label: str, blocked: bool) -> None:
    back, on = st.columns([1, 1])
    back.button("Back", icon=":material/arrow_back:", key=f"data:back:{state.step}", on_click=_back, args=(state,))
    if forward is not None:
        on.button(
            label,
            type="primary",
            icon=":material/arrow_forward:",
            key=f"data:on:{state.step}",
            disabled=blocked,
            on_click=run_callback,
            args=(forward,),
        )


def _back(state: Wizard) -> None:
    state.step -= 1


def _begin_again() -> None:
    st.session_state[KEY] = Wizard()
