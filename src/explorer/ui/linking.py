"""The neuron that all parts of a page show. The browser marks a choice in all of them at once (`linking.js`) and tells
the server; what the server draws after an earlier choice does not undo a later one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

SCRIPT = Path(__file__).with_name("linking.js").read_text(encoding="utf-8")
"""What the scripts of linked components begin with."""
_NUMBER = "linking:number"
"""In the session: the number of the last choice in the browser that was heard of."""


class Choice(NamedTuple):
    """A neuron that was clicked."""

    neuron: int
    number: int


def link(run: str, neuron: int) -> dict[str, Any]:
    """What a linked component gets as `link`: of which run it shows which neuron, after which choice."""
    return {"run": run, "neuron": neuron, "number": st.session_state.get(_NUMBER, 0)}


def chosen_in(key: str, n: int) -> int | None:
    """The neuron, of n, that was chosen in the component of this key: for its `on_choose_change`."""
    sent = (st.session_state.get(key) or {}).get("choose")
    choice = _checked(sent, n)
    if choice is None:
        return None
    st.session_state[_NUMBER] = max(choice.number, st.session_state.get(_NUMBER, 0))
    return choice.neuron


def _checked(sent: object, n: int) -> Choice | None:
    """What a browser sent; None if it is not one of ours that speaks."""
    if not isinstance(sent, dict):
        return None
    neuron, number = sent.get("neuron"), sent.get("number")
    if not all(isinstance(value, int | float) and value == int(value) for value in (neuron, number)):
        return None
    return Choice(int(neuron), int(number)) if 0 <= neuron < n else None
