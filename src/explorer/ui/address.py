"""What a page's address asks for, `?neuron=17`: followed once, kept in step with the page, and never silently ignored.

A widget bound to the address by Streamlit cannot do this: Back resets it, and a value that is not there vanishes
from the address before anybody can say so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from explorer.text import md_escape

Value = TypeVar("Value")
_MAX_QUOTE = 60


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
    """Write what is shown into `?name=`; if something else was asked for that is not there, say so until another one
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
    if st.query_params.get(name) != shown:
        st.query_params[name] = shown


def _written(name: str) -> str:
    return f"_{name}_in_address"


def _missing(name: str) -> str:
    return f"_{name}_missing"
