"""Errors in words: around a page, a part of it, and a button."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable

import streamlit as st

from explorer.errors import UserError
from explorer.text import md_escape

_log = logging.getLogger(__name__)


class readable_errors:
    """Show an error the user can fix as its sentence, and anything else as an apology with the log as the place
    to look; a traceback never reaches a page."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, error, traceback) -> bool:
        if isinstance(error, UserError):
            st.error(md_escape(error), icon=":material/error:")
            return True
        # Streamlit's own signals (rerun, stop) are not Exceptions and pass.
        if isinstance(error, Exception):
            _log.error("A page failed", exc_info=error)
            st.error(
                f"This part of the page failed ({type(error).__name__}). The server's log has the details; "
                "reloading the page or choosing another run may help.",
                icon=":material/error:",
            )
            return True
        return False


def fragment(function: Callable, run_every: float | None = None) -> Callable:
    """`st.fragment` whose errors are readable too; with `run_every` it runs again by itself after so many seconds."""

    @functools.wraps(function)
    def guarded(*args, **kwargs):
        with readable_errors():
            return function(*args, **kwargs)

    return st.fragment(guarded, run_every=run_every)


def run_callback(function: Callable, *args) -> None:
    """Do what a button asks for, as its callback; a mistake is kept until `told` shows it."""
    try:
        function(*args)
    except UserError as error:
        st.session_state["_mistake"] = str(error)


def show_callback_error() -> None:
    """Show the mistake that a button led to, once."""
    mistake = st.session_state.pop("_mistake", None)
    if mistake:
        st.error(md_escape(mistake), icon=":material/error:")
