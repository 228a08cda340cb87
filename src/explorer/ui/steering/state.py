"""The one place of the steering page's setting: in the session, of each run its own, and in the address.

The page calls `open_setting` before its parts and `keep_setting` after them; a fragment that changes the setting calls
`keep_setting` at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from explorer.runs import Run
from explorer.steering.edits import AnyEdit
from explorer.steering.hiding import Hide
from explorer.steering.setting import PARAMETERS, VIEWS, ReadSetting, Setting, parameters_of_setting, read_parameters
from explorer.text import md_escape
from explorer.ui.address import all_asked_for, show_address

_SETTINGS = "steering:settings"
"""In the session: the setting of each run, by its folder."""
_PROBLEMS = "steering:problems"
"""In the session: what was wrong with the address, until something is changed."""
_LOUD = "view"
"""The parameter whose change is a step of Back. Changes of the others are undone by the board."""
_TITLES = {"list": "A person's list", "item": "One {item}'s audience", "experiment": "Experiments"}


def setting(run: Run) -> Setting:
    """What is chosen now."""
    return _settings().get(str(run.path), Setting())


def change(run: Run, **new) -> None:
    """Replace fields of the setting: `change(run, mode="paper")`."""
    st.session_state.pop(_PROBLEMS, None)
    _settings()[str(run.path)] = replace(setting(run), **new)


def set_edits(run: Run, edits: Iterable[AnyEdit]) -> None:
    """What is changed from now on."""
    change(run, edits=tuple(edits))


def set_pins(run: Run, pins: Iterable[str]) -> None:
    """Knobs that are shown whoever the person is, by their keys."""
    change(run, pins=tuple(dict.fromkeys(pins)))


def set_hidden(run: Run, hide: Iterable[int | Hide]) -> None:
    """Neurons whose items the steered list never shows."""
    each = [one if isinstance(one, Hide) else Hide(int(one)) for one in hide]
    change(run, hide=tuple({one.neuron: one for one in each}.values()))


def apply(run: Run, read: ReadSetting) -> None:
    """Take over a setting that was read from a file, and say what of it was left out."""
    change(run, **{**vars(read.setting), "view": setting(run).view})
    st.session_state[_PROBLEMS] = "Parts of this file were left out:", read.problems


def refuse(problem: str) -> None:
    """Say why a file was not taken over."""
    st.session_state[_PROBLEMS] = "The file was not opened:", (problem,)


def open_setting(run: Run) -> None:
    """Before the page's parts: follow a new address, and say what of it could not be followed."""
    state, asked = st.session_state, all_asked_for(PARAMETERS)
    if asked is not None:
        named = st.query_params.get("run")
        read = read_parameters(run, asked, named if named not in (None, state.get("run")) else None)
        _settings()[str(run.path)] = read.setting
        state[_PROBLEMS] = "Parts of this link were left out:", read.problems
    heading, problems = state.get(_PROBLEMS) or ("", ())
    if problems:
        lines = [heading, *(f"- {md_escape(problem)}" for problem in problems)]
        st.warning("\n".join(lines), icon=":material/link_off:")


def follow_address(
    run: Run,
    parameters: Sequence[str],
    read: Callable[[Run, Mapping[str, str]], tuple[Any, list[str]]],
    settings: str,
    problems: str,
) -> None:
    """For a part of the page with a setting of its own: follow a new address, and say what of it could not be followed.

    read: the setting that an address asks for, and a sentence for everything that is wrong with it.
    settings, problems: where in the session both are kept.
    """
    asked = all_asked_for(parameters)
    if asked is not None:
        wanted, st.session_state[problems] = read(run, asked)
        st.session_state.setdefault(settings, {})[str(run.path)] = wanted
    for problem in st.session_state.get(problems) or []:
        st.warning(md_escape(problem), icon=":material/link_off:")


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
    return now


def keep_setting(run: Run) -> None:
    """After the page's parts, and at the end of a fragment that changes the setting: the address is to say it."""
    parameters = parameters_of_setting(run, setting(run))
    show_address(parameters, quiet=set(parameters) - {_LOUD})


def _settings() -> dict[str, Setting]:
    return st.session_state.setdefault(_SETTINGS, {})
