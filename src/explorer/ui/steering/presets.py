"""Settings with a name, above the board: those that come with the product, and one's own."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.errors import UserError
from explorer.runs import Run
from explorer.steering.edits import AnyEdit
from explorer.steering.preset_file import (
    MAX_BYTES,
    MAX_NAME,
    Presets,
    check_preset_name,
    delete_preset,
    import_presets,
    load_presets,
    preset_edits,
    presets_content,
    rename_preset,
    save_preset,
)
from explorer.steering.presets import built_in_presets
from explorer.steering.scores import PersonScores
from explorer.steering.setting import knob_key
from explorer.text import md_escape
from explorer.ui.errors import run_callback, show_callback_error
from explorer.ui.steering import state
from explorer.ui.widgets import md

_CHOSEN, _NAME, _OWN, _NEW_NAME, _FILE = (f"presets:{name}" for name in ("chosen", "name", "own", "new", "file"))
_REPLACE = "presets:replace"
_SAID = "presets:said"
"""In the session: why a preset was not applied, until the next one is chosen."""


def presets_panel(run: Run, scores: PersonScores) -> None:
    """Draw the presets; a click applies one: of those that come with the product beside what is changed already, of
    one's own in place of it."""
    own, problem = _own(run)
    labels = {preset.name: preset.label(scores) for preset in built_in_presets(run)} | {name: name for name in own}
    with st.container(horizontal=True, vertical_alignment="center", key="presets"):
        st.markdown("Presets", help=glossary.PRESET, width="content")
        st.pills(
            "Presets",
            list(labels),
            format_func=lambda name: md_escape(labels.get(name, name)),
            key=_CHOSEN,
            on_change=_apply,
            args=(run, scores, tuple(own)),
            label_visibility="collapsed",
            width="stretch",
        )
        with st.popover("Own presets", icon=":material/bookmark:"):
            if problem:
                st.error(md_escape(problem), icon=":material/error:")
            else:
                _manage(run, own)
    show_callback_error()
    if said := st.session_state.get(_SAID):
        st.info(md_escape(said), icon=":material/info:")


def _own(run: Run) -> tuple[Presets, str]:
    """One's own presets, or the sentence that says why they cannot be read."""
    try:
        return load_presets(run), ""
    except UserError as error:
        return {}, str(error)


def _apply(run: Run, scores: PersonScores, own: tuple[str, ...]) -> None:
    name = st.session_state.get(_CHOSEN)
    st.session_state[_CHOSEN] = None  # a button, not a choice: a second click does it again
    st.session_state.pop(_SAID, None)
    if name is None:
        return
    try:
        edits = preset_edits(scores, name, top=state.setting(run).top)
    except UserError as error:
        st.session_state[_SAID] = str(error)
        return
    before: tuple[AnyEdit, ...] = () if name in own else state.setting(run).edits
    state.set_edits(run, {knob_key(edit): edit for edit in (*before, *edits)}.values())


def _manage(run: Run, own: Presets) -> None:
    """Save, rename, delete, import and export."""
    st.text_input("Save what is changed now as", key=_NAME, max_chars=MAX_NAME, placeholder="a name")
    if own:
        st.checkbox("Replace the one of that name", key=_REPLACE)
    st.button("Save", icon=":material/save:", key="presets:save", on_click=run_callback, args=(_save, run))
    if own:
        name = st.selectbox("One of your own", list(own), format_func=str, key=_OWN)
        st.text_input("New name", key=_NEW_NAME, max_chars=MAX_NAME, placeholder=name)
        with st.container(horizontal=True):
            st.button("Rename", key="presets:rename", on_click=run_callback, args=(_rename, run, name))
            st.button(
                "Delete",
                icon=":material/delete:",
                key="presets:delete",
                on_click=run_callback,
                args=(_delete, run, name),
            )
            st.download_button(
                "Export all",
                presets_content(run, own),
                f"presets-{run.name}.json",
                "application/json",
                on_click="ignore",
                icon=":material/download:",
            )
    file = st.file_uploader(
        "Import a file of presets",
        type=["json"],
        key=_FILE,
        max_upload_size=max(1, MAX_BYTES >> 20),
        help=glossary.PRESET,
    )
    st.button(
        "Import",
        icon=":material/upload:",
        key="presets:import",
        disabled=file is None,
        on_click=run_callback,
        args=(_import, run, file),
    )


def _save(run: Run) -> None:
    replace = bool(st.session_state.get(_REPLACE))
    name = save_preset(run, st.session_state.get(_NAME, ""), state.setting(run).edits, replace)
    st.session_state.update({_NAME: "", _REPLACE: False})
    st.toast(md("Saved as “{name}”.", name=name), icon=":material/check_circle:")


def _rename(run: Run, old: str) -> None:
    name = rename_preset(run, old, check_preset_name(st.session_state.get(_NEW_NAME, "")))
    st.session_state.update({_OWN: name, _NEW_NAME: ""})


def _delete(run: Run, name: str) -> None:
    delete_preset(run, name)
    st.session_state.pop(_OWN, None)
    st.toast(md("“{name}” is deleted.", name=name), icon=":material/delete:")


def _import(run: Run, file) -> None:
    added = import_presets(run, file.getvalue(), file.name)
    text = ", ".join(added) or "nothing new"
    st.toast(md("Imported: {text}.", text=text), icon=":material/check_circle:")
