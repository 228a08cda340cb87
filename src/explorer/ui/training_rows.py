"""Trainings that have not finished, a row each: how far they are, their curves and log, and what can be done."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer.figures import available, curves_figure
from explorer.jobs import control
from explorer.jobs.queue import find_trainings
from explorer.jobs.training import Training
from explorer.jobs.training_text import STATE_TITLES, about, epochs_of, how_it_ended, progress_text
from explorer.runs import runs_folder
from explorer.text import md_escape
from explorer.ui.cache import runs_by_name, theme
from explorer.ui.errors import fragment, run_callback
from explorer.ui.run_picker import open_link
from explorer.ui.widgets import md

LOOK_EVERY = 1.0
"""Seconds between two looks at a training that is running."""
LOG_LINES = 12
MAX_REDRAWS = 50
"""How often the curves of one running training change: each time they vanish for a moment."""
_ICONS = {
    "queued": ":material/hourglass_empty:",
    "running": "spinner",
    "stopped": ":material/pause_circle:",
    "interrupted": ":material/power_off:",
    "failed": ":material/error:",
}
_FINISHED = "_finished"


def training_notice() -> None:
    """Say that a training has finished while this page was open, or that the one in `?training=` is not there."""
    asked = st.query_params.get("training")
    finished = st.session_state.get(_FINISHED)
    if finished is not None and finished == st.session_state.get("run"):  # it has been opened
        finished = None
        del st.session_state[_FINISHED]
    if asked is not None and asked not in {training.name for training in find_trainings(runs_folder())}:
        finished = finished or asked
    if finished is None:
        return
    if finished in runs_by_name():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(md(":material/check_circle: **{name}** is ready.", name=finished))
            open_link(finished, "Open it")
    elif finished == asked:
        quoted = asked if len(asked) <= 60 else f"{asked[:60]}…"
        st.warning(md("There is no training “{name}”.", name=quoted), icon=":material/link_off:")


def start_from_page(*arguments, **options) -> None:
    """Start a training (`control.start_training`) as a button's callback; its row will be the open one."""
    st.session_state.pop(_FINISHED, None)
    st.query_params.pop("training", None)
    control.start_training(*arguments, **options)


def training_rows() -> None:
    """Every training that has not finished, the newest first and open, or the one that `?training=` names."""
    found = find_trainings(runs_folder())
    live = any(training.alive for training in found)
    if found:
        st.subheader("Trainings", anchor=False)
        fragment(_rows, run_every=LOOK_EVERY if live else None)({training.name for training in found}, live)


def _rows(before: set[str], live: bool) -> None:
    """`before`, `live`: the trainings, and whether one was running, when the page was drawn."""
    found = find_trainings(runs_folder())
    names = {training.name for training in found}
    if names != before or live != any(training.alive for training in found):
        for name in sorted(before - names):
            if (runs_folder() / name / "run.json").is_file():
                st.session_state[_FINISHED] = name
        st.rerun()
    asked = st.query_params.get("training")
    first = asked if asked in names else found[-1].name
    for training in reversed(found):
        _row(training, training.name == first)


def _row(training: Training, first: bool) -> None:
    state = training.state
    key = f"train:{training.name}"
    running = state in ("queued", "running")
    what = progress_text(training) if running else f"{STATE_TITLES[state]} · {training.status.done:.0%}"
    row = st.expander(
        md("**{name}** · {what}", name=training.name, what=what),
        expanded=first,
        icon=_ICONS[state],
        key=f"{key}:row:{first}",  # with the newest in the key, a row closes when another becomes the newest
        on_change="rerun",
    )
    if not row.open:
        return
    with row:
        text, buttons = st.columns([5, 2], vertical_alignment="center")
        text.caption(md_escape(about(training)))
        with buttons.container(horizontal=True, horizontal_alignment="right"):
            _stop_button(training, key) if running else _ended_buttons(training, key)
        if running:
            st.progress(min(1.0, training.status.done), text=md_escape(progress_text(training)))
        elif state == "failed":
            st.error(md_escape(how_it_ended(training)), icon=":material/error:")
        else:
            st.markdown(md_escape(how_it_ended(training)))
        _curves(training, key)
        st.caption("Log")
        st.code(training.log(LOG_LINES) or "No output yet", language=None)


def _stop_button(training: Training, key: str) -> None:
    st.button(
        "Stop",
        icon=":material/stop:",
        key=f"{key}:stop",
        on_click=run_callback,
        args=(control.stop_training, training.path),
        help="Stops within 3 seconds and keeps a checkpoint, from which the training can be resumed.",
    )


def _ended_buttons(training: Training, key: str) -> None:
    st.button(
        "Resume",
        icon=":material/play_arrow:",
        type="primary",
        key=f"{key}:resume",
        on_click=run_callback,
        args=(control.resume_training, training, True),
    )
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown(md("Delete **{name}** and its checkpoint? This cannot be undone.", name=training.name))
        st.button(
            "Delete for good",
            type="primary",
            key=f"{key}:delete",
            on_click=run_callback,
            args=(_discard, training),
        )


def _discard(training: Training) -> None:
    if st.query_params.get("training") == training.name:
        del st.query_params["training"]
    control.discard(training.path)


def drawn_history(records: list[dict], epochs: int | None) -> pd.DataFrame:
    """The records whose curves are drawn while a training of so many epochs is running."""
    step = max(1, (epochs or 0) // MAX_REDRAWS)
    last = max((record.get("epoch", 0) for record in records if record.get("stage") == "sae"), default=0)
    drawn = last // step * step or last
    return pd.DataFrame([r for r in records if r.get("stage") != "sae" or r.get("epoch", 0) <= drawn])


def _curves(training: Training, key: str) -> None:
    running = training.state in ("queued", "running")
    history = drawn_history(training.history(), epochs_of(training) if running else None)
    charts = available(history) if len(history) else []
    if not charts:
        st.caption("Curves appear with the autoencoder's first epoch.")
    for start in range(0, len(charts), 2):
        for column, chart in zip(st.columns(2), charts[start : start + 2], strict=False):
            column.markdown(f"**{chart.title}**", help=chart.help)
            figure = curves_figure(
                {training.name: history}, chart.find(history), chart.axis, theme(), chart.log, epochs_of(training)
            )
            column.plotly_chart(
                figure, key=f"{key}:{chart.key}", config={"displayModeBar": False}, alt=f"{chart.title} by epoch"
            )
