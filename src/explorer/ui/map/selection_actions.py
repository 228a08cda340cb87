"""What can be done with a selection: steer toward it, review its concepts, take it away, compare it, open another."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from explorer import glossary
from explorer.browse.selection import count_text
from explorer.browse.selection_export import concepts_table, points_table, report, report_file, table_file
from explorer.browse.steer_toward import steer_toward
from explorer.errors import UserError, listed
from explorer.maps.selection_store import Stored, recent_selections
from explorer.runs import Run
from explorer.text import md_escape
from explorer.ui.address import EVERYWHERE, note_choice, parameters_of
from explorer.ui.downloads import file_button
from explorer.ui.hierarchy.state import COMPARE, OTHER, SELECTION
from explorer.ui.map.open_selection import OpenSelection, open_comparison, open_selection
from explorer.ui.widgets import md

MAX_SENT = 200
"""Neurons that are sent to the audit; they stand in the address."""
_STEERING, _AUDIT = "pages/Steering.py", "pages/Audit.py"
_PERSON = ("user", "likes")
"""What of the address of the steering page says who is steered."""
_MAX_HEADLINE = 110


def select(selection: str, other: str | None = None) -> None:
    """Show another selection; `other`: and what it is compared with, left as it is if None."""
    note_choice()
    st.session_state[SELECTION] = selection
    if other is not None:
        st.session_state[OTHER] = other


def show_actions(run: Run, opened: OpenSelection, other: OpenSelection | None, width: int) -> None:
    """The buttons below the headline."""
    neurons = opened.description.neurons()
    with st.container(horizontal=True, gap="small", key="hierarchy-selection-actions"):
        _steer(run, neurons)
        _audit(neurons)
    with st.container(horizontal=True, gap="small", key="hierarchy-selection-files"):
        _export(run, opened, other, width)
        _compare(run, opened, other, width)
        show_recent(run, width, without=opened.id)
        st.button(
            "Clear",
            icon=":material/close:",
            key="hierarchy:selection:clear",
            type="tertiary",
            on_click=select,
            args=("", ""),
        )


def _steer(run: Run, neurons: Sequence[int]) -> None:
    toward = steer_toward(run, neurons)
    if toward is None:
        st.button(
            "Steer toward this",
            icon=":material/tune:",
            key="hierarchy:selection:steer",
            disabled=True,
            help="No concept is significant here that fires on users, so there is nothing to turn.",
        )
        return
    labels = run.index.neurons["label"]
    set_to = listed(f"{edit.neuron} {labels.iloc[edit.neuron]} to {edit.value:.2f}" for edit in toward.edits)
    st.page_link(
        _STEERING,
        label="Steer toward this",
        icon=":material/tune:",
        query_params=_linked(_STEERING, _PERSON, toward.parameters(run)),
        help=md(
            "{about}\n\nSets {set_to}, as user {user} has; 1 is the strongest user. Somebody who has more of one is "
            "set to this as well.",
            about=glossary.TOWARD,
            set_to=set_to,
            user=toward.user_id,
        ),
    )


def _audit(neurons: Sequence[int]) -> None:
    sent = list(neurons)[:MAX_SENT]
    if not sent:
        st.button(
            "Send to the audit queue",
            icon=":material/fact_check:",
            key="hierarchy:selection:audit",
            disabled=True,
            help="No concept is significant here, so there is nothing to review.",
        )
        return
    first = f" It takes the first {MAX_SENT} of {len(neurons):,}." if len(neurons) > MAX_SENT else ""
    st.page_link(
        _AUDIT,
        label="Send to the audit queue",
        icon=":material/fact_check:",
        query_params=_linked(_AUDIT, (), {"queue": "sent", "neurons": ",".join(map(str, sent))}),
        help=f"Opens Audit with exactly these {len(sent)} neurons, the clearest first.{first}",
    )


def _linked(page: str, kept: Sequence[str], new: dict[str, str]) -> dict[str, str]:
    """Parameters of a link that leaves nothing of what a page last showed but the run and the ones that are kept."""
    said = parameters_of(page)
    return {name: text for name, text in said.items() if name in (*EVERYWHERE, *kept)} | new


def _export(run: Run, opened: OpenSelection, other: OpenSelection | None, width: int) -> None:
    name = f"{run.name}-selection-{opened.id}"
    with st.popover("Export", icon=":material/download:", key="hierarchy:selection:export", type="tertiary"):
        tables = {
            "points": ("Points", lambda: points_table(run, opened.selection)),
            "concepts": ("Concepts", lambda: concepts_table(opened.description)),
        }
        kinds = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
        for key, (title, make) in tables.items():
            with st.container(horizontal=True, vertical_alignment="center"):
                for ending, kind in kinds.items():
                    file_button(
                        lambda make=make, ending=ending: table_file(make(), f".{ending}"),
                        f"{name}-{key}.{ending}",
                        kind,
                        f"{title}, {ending.upper() if ending == 'csv' else 'Parquet'}",
                        key=f"hierarchy:selection:{key}:{ending}",
                    )

        def whole() -> bytes:
            compared = None if other is None else open_comparison(run, opened, other, width)
            beside = None if other is None else other.selection
            return report_file(report(run, opened.selection, opened.description, beside, compared))

        file_button(whole, f"{name}.json", "application/json", "Whole report, JSON", key="hierarchy:selection:json")


def _compare(run: Run, opened: OpenSelection, other: OpenSelection | None, width: int) -> None:
    label = "Compare" if other is None else "Compare with another"
    with st.popover(
        label, icon=":material/compare_arrows:", key="hierarchy:selection:compare", type="tertiary", on_change="rerun"
    ) as menu:
        st.button(
            "Draw around others on the map",
            icon=":material/gesture:",
            key="hierarchy:selection:draw",
            on_click=lambda: st.session_state.update({COMPARE: st.session_state.get(COMPARE, 0) + 1}),
            help="What you draw around next is compared with this selection.",
        )
        if menu.open:
            without = (opened.id, *([other.id] if other else []))
            _list_recent(run, width, without, "with", lambda stored: select(opened.id, stored))


def show_recent(run: Run, width: int, without: str = "") -> None:
    """The selections that were made last, to open them again."""
    key = "hierarchy:selection:recent"
    with st.popover("Recent", icon=":material/history:", key=key, type="tertiary", on_change="rerun") as menu:
        if menu.open:
            _list_recent(run, width, (without,), "open", lambda stored: select(stored, ""))


def _list_recent(run: Run, width: int, without: Sequence[str], what: str, on_click) -> None:
    found = [one for one in recent_selections(run) if one.id not in without]
    st.caption("The latest selections of this run:" if found else "There is no other selection of this run yet.")
    for one in found:
        st.button(
            md("{about}", about=_about(run, one, width)),
            key=f"hierarchy:selection:{what}:{one.id}",
            type="tertiary",
            on_click=on_click,
            args=(one.id,),
        )


def _about(run: Run, stored: Stored, width: int) -> str:
    """`142 films. Horror is …`, or what can be said of one that cannot be opened."""
    try:
        text = open_selection(run, stored.id, width).description.title
    except UserError:
        text = ", ".join(count_text(run.dataset.nouns, entity, n) for entity, n in stored.counts.items())
    return text if len(text) <= _MAX_HEADLINE else f"{text[: _MAX_HEADLINE - 1]}…"


def show_sides(a: str, b: str, selection: OpenSelection, other: OpenSelection) -> None:
    """Which two are compared, with the buttons that swap them and that end it."""
    st.markdown(f"**A** · {md_escape(a)}")
    st.markdown(f"**B** · {md_escape(b)}")
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Swap",
            icon=":material/swap_horiz:",
            key="hierarchy:selection:swap",
            type="tertiary",
            on_click=select,
            args=(other.id, selection.id),
        )
        st.button(
            "Stop comparing",
            icon=":material/close:",
            key="hierarchy:selection:stop",
            type="tertiary",
            on_click=select,
            args=(selection.id, ""),
        )
