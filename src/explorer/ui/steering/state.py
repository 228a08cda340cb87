"""The one place of the steering page's setting: in the session, of each run its own, and in the address.

The page calls `open_setting` before its parts and `keep_setting` after them; a fragment that changes the setting calls
`keep_setting` at its end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from explorer.runs import Run
from explorer.steering.edits import AnyEdit
from explorer.steering.setting import VIEWS, Setting
from explorer.ui.address import asked_for, keep_address

_SETTINGS = "steering:settings"
"""In the session: the setting of each run, by its folder."""
_TITLES = {"list": "A person's list", "item": "One {item}'s audience", "experiment": "Experiments"}


def setting(run: Run) -> Setting:
    """What is chosen now."""
    return _settings().get(str(run.path), Setting())


def change(run: Run, **new) -> None:
    """Replace fields of the setting: `change(run, mode="paper")`."""
    _settings()[str(run.path)] = replace(setting(run), **new)


def set_edits(run: Run, edits: Iterable[AnyEdit]) -> None:
    """What is changed from now on."""
    change(run, edits=tuple(edits))


def set_pins(run: Run, pins: Iterable[str]) -> None:
    """Knobs that are shown whoever the person is, by their keys."""
    change(run, pins=tuple(dict.fromkeys(pins)))


def set_hidden(run: Run, neurons: Iterable[int]) -> None:
    """Neurons whose items the steered list never shows."""
    change(run, hide=tuple(dict.fromkeys(neurons)))


def open_setting(run: Run) -> None:
    """Before the page's parts: follow what the address asks for."""
    asked = asked_for("view", lambda text: text if text in VIEWS else None)
    if asked is not None:
        change(run, view=asked)


def choose_view(run: Run) -> str:
    """The part of the page that is shown."""
    key, now = "steering:view", setting(run).view
    st.session_state[key] = now
    st.segmented_control(
        "Part of the page",
        VIEWS,
        format_func=lambda view: _TITLES[view].format(item=run.dataset.nouns.item),
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=lambda: change(run, view=st.session_state[key]),
    )
    if now != VIEWS[0] or st.query_params.get("view") is not None:
        keep_address("view", now, "part")
    return now


def keep_setting(run: Run) -> None:
    """After the page's parts, and at the end of a fragment that changes the setting: the address is to say it."""


def _settings() -> dict[str, Setting]:
    return st.session_state.setdefault(_SETTINGS, {})
