"""The tests of people: the intruder and the forward test, one question after the other by keyboard."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import streamlit as st

from explorer.audit import TRIAL_KINDS, AuditStore, TrialKind
from explorer.audit.about import ABOUT
from explorer.audit.quiz import Quiz, next_questions
from explorer.audit.scores import run_score
from explorer.audit.trials import NoQuestion, Question, draw
from explorer.runs import Run
from explorer.ui.address import asked_for, keep_address
from explorer.ui.audit.material import open_material
from explorer.ui.audit.parts import script, text
from explorer.ui.cache import audit_problem, open_audit, theme
from explorer.ui.errors import fragment

_KEY = "audit-quiz"
_KIND = "audit:test"
_QUIZ = "audit:answers"
"""In the session: what was answered to the browser."""
_TITLES = {"intruder": "Intruder", "forward": "Forward"}
_component = st.components.v2.component(
    "explorer_quiz",
    html='<div class="desk"></div>',
    css=text("desk.css") + text("trial.css"),
    js=script("keys", "trial"),
)


def tests(run: Run, reviewer: str) -> None:
    """The tests, taken by a reviewer."""
    state = st.session_state
    asked = asked_for("test", lambda said: said if said in TRIAL_KINDS else None, key=_KIND)
    if asked is not None:
        state[_KIND] = asked
    state.setdefault(_KIND, TRIAL_KINDS[0])
    kind = st.segmented_control(
        "Test",
        TRIAL_KINDS,
        format_func=_TITLES.get,
        required=True,
        key=_KIND,
        persist_state="session",
        help=f"**Intruder.** {ABOUT['intruder']}\n\n**Forward.** {ABOUT['forward']}",
    )
    keep_address("test", "" if kind == TRIAL_KINDS[0] else kind, "test")
    _quiz(run, reviewer, kind)


@fragment
def _quiz(run: Run, reviewer: str, kind: TrialKind) -> None:
    state = st.session_state
    quiz = state.setdefault(_QUIZ, Quiz())

    def heard() -> None:
        sent = (state.get(_KEY) or {}).get("said")
        if isinstance(sent, dict) and isinstance(sent.get("messages"), list):
            quiz.take(AuditStore(run), reviewer, str(sent.get("tab")), sent["messages"])

    audit = open_audit(run)
    if audit_problem():
        st.warning(audit_problem(), icon=":material/database_off:")
    questions, more = next_questions(run, audit, reviewer, kind, drawn=_drawn)
    score, nouns = run_score(audit, kind, reviewer), run.dataset.nouns
    _component(
        key=_KEY,
        data={
            "run": run.digest,
            "reviewer": reviewer,
            "kind": kind,
            "theme": theme(),
            "questions": [_question(run, one) for one in questions],
            "score": None if score is None else asdict(score),
            "chance": questions[0].chance if questions else None,
            "looking": more and not questions,
            "answers": list(quiz.answers.values()),
            "none": f"There is no neuron in this run with enough {nouns.items} for this test.",
            "words": {"item": nouns.item, "items": nouns.items},
        },
        on_said_change=heard,
    )


def _drawn(run: Run, neuron: int, kind: TrialKind, seed: int) -> Question | NoQuestion:
    """`draw` with a memory: it encodes some hundred items."""
    return _draw(run.digest, neuron, kind, seed, str(run.index.neurons["label"].iloc[neuron]), run)


@st.cache_data(max_entries=2000, show_spinner=False)
def _draw(digest: str, neuron: int, kind: TrialKind, seed: int, label: str, _run: Run) -> Question | NoQuestion:
    return draw(_run, neuron, kind, seed)


def _question(run: Run, question: Question) -> dict[str, Any]:
    return {
        "neuron": question.neuron,
        "seed": question.seed,
        "kind": question.kind,
        "name": question.name,
        "items": [asdict(one) for one in open_material(run).items(question.items)],
        "right": [question.items.index(row) for row in question.right],
    }
