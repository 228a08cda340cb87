"""The live board: sliders and list together, drawn and ranked in the browser while a slider is dragged.

Streamlit's own sliders say nothing before they are released, and every release redraws the list from the server. Here
one component has both. For scores that are a sum it gets all it needs once, as one buffer (`board_data.py`), and ranks
at every frame; on release the server ranks again by `steer`, and the board shows whether both agree.

There are two components: the board, which is mounted again only if the person or the choice of knobs changes, and a
small one without a picture, which carries releases to the server and results back, so that a release costs no buffer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from explorer.runs import Run
from explorer.steering.edits import MAX_VALUE, AnyEdit, edit_of
from explorer.steering.knobs import Knob
from explorer.steering.scores import PersonScores
from explorer.steering.setting import Setting
from explorer.ui.links import items_page
from explorer.ui.steering.board_data import board_answer, board_buffer, board_id, knobs_with

_HERE = Path(__file__).parent
_PARTS = ("board_ranking", "board_sliders", "board_view", "board_frame", "board")
"""Files of the board's one script, in their order."""


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_board = st.components.v2.component(
    "explorer_board",
    html='<div class="board" role="group" aria-label="Live board"></div>',
    css=_text("board.css"),
    js="\n".join(_text(f"{name}.js") for name in _PARTS),
)
_answer = st.components.v2.component("explorer_board_answer", html="<i hidden></i>", js=_text("board_answer.js"))
MAX_SLIDERS = 12
"""Knobs that are turned without being asked for get a slider too, up to so many in all."""
_KEY = "board-answer"
_LIVE = "board-live"
"""In the session: a board, and its edits while a slider is dragged, where the server has to rank."""
_NUMBER = "board-number"
"""In the session: the number of the release that was last heard of."""


def board(run: Run, scores: PersonScores, knobs: Sequence[Knob], setting: Setting) -> str:
    """Draw the board; returns what `answer_board` needs to speak to it.

    knobs: those that get a slider. The edits of the setting come to the board by `answer_board`.
    """
    everything = knobs_with(run, scores, knobs, setting.edits)
    offered = max(len(knobs), min(len(everything), MAX_SLIDERS))
    buffer = board_buffer(
        run, scores, everything, offered, setting.mode, setting.hide, setting.top, items_page(scores.person)
    )
    _board(key="board", data=buffer)
    return board_id(run, scores, everything, setting.mode, setting.hide, setting.top)


def answer_board(
    run: Run,
    scores: PersonScores,
    board: str,
    setting: Callable[[], Setting],
    on_release: Callable[[list[AnyEdit]], None],
) -> None:
    """Rank for the edits of the setting as the server does, and tell the board; called in a fragment.

    setting: as it is now; a fragment keeps the arguments of its first call.
    on_release: called with the edits when a slider is released.
    """

    def heard() -> None:
        sent = (st.session_state.get(_KEY) or {}).get("release")
        edits = _checked(sent)
        if edits is None or sent.get("board") != board:
            return
        st.session_state[_NUMBER] = int(sent["number"])
        st.session_state.pop(_LIVE, None)
        if sent.get("final"):
            on_release(edits)
        else:
            st.session_state[_LIVE] = (board, edits)

    now = setting()
    of, live = st.session_state.get(_LIVE, ("", ()))
    edits = live if of == board else now.edits
    result = board_answer(run, scores, edits, now.mode, now.hide, now.top)
    data = {"board": board, "number": st.session_state.get(_NUMBER, 0), **result}
    _answer(key=_KEY, data=data, on_release_change=heard)


def _checked(sent: object) -> list[AnyEdit] | None:
    """The edits that a browser sends; None if it is not one of ours that speaks."""
    if not isinstance(sent, dict) or not isinstance(sent.get("number"), int | float):
        return None
    edits = []
    for pair in sent.get("edits") or []:
        key, value = pair if isinstance(pair, list) and len(pair) == 2 else ("", None)
        if not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > MAX_VALUE:
            return None
        edits.append(edit_of(str(key), float(value)))
    return edits
