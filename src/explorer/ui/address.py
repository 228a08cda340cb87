"""What a page's address asks for, `?run=demo&neuron=17`: followed once, kept in step with what is shown, and never
silently ignored.

Widgets are not bound to the address by Streamlit: a bound one forbids to change page with other parameters, Back
resets it, and a value that is not there vanishes before anybody can say so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from explorer.text import md_escape

Value = TypeVar("Value")
EVERYWHERE = ("dataset", "run")
"""Parameters that all pages share."""
_MAX_QUOTE = 60
_SHOWN = "_address"
"""In the session: what this run of the page has shown so far, by name of the parameter."""
_PAGES = "_address_of_page"
"""In the session: the parameters with which each page was last shown."""


def asked_for(name: str, find: Callable[[str], Value | None]) -> Value | None:
    """The value that `?name=` newly asks for, or None if it asks for nothing new or for something that is not there.

    find: the value of a text in the address; None if there is none of it.
    """
    text = st.query_params.get(name)
    if text is None or text == st.session_state.get(_written(name)):
        return None  # nothing is asked for, or only what this page itself wrote there
    value = find(text)
    if value is None:
        st.session_state[_missing(name)] = (text, None)
    else:
        st.session_state.pop(_missing(name), None)
    return value


def keep_address(name: str, shown: str, noun: str, missing: str = "This run has no {noun} “{asked}”.") -> None:
    """`?name=` is to say what is shown. If something else was asked for that is not there, say so until another one
    is chosen.

    shown: as it stands in the address.
    noun: what it is, as in `user`.
    missing: the sentence about what is not there.
    """
    state = st.session_state
    asked, instead = state.get(_missing(name), (None, None))
    if asked is not None and instead in (None, shown):
        state[_missing(name)] = (asked, shown)
        quoted = asked if len(asked) <= _MAX_QUOTE else asked[:_MAX_QUOTE] + "…"
        sentence = missing.format(noun=noun, asked=md_escape(quoted))
        st.warning(f"{sentence} Shown instead: {noun} {md_escape(shown)}.", icon=":material/link_off:")
    else:
        state.pop(_missing(name), None)
    state[_written(name)] = shown
    state.setdefault(_SHOWN, {})[name] = shown


def begin_address() -> None:
    """Before a page runs: it has shown nothing yet."""
    st.session_state[_SHOWN] = {}


def write_address(page: str) -> None:
    """After a page ran: write what it shows into the address, all at once, so that it is one step of Back."""
    shown = st.session_state.get(_SHOWN, {})
    st.session_state.setdefault(_PAGES, {})[page] = shown
    known = {name: value for name, value in st.query_params.to_dict().items() if _written(name) not in st.session_state}
    wanted = {**known, **shown}
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)


def parameters_of(page: str, **new: str) -> dict[str, str]:
    """The parameters of a link to a page: what it last showed of the run that is shown now, except for what is new."""
    now = {name: value for name, value in st.session_state.get(_SHOWN, {}).items() if name in EVERYWHERE}
    last = st.session_state.get(_PAGES, {}).get(page, {})
    own = {name: value for name, value in last.items() if name not in EVERYWHERE}
    return {**now, **(own if last.get("run") == now.get("run") else {}), **new}


def _written(name: str) -> str:
    return f"_{name}_in_address"


def _missing(name: str) -> str:
    return f"_{name}_missing"
