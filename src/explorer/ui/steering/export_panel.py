"""Take a steered list along: a link to it, files, the lines that make it, and steered embeddings of many users."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from urllib.parse import urlencode

import streamlit as st

from explorer.errors import UserError
from explorer.experiments import cohort_of
from explorer.experiments.embeddings import WRITERS, steered_embeddings
from explorer.figures.list_page import list_page
from explorer.runs import Run
from explorer.steering import PersonScores, steer
from explorer.steering.export import (
    command_line,
    edit_words,
    export_csv,
    export_json,
    export_python,
    read_export_text,
)
from explorer.steering.setting import Setting
from explorer.text import md_escape
from explorer.ui.address import shown_parameters
from explorer.ui.steering import state

MAX_DOWNLOAD = 200_000
"""Users whose embeddings the page makes; the command makes those of more."""
_UPLOAD, _OPENED = "steering:upload", "steering:opened"
_copy = st.components.v2.component(
    "explorer_copy_link",
    html='<button type="button" aria-live="polite">Copy link</button>',
    css="""button { font: inherit; font-size: 0.875rem; color: var(--st-text-color); cursor: pointer;
  background: var(--st-background-color); border: 1px solid var(--st-border-color); border-radius: 0.5rem;
  padding: 0.2rem 0.75rem; white-space: nowrap; min-height: 2rem; }
button:hover, button:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }""",
    # Browsers give their clipboard to pages of https and of this machine only; elsewhere the old way has to do.
    js="""export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  button.onclick = async () => {
    const link = location.origin + location.pathname + data.search;
    let copied = true;
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      const area = document.createElement("textarea");
      area.value = link;
      document.body.append(area);
      area.select();
      copied = document.execCommand("copy");
      area.remove();
    }
    button.textContent = copied ? "Link copied" : "Copy the address above";
    clearTimeout(button.timer);
    button.timer = setTimeout(() => (button.textContent = "Copy link"), 2000);
  };
}""",
)


def export_panel(run: Run, scores: PersonScores) -> None:
    """Draw it; called in the fragment of the board, after `keep_setting`."""
    if st.session_state.pop(_OPENED, False):
        st.rerun()
    setting = state.setting(run)
    with st.container(horizontal=True, vertical_alignment="center", key="export"):
        _copy(key="copy-link", data={"search": f"?{urlencode(shown_parameters())}"}, width="content")
        with st.popover("Export", icon=":material/download:"):
            _files(run, scores, setting)
            with st.expander("The same on the command line", icon=":material/terminal:"):
                st.code(command_line(run, scores.person, setting), language="bash", wrap_lines=True)
            with st.expander("The same in Python", icon=":material/code:"):
                st.code(export_python(run, scores.person, setting), language="python", wrap_lines=True)
            with st.expander("Steered embeddings of many users", icon=":material/dataset:"):
                _embeddings(run, setting)
            with st.expander("Open an exported file", icon=":material/folder_open:"):
                _open(run)


def _files(run: Run, scores: PersonScores, setting: Setting) -> None:
    """What is shown as a file; each is made when it is asked for."""
    who = "new-person" if scores.person.user is None else scores.person.user_id

    def lists():
        return steer(run, scores, setting.edits, setting.mode, setting.top, setting.hide)

    def page() -> bytes:
        return list_page(run, scores, lists(), setting).encode("utf-8")

    st.markdown("**This list**")
    with st.container(horizontal=True, gap="xsmall"):
        name = f"steered-{who}"
        _download("Web page", page, f"{name}.html", "text/html", "One page for a browser that needs nothing else.")
        csv = "The steered list, with the changes in every row."
        _download("CSV", lambda: export_csv(run, lists(), setting), f"{name}.csv", "text/csv", csv)
        json = "Changes, effect and lists. It can be opened here again."
        _download("JSON", lambda: export_json(run, lists(), setting), f"{name}.json", "application/json", json)


def _download(label: str, make: Callable[[], bytes], name: str, mime: str, explanation: str) -> None:
    st.download_button(
        label,
        make,
        name,
        mime,
        key=f"export:{mime}",
        on_click="ignore",
        icon=":material/download:",
        help=explanation,
    )


def _embeddings(run: Run, setting: Setting) -> None:
    """The same changes for many users, for a system that scores them itself."""
    st.caption("The changes on this page applied to many users: an id and a steered embedding for each.")
    rule = st.text_input(
        "Users",
        "all",
        key="export:rule",
        help="`all`, or a rule like `history >= 50`, `Horror >= 40%` or `top 10% of neuron 17`.".replace(
            "Horror", run.dataset.genres[0] if run.dataset.genres else "popularity"
        ),
    )
    ends = list(WRITERS)
    end = st.segmented_control("Kind of file", ends, default=ends[0], required=True, key="export:end")
    try:
        cohort = cohort_of(run, rule)
    except UserError as error:
        st.error(md_escape(error), icon=":material/error:")
        return
    where = [] if cohort.rule == "all" else ["--users", cohort.rule]
    words = ["python", "-m", "explorer", "embeddings", str(run.path), *where, *edit_words(setting)]
    if len(cohort) <= MAX_DOWNLOAD:

        def make() -> bytes:
            return WRITERS[end](steered_embeddings(run, cohort.users, setting))

        name = f"steered-embeddings{end}"
        _download(f"Download {len(cohort):,} users", make, name, "application/octet-stream", "Made when you press it.")
    else:
        st.info(f"These are {len(cohort):,} users; the command writes their file.", icon=":material/terminal:")
    st.code(shlex.join([*words, "--out", f"steered-embeddings{end}"]), language="bash", wrap_lines=True)
    if setting.hide:
        st.caption("An embedding does not know what is never shown: leave that out where the lists are made.")


def _open(run: Run) -> None:
    """Apply the setting of a file to the person who is shown."""
    st.file_uploader(
        "A list that was exported as JSON",
        type=["json"],
        key=_UPLOAD,
        max_upload_size=16,
        on_change=_opened,
        args=(run,),
        help="Its changes are applied to the person who is shown.",
    )


def _opened(run: Run) -> None:
    file = st.session_state.get(_UPLOAD)
    if file is None:
        return
    st.session_state[_OPENED] = True
    try:
        state.apply(run, read_export_text(run, file.getvalue(), file.name))
    except UserError as error:
        state.refuse(str(error))
