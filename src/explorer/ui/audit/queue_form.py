"""Which neurons a reviewer goes through, in the session and in the address."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.audit.desk import WHICH, QueueSettings, Which
from explorer.audit.queue import ORDERS, SAMPLE_SEED
from explorer.audit.summary import sample_margin
from explorer.runs import Run
from explorer.ui.address import asked_for, keep_address

_WHICH, _ORDER, _SIZE, _SEED, _SENT, BLIND, PAUSE = (
    f"audit:{name}" for name in ("which", "order", "size", "seed", "sent", "blind", "pause")
)
SIZE = 100
"""Neurons of a sample unless another number is chosen: an auditor gets through them in half an hour."""
_TITLES = {
    "open": "Not yet reviewed by me",
    "disputed": "Reviewers differ",
    "inherited": "Inherited, unconfirmed",
    "all": "All, again",
    "sent": "Sent from the map",
}
_ORDERS = {"use": "By use and doubt", "random": "Random sample"}
_MAX_SEED = 2**31 - 1


def queue_settings(run: Run) -> QueueSettings:
    """Read the address, show the form, write the address."""
    state = st.session_state
    for name, key, find in (
        ("neurons", _SENT, lambda said: _read_sent(run, said)),
        ("queue", _WHICH, lambda said: said if said in _offered(run) else None),
        ("order", _ORDER, lambda said: said if said in ORDERS else None),
        ("sample", _SIZE, lambda said: _number(said, 1, run.index.n)),
        ("seed", _SEED, lambda said: _number(said, 0, _MAX_SEED)),
    ):
        asked = asked_for(name, find, key=key)
        if asked is not None:
            state[key] = asked
    which, order = state.setdefault(_WHICH, WHICH[0]), state.setdefault(_ORDER, ORDERS[0])
    if which not in _offered(run):
        which = state[_WHICH] = WHICH[0]
    sent = _sent(run) if which == "sent" else ()
    label = _TITLES[which] + (f" ({len(sent)})" if sent else f", {_ORDERS[order].lower()}" * (order != ORDERS[0]))
    with st.popover(label, icon=":material/tune:", key="audit-queue"):
        which = st.selectbox("Neurons", _offered(run), format_func=_TITLES.get, key=_WHICH, persist_state="session")
        if sent:
            order = ORDERS[0]
        else:
            order = st.segmented_control(
                "Order",
                ORDERS,
                format_func=_ORDERS.get,
                required=True,
                key=_ORDER,
                persist_state="session",
                help=glossary.QUEUE_ORDER,
            )
        size = seed = None
        if order == "random":
            state[_SIZE] = min(state.get(_SIZE) or SIZE, run.index.n)
            state.setdefault(_SEED, SAMPLE_SEED)
            size = st.number_input("Size of the sample", 1, run.index.n, key=_SIZE, persist_state="session")
            seed = st.number_input(
                "Seed of the sample",
                0,
                _MAX_SEED,
                key=_SEED,
                persist_state="session",
                help="The same seed gives everybody the same neurons.",
            )
            margin = round(100 * sample_margin(run, int(size)))
            st.caption(f"The share of real ones among all neurons will be known to within ±{margin} points.")
        st.toggle(
            "Blind first",
            True,
            key=BLIND,
            persist_state="session",
            help="Name, facets and numbers are hidden until your verdict.",
        )
        st.toggle(
            "Wait after each verdict",
            False,
            key=PAUSE,
            persist_state="session",
            help="Stay on the neuron and see what the run says of it; Enter goes to the next one.",
        )
    if sent:
        st.button(
            "All neurons",
            icon=":material/arrow_back:",
            type="tertiary",
            key="audit:all",
            on_click=lambda: state.update({_WHICH: WHICH[0]}),
            help="Back to the queue of all neurons that you have not yet reviewed.",
        )
    keep_address("neurons", ",".join(map(str, sent)), "neurons")
    keep_address("queue", "" if which == WHICH[0] else which, "queue")
    keep_address("order", "" if order == ORDERS[0] else order, "order")
    keep_address("sample", "" if size is None else str(size), "sample of")
    keep_address("seed", "" if seed is None else str(seed), "seed")
    return QueueSettings(which, order, size, SAMPLE_SEED if seed is None else seed, sent)


def _offered(run: Run) -> list[Which]:
    """The queues that there are."""
    return [which for which in WHICH if which != "sent" or _sent(run)]


def _sent(run: Run) -> tuple[int, ...]:
    """The neurons of this run that another page sent."""
    of, neurons = st.session_state.get(_SENT) or ("", ())
    return neurons if of == run.digest else ()


def _read_sent(run: Run, said: str) -> tuple[str, tuple[int, ...]] | None:
    """`3,5,9`; None unless all of them are neurons of this run."""
    numbers = [_number(part, 0, run.index.n - 1) for part in said.split(",")[: run.index.n]]
    return None if None in numbers else (run.digest, tuple(dict.fromkeys(numbers)))


def _number(said: str, least: int, most: int) -> int | None:
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 11 and least <= int(said) <= most else None
