"""The queue: one neuron at a time, a verdict by one key, the next one at once.

One component holds items, form and keys (`desk.js`). It gets the next neurons before they are needed, so that the
browser moves on while the server stores. A verdict runs only this fragment again.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer import glossary
from explorer.audit import Audit, AuditStore
from explorer.audit.desk import Desk, Queue, QueueSettings, as_json, make_queue, place
from explorer.audit.material import Material
from explorer.audit.queue import seconds_each
from explorer.audit.values import MAX_NOTE, MAX_OWN_NAME, MAX_TAG, MAX_TAGS, same_reviewer
from explorer.runs import Run
from explorer.ui.address import asked_for, keep_address, parameters_of, show_address
from explorer.ui.audit.material import open_material
from explorer.ui.audit.parts import script, text
from explorer.ui.audit.queue_form import BLIND, PAUSE, queue_settings
from explorer.ui.audit.words import CONFIDENCE, numbered_neuron
from explorer.ui.cache import audit_problem, open_audit, theme
from explorer.ui.errors import fragment
from explorer.ui.grid import tooltip

_KEY = "audit-desk"
_NEURON = "audit:neuron"
"""In the session: the neuron that is looked at."""
_QUEUE = "audit:queue"
"""In the session: the queue that is gone through, of whom, and what had been said when it began."""
_DESK = "audit:desk"
"""In the session: what was answered to the browser."""
_MOVED = "audit:moved"
"""In the session: counts how often the server, not the browser, chose the neuron."""
_component = st.components.v2.component(
    "explorer_desk",
    html='<div class="desk"></div>',
    css=text("desk.css"),
    js=script("keys", "drafts", "desk_view", "desk"),
)


def review(run: Run, reviewer: str, beside: DeltaGenerator) -> None:
    """The queue of a reviewer; its settings stand in `beside`."""
    state = st.session_state
    asked = asked_for("neuron", lambda said: numbered_neuron(said, run.index.n), key=_NEURON)
    if asked is not None:
        state[_NEURON] = asked
        state[_MOVED] = state.get(_MOVED, 0) + 1
    with beside:
        settings = queue_settings(run)
    key = (run.digest, reviewer.casefold(), settings)
    if state.get(_QUEUE, (None,))[0] != key:
        if _QUEUE in state and asked is None:
            state.pop(_NEURON, None)
        audit = open_audit(run)
        state[_QUEUE] = key, make_queue(run, audit, reviewer, settings, state.get(_NEURON)), audit
        state[_MOVED] = state.get(_MOVED, 0) + 1
    elif asked is not None and asked not in state[_QUEUE][1].neurons:
        audit = open_audit(run)
        state[_QUEUE] = key, make_queue(run, audit, reviewer, settings, asked), audit
    keep_address("neuron", _shown(run, reviewer), "neuron")
    _desk(run, reviewer, settings)


@fragment
def _desk(run: Run, reviewer: str, settings: QueueSettings) -> None:
    state = st.session_state
    answers = state.setdefault(_DESK, Desk())

    def heard() -> None:
        sent = (state.get(_KEY) or {}).get("said")
        if not isinstance(sent, dict):
            return
        messages, at = sent.get("messages"), sent.get("at")
        if isinstance(messages, list):
            answers.take(AuditStore(run), reviewer, str(sent.get("tab")), messages)
        if isinstance(at, int) and 0 <= at < run.index.n:
            state[_NEURON] = at

    audit = open_audit(run)
    if audit_problem():
        st.warning(audit_problem(), icon=":material/database_off:")
    _, queue, began = state[_QUEUE]
    _component(key=_KEY, data=_data(run, audit, reviewer, settings, queue, began, answers), on_said_change=heard)
    show_address({"neuron": _shown(run, reviewer)}, quiet=["neuron"])


def _data(
    run: Run, audit: Audit, reviewer: str, settings: QueueSettings, queue: Queue, began: Audit, answers: Desk
) -> dict[str, Any]:
    state = st.session_state
    done = queue.done_now(audit, reviewer, began)
    here = place(queue.neurons, done, state.get(_NEURON))
    material, link = open_material(run), parameters_of("pages/Neurons.py")
    nouns = run.dataset.nouns
    return {
        "run": run.digest,
        "reviewer": reviewer,
        "queue": f"{settings} {len(queue.neurons)}",
        "moved": state.get(_MOVED, 0),
        "number": audit.stamp,
        "at": here.neuron,
        "place": max(0, here.position),
        "of": len(queue.neurons),
        "left": here.left,
        "each": seconds_each(audit, reviewer),
        "blind": state.get(BLIND, True),
        "pause": state.get(PAUSE, False),
        "theme": theme(),
        "entries": [
            _entry(run, audit, reviewer, material, queue.neurons[position], position, done, link)
            for position in here.near
        ],
        "answers": list(answers.answers.values()),
        "words": {
            "items": nouns.items,
            "item": nouns.item,
            "confidence": CONFIDENCE,
            "empty": _EMPTY[settings.which],
        },
        "tips": _TIPS,
        "limits": _LIMITS,
    }


_EMPTY = {
    "open": "No neuron of this run fires, so there is nothing to review.",
    "disputed": "There is no neuron on which reviewers differ.",
    "inherited": "There is nothing inherited that waits for a confirmation.",
    "all": "No neuron of this run fires, so there is nothing to review.",
    "sent": "None of the neurons that were sent fires, so there is nothing to review.",
}
_LIMITS = {"name": MAX_OWN_NAME, "note": MAX_NOTE, "tag": MAX_TAG, "tags": MAX_TAGS}
"""Characters of each text, and how many tags."""
_TIPS = {
    "name": tooltip(glossary.NAME),
    "holds": tooltip(glossary.NAME_HOLDS),
    "held_out": tooltip(glossary.HELD_OUT_NEURON),
    "density": tooltip(glossary.DENSITY),
    "popularity": tooltip(glossary.POPULARITY),
    "year": tooltip(glossary.YEAR),
}


def _entry(
    run: Run,
    audit: Audit,
    reviewer: str,
    material: Material,
    neuron: int,
    position: int,
    done: set[int],
    link: dict[str, str],
) -> dict[str, Any]:
    mine = audit.by(neuron, reviewer)
    others = [one for one in audit.of(neuron) if one.verdict and not same_reviewer(one.reviewer, reviewer)]
    return {
        "neuron": neuron,
        "place": position,
        "open": neuron not in done,
        "mine": None if mine is None else as_json(mine),
        "others": [as_json(one) for one in others],
        "material": material.as_json(neuron),
        "link": f"Neurons?{urlencode({**link, 'neuron': neuron})}",
    }


def _shown(run: Run, reviewer: str) -> str:
    """The neuron that is looked at, as it stands in the address."""
    if (neuron := st.session_state.get(_NEURON)) is not None:
        return str(neuron)
    _, queue, began = st.session_state[_QUEUE]
    neuron = place(queue.neurons, queue.done_now(open_audit(run), reviewer, began)).neuron
    return "" if neuron is None else str(neuron)
