"""The neuron that all parts of a page show. The browser marks a choice in all of them at once (`linking.js`) and tells
the server; what the server draws after an earlier choice does not undo a later one."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

SCRIPT = Path(__file__).with_name("linking.js").read_text(encoding="utf-8")
"""What the scripts of linked components begin with."""
_NUMBER = "linking:number"
"""In the session: the number of the last choice in the browser that was heard of."""
_RUN = "linking:run"
"""In the session: the run whose neurons were shown last."""
_SESSION = "linking:session"
"""In the session: its own name, as a browser that outlives it begins to count again."""


class Choice(NamedTuple):
    """A neuron that was clicked: of which run, and the how-manieth choice of the session it is."""

    run: str
    neuron: int
    number: int


def link(run: str, neuron: int) -> dict[str, Any]:
    """What a linked component gets as `link`: of which run it shows which neuron, after which choice."""
    state = st.session_state
    state[_RUN] = run
    session = state.setdefault(_SESSION, secrets.token_hex(4))
    return {"session": session, "run": run, "neuron": neuron, "number": state.get(_NUMBER, 0)}


def chosen_in(key: str, n: int) -> int | None:
    """The neuron, of n, that was chosen in the component of this key: for its `on_choose_change`. None if that is not
    one of the run that is shown, or if a later choice has been heard of."""
    state = st.session_state
    choice = choice_of((state.get(key) or {}).get("choose"), n)
    if choice is None or choice.run != state.get(_RUN, choice.run) or choice.number < state.get(_NUMBER, 0):
        return None
    state[_NUMBER] = choice.number
    return choice.neuron


def choice_of(sent: object, n: int) -> Choice | None:
    """What a browser sent, of n neurons; None if it is not as our script sends it."""
    if not isinstance(sent, dict):
        return None
    run, neuron, number = sent.get("run"), sent.get("neuron"), sent.get("number")
    if not isinstance(run, str) or not (_whole(neuron) and _whole(number)):
        return None
    return Choice(run, int(neuron), int(number)) if 0 <= neuron < n and 0 <= number < 2**53 else None


def _whole(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
