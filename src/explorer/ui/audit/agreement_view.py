"""Whether reviewers agree, where they do not, and what they agree on after all."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from explorer.audit import Audit, AuditStore, Conflict, Resolution
from explorer.audit.about import ABOUT
from explorer.audit.agreement import Agreement, agreement, disagreements, pair_agreements
from explorer.audit.desk import as_json
from explorer.errors import UserError
from explorer.runs import Run
from explorer.text import number, percent
from explorer.ui.address import asked_for, keep_address
from explorer.ui.audit.material import open_material
from explorer.ui.audit.parts import script, text
from explorer.ui.audit.words import CONFIDENCE, numbered_neuron
from explorer.ui.cache import audit_problem, open_audit, theme
from explorer.ui.cards import metric_row
from explorer.ui.grid import grid, ordered
from explorer.ui.tables import show_table

_KEY = "audit-resolve"
_TABLE = "audit-disagreements"
_NEURON = "audit:disputed"
"""In the session: the neuron whose reviewers differ that is looked at."""
_ANSWER = "audit:resolved"
"""In the session: what was answered to the browser."""
_SHOWN_PEOPLE = 6
"""Reviewers with a column of their own."""
_component = st.components.v2.component(
    "explorer_resolve",
    html='<div class="desk"></div>',
    css=text("desk.css") + text("resolve.css"),
    js=script("keys", "drafts", "resolve"),
)
_column = st.column_config


def agreement_of_reviewers(run: Run, reviewer: str) -> None:
    """The agreement of a run's reviewers; `reviewer` is who looks at it, empty if they said no name."""
    state, audit = st.session_state, open_audit(run)
    if audit_problem():
        st.warning(audit_problem(), icon=":material/database_off:")
    asked = asked_for("neuron", lambda said: numbered_neuron(said, run.index.n), key=_NEURON)
    if asked is not None:
        state[_NEURON] = asked
    _numbers(audit)
    found = disagreements(audit)
    if not found:
        keep_address("neuron", "", "neuron")
        if agreement(audit).neurons:
            st.success("Nobody differs: there is nothing to resolve.", icon=":material/check:")
        return
    neurons = [one.neuron for one in found]
    if state.get(_NEURON) not in neurons:
        state[_NEURON] = neurons[0]
    keep_address("neuron", str(state[_NEURON]), "neuron", "Nobody differs on {noun} “{asked}”.")
    left, right = st.columns([1, 1], gap="medium")
    with left:
        st.subheader("Where reviewers differ", anchor=False)
        _table(run, found)
    with right, st.container(border=True):
        _resolve(run, audit, reviewer, state[_NEURON])


def _numbers(audit: Audit) -> None:
    """κ with its interval, per cent, and of how many neurons that is."""
    found = agreement(audit)
    if found.share is None:
        st.info(f"{found.reason} Agreement needs two reviewers of the same neurons.", icon=":material/group:")
        return
    kappa = ABOUT[found.kind]
    several = "both reviewers" if len(found.reviewers) == 2 else f"two or more of {len(found.reviewers)} reviewers"
    interval = "" if found.kappa is None else f"95% interval {_interval(found)}"
    metric_row(
        [
            (kappa.title, _decimals(found.kappa), interval or "cannot be told yet", kappa),
            ("Same verdict", percent(found.share), "of pairs of reviewers", ABOUT["share"]),
            ("Krippendorff's α", _decimals(found.alpha), "not against real weighs more", ABOUT["alpha"]),
            ("In common", f"{found.neurons:,}", f"neurons judged by {several}", ABOUT["share"]),
        ]
    )
    if found.reason:
        st.caption(found.reason)
    if len(found.reviewers) > 2:
        with st.expander("Every two reviewers", icon=":material/group:"):
            _pairs(pair_agreements(audit))


def _pairs(found: list[Agreement]) -> None:
    table = pd.DataFrame(
        {
            "pair": [" and ".join(one.reviewers) for one in found],
            "neurons": [one.neurons for one in found],
            "share": [one.share for one in found],
            "kappa": [one.kappa for one in found],
            "interval": [
                None if one.kappa is None else f"{_decimals(one.low)} to {_decimals(one.high)}" for one in found
            ],
        }
    )
    columns = {
        "pair": _column.TextColumn("Reviewers"),
        "neurons": _column.NumberColumn("Neurons in common"),
        "share": _column.NumberColumn("Same verdict", format="%.0f%%", help=ABOUT["share"]),
        "kappa": _column.NumberColumn("κ", format="%.2f", help=ABOUT["Cohen"]),
        "interval": _column.TextColumn("95% interval"),
    }
    show_table(table, columns, alt="Agreement of every two reviewers", height=300)


def _table(run: Run, found: list) -> None:
    people = list(dict.fromkeys(who for one in found for who, _ in one.verdicts))
    shown = people[:_SHOWN_PEOPLE]
    labels = run.index.neurons["label"]
    table = pd.DataFrame(
        {
            "neuron": [one.neuron for one in found],
            "label": [labels.iloc[one.neuron] for one in found],
            **{f"by {who}": [dict(one.verdicts).get(who) for one in found] for who in shown},
            "others": [_others(one, shown) for one in found],
            "resolved": [one.resolved for one in found],
        }
    )
    columns = {
        "neuron": _column.NumberColumn("No."),
        "label": _column.TextColumn("Name"),
        **{f"by {who}": _column.TextColumn(who) for who in shown},
        **({"others": _column.TextColumn("Others")} if len(people) > len(shown) else {}),
        "resolved": _column.CheckboxColumn("Resolved"),
    }
    grid(
        ordered(table, _TABLE),
        columns,
        key=_TABLE,
        ids="neuron",
        chosen=[st.session_state[_NEURON]],
        on_choose=lambda rows: st.session_state.update({_NEURON: int(rows[0])}),
        label="Neurons on which reviewers differ, with each one's verdict",
        height=520,
    )
    left = sum(not one.resolved for one in found)
    st.caption(f"{left} of {len(found)} still to resolve; those furthest apart come first.")


def _others(one, shown: list[str]) -> str:
    return ", ".join(f"{who}: {verdict}" for who, verdict in one.verdicts if who not in shown)


def _resolve(run: Run, audit: Audit, reviewer: str, neuron: int) -> None:
    state = st.session_state

    def heard() -> None:
        sent = (state.get(_KEY) or {}).get("said")
        if isinstance(sent, dict):
            state[_ANSWER] = {
                "number": sent.get("number"),
                "neuron": sent.get("neuron"),
                **_stored(run, reviewer, sent),
            }

    resolution = next((one for one in audit.resolutions if one.neuron == neuron), None)
    _component(
        key=_KEY,
        data={
            "run": run.digest,
            "reviewer": reviewer,
            "neuron": neuron,
            "theme": theme(),
            "label": str(run.index.neurons["label"].iloc[neuron]),
            "reviews": [as_json(one) for one in audit.of(neuron)],
            "resolution": None if resolution is None else vars(resolution),
            "strongest": [one.title for one in open_material(run).blind(neuron).strongest],
            "answer": state.get(_ANSWER),
            "words": {"items": run.dataset.nouns.items, "confidence": CONFIDENCE},
        },
        on_said_change=heard,
    )


def _stored(run: Run, reviewer: str, sent: dict[str, Any]) -> dict[str, Any]:
    """`stored`, `conflict` with theirs, or `fault` with a sentence."""
    try:
        neuron = run.neuron(sent.get("neuron"))
        texts = {name: str(sent.get(name) or "") for name in ("name", "note")}
        since = sent.get("since")
        said = Resolution(neuron, sent.get("verdict") or None, reviewer=reviewer, **texts)
        AuditStore(run).resolve(said, since if isinstance(since, int) else 0)
        return {"stored": True}
    except Conflict as conflict:
        return {"conflict": vars(conflict.theirs), "sentence": str(conflict)}
    except UserError as fault:
        return {"fault": str(fault)}


def _interval(found: Agreement) -> str | None:
    return None if found.kappa is None else f"{_decimals(found.low)} to {_decimals(found.high)}"


def _decimals(value: float | None) -> str:
    return number(value, "{:.2f}").replace("-", "−")
