"""What can be done with one run: open, export, describe, rename, annotate and delete it, and import another."""

from __future__ import annotations

import streamlit as st

from explorer.audit.card import audit_fault, audited_card
from explorer.audit.travel import export_with_audit, import_with_audit
from explorer.errors import UserError
from explorer.jobs import control
from explorer.runs import RunEntry, export_run, is_rotation, lacks_measures, read_note, runs_folder, write_note
from explorer.ui.address import parameters_of
from explorer.ui.cache import BUILT_IN, open_run
from explorer.ui.errors import run_callback
from explorer.ui.run_files import files_button
from explorer.ui.run_picker import open_link
from explorer.ui.widgets import md

MAX_UPLOAD = 1024
"""Megabytes of a zip that may be imported."""


def run_details(name: str, entry: RunEntry | None, problem: str | None) -> None:
    """A run with its buttons; a training that is not done or a run that cannot be opened, with what can be done.

    entry: None for a training that is not done.
    problem: why it failed or cannot be opened.
    """
    st.subheader(md("{name}", name=name), anchor=False)
    if entry is None:
        st.info("This training is not done. Watch, resume or delete it under Train.", icon=":material/info:")
        if problem:
            st.error(md("{problem}", problem=problem), icon=":material/error:")
        st.page_link(
            "pages/Train.py",
            label="Show its training",
            icon=":material/model_training:",
            query_params=parameters_of("pages/Train.py", training=name),
        )
    elif entry.problem:
        st.error(md("{problem}", problem=entry.problem), icon=":material/error:")
        _delete(name, entry)
    else:
        _ready(name, entry)


def _ready(name: str, entry: RunEntry) -> None:
    card, problem = audited_card(entry, lambda _: open_run(entry)), audit_fault(entry)
    with st.container():  # always there, so that what follows keeps its place from run to run
        if lacking := lacks_measures(entry.manifest.metrics, entry.path):
            st.info(lacking, icon=":material/update:")
        if rotation := is_rotation(entry.manifest.metrics):
            st.warning(rotation, icon=":material/warning:")
        if problem:
            st.warning(
                md("{problem} Until then the zip lacks what reviewers said.", problem=problem),
                icon=":material/warning:",
            )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        open_link(name)
        st.download_button(
            "Export as zip",
            lambda: (export_run if problem else export_with_audit)(entry.path),
            f"{entry.path.name}.zip",
            "application/zip",
            on_click="ignore",
            key=f"runs:export:{name}",
            icon=":material/folder_zip:",
            help="The whole run, with the interactions it was trained on and what reviewers said of it: share it only "
            "where you may share the data.",
        )
        st.download_button(
            "Run card as a file",
            card,
            f"{entry.path.name}.md",
            "text/markdown",
            on_click="ignore",
            key=f"runs:card:{name}",
            icon=":material/description:",
            help="What it is, on which data, how it was made and how good it is, as a Markdown file.",
        )
        files_button(name, entry)
        if name not in BUILT_IN:
            _rename(name, entry)
            _delete(name, entry)
    if name in BUILT_IN:
        st.caption("This run comes with the project: it cannot be renamed, annotated or deleted.")
    else:
        _note(entry)
    with st.expander("Run card", icon=":material/description:"):
        st.markdown(card.replace("\n## ", "\n#### ").replace("# ", "### ", 1))


def _rename(name: str, entry: RunEntry) -> None:
    with st.popover("Rename", icon=":material/edit:"):
        new = st.text_input("New name", name, key=f"runs:new:{name}", max_chars=80)
        st.button("Rename", key="runs:rename", on_click=run_callback, args=(control.rename, entry.path, new.strip()))


def _delete(name: str, entry: RunEntry) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown(md("Delete **{name}**? This cannot be undone.", name=name))
        st.caption("Its audit is kept, and is there again once the same run is imported.")
        st.button(
            "Delete for good",
            type="primary",
            key="runs:delete",
            on_click=run_callback,
            args=(control.delete, entry.path),
        )


def _note(entry: RunEntry) -> None:
    key = f"runs:note:{entry.name}"
    st.text_area(
        "Note",
        read_note(entry.path),
        key=key,
        placeholder="What you want to remember about this run. It is saved when you leave the field.",
        max_chars=10_000,
        height=80,
        on_change=lambda: run_callback(write_note, entry.path, st.session_state[key]),
    )


def import_form() -> None:
    """Import a run from a zip."""
    with st.expander("Import a run from a zip", icon=":material/upload:"):
        file = st.file_uploader(
            "A zip made by Export",
            type=["zip"],
            max_upload_size=MAX_UPLOAD,
            key="runs:zip",
            help="Anything in it that does not belong to a run is refused.",
        )
        name = st.text_input("Name", placeholder="as in the zip", key="runs:zip-name", max_chars=80)
        st.button(
            "Import",
            disabled=file is None,
            on_click=run_callback,
            args=(_import, file, name.strip() or None),
            icon=":material/upload:",
        )


def _import(file, name: str | None) -> None:
    arrived = import_with_audit(file, runs_folder(), name)
    if arrived.problem:
        raise UserError(arrived.sentence())
    st.toast(md("{sentence}", sentence=arrived.sentence()), icon=":material/check_circle:")
