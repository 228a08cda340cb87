"""What people have said of a run so far: how far they are, what they found, who they are; and ways in and out."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer.audit import Audit
from explorer.audit.about import ABOUT
from explorer.audit.people import reviewer_table
from explorer.audit.scores import Score
from explorer.audit.summary import AuditSummary, summarise_audit
from explorer.runs import Run
from explorer.text import html_escape, md_escape, p_value, percent
from explorer.ui.audit.carry_view import carry_form
from explorer.ui.audit.exchange_view import exchange
from explorer.ui.audit.history_view import history
from explorer.ui.cache import audit_problem, open_audit, theme
from explorer.ui.downloads import csv_button
from explorer.ui.errors import show_callback_error
from explorer.ui.tables import show_table

_column = st.column_config
_COLOURS = {
    "light": {"real": "#00805E", "partly": "#C98500", "not": "#B93A0A", "disputed": "#6F5BF0", "open": "#C3C9D4"},
    "dark": {"real": "#3CC79A", "partly": "#E9B44C", "not": "#FF9466", "disputed": "#9A8CFF", "open": "#3A4452"},
}
"""Of what stands for a neuron."""
_WORDS = {"real": "real", "partly": "partly", "not": "not", "disputed": "disputed", "open": "not reviewed"}


def results(run: Run, reviewer: str) -> None:
    """All of it; `reviewer` is who looks at it, empty if they said no name."""
    audit = open_audit(run)
    if audit_problem():
        st.warning(audit_problem(), icon=":material/database_off:")
    show_callback_error()
    summary = _summary(run.digest, audit.stamp, tuple(sorted(run.proposed)), run, audit)
    st.subheader(md_escape(f"{summary.sentence()}."), anchor=False, help=ABOUT["confirmed"])
    _progress(summary)
    if summary.reviewed or summary.intruder or summary.forward:
        left, right = st.columns([1, 1], gap="medium")
        with left:
            _numbers(summary)
        with right:
            _scores(summary)
        _people(run, audit)
    exchange(run, reviewer)
    carry_form(run)
    history(run, audit, reviewer)


@st.cache_data(max_entries=8, show_spinner="Counting what people said …")
def _summary(digest: str, stamp: int, named: tuple[int, ...], _run: Run, _audit: Audit) -> AuditSummary:
    return summarise_audit(_run, _audit)


def _progress(summary: AuditSummary) -> None:
    """One bar of all neurons that fire, by what stands for them."""
    colours = _COLOURS[theme()]
    counts = {**summary.standings, "open": summary.live - summary.reviewed}
    counts = {what: n for what, n in counts.items() if n}
    total = max(1, sum(counts.values()))
    parts = "".join(
        f'<span style="width:{100 * n / total:.3f}%;background:{colours[what]}" title="{n:,} {_WORDS[what]}"></span>'
        for what, n in counts.items()
    )
    legend = "".join(
        f'<span><i style="background:{colours[what]}"></i>{n:,} {_WORDS[what]}</span>' for what, n in counts.items()
    )
    said = ", ".join(f"{n:,} {_WORDS[what]}" for what, n in counts.items())
    st.html(
        f'<div class="audit-bar" role="img" aria-label="{html_escape(said)}">{parts}</div>'
        f'<div class="audit-legend" aria-hidden="true">{legend}</div>'
    )


def _numbers(summary: AuditSummary) -> None:
    st.markdown("**In numbers**")
    names: dict[str, list[str]] = {}
    for name, value in summary.lines():
        names.setdefault(value, []).append(name)  # what cannot be told is often so for one reason
    rows = "".join(
        f"<tr><th scope='row'>{'<br>'.join(map(html_escape, several))}</th><td>{html_escape(value)}</td></tr>"
        for value, several in names.items()
    )
    st.html(f'<table class="audit-numbers">{rows}</table>')


def _scores(summary: AuditSummary) -> None:
    """The tests beside what guessing reaches."""
    st.markdown("**Can people tell its items from others?**", help=ABOUT["score"])
    found = {"Intruder test": summary.intruder, "Forward test": summary.forward}
    taken = {name: score for name, score in found.items() if score is not None}
    if not taken:
        st.caption("Nobody has taken a test of this run yet; the view Tests has them.")
        return
    for name, score in taken.items():
        said = html_escape(f"{name}: {_said(score)}")
        st.html(
            f'<div class="audit-score" role="img" aria-label="{said}">'
            f'<span class="range" style="left:{score.low:.2%};width:{score.high - score.low:.2%}"></span>'
            f'<span class="chance" style="left:{score.chance:.2%}"></span>'
            f'<span class="point" style="left:{score.share:.2%}"></span></div><p class="audit-score-said">{said}</p>'
        )
    st.caption("The dot is the score, the band its 95% interval, the line what guessing reaches.")


def _said(score: Score) -> str:
    neurons = "1 neuron" if score.neurons == 1 else f"{score.neurons:,} neurons"
    return (
        f"{percent(score.share)} right, chance {percent(score.chance)}, 95% interval {percent(score.low)} to "
        f"{percent(score.high)}, {p_value(score.p)}; {score.answers:,} answers on {neurons}"
    )


def _people(run: Run, audit: Audit) -> None:
    table = reviewer_table(audit)
    if table.empty:
        return
    st.markdown("**Reviewers**")
    columns = {
        "reviewer": _column.TextColumn("Reviewer"),
        "judged": _column.NumberColumn("Judged", help="Neurons judged real, partly or not."),
        **{verdict: _column.NumberColumn(verdict.capitalize()) for verdict in ("real", "partly", "not")},
        "skip": _column.NumberColumn("Skipped"),
        "named": _column.NumberColumn("Own names"),
        "blind": _column.NumberColumn("Blind", format="%.0f%%", help="Judged before name and numbers were seen."),
        "seconds": _column.NumberColumn("Seconds each", format="%.0f", help="Median time on a neuron."),
        "intruder": _column.NumberColumn("Intruder", format="%.0f%%", help=ABOUT["intruder"]),
        "forward": _column.NumberColumn("Forward", format="%.0f%%", help=ABOUT["forward"]),
        "inherited": _column.NumberColumn("Inherited", help=ABOUT["inherited"]),
        "last": _column.DatetimeColumn("Last (UTC)"),
    }
    shown = table.assign(last=pd.to_datetime(table["last"], errors="coerce", utc=True))
    show_table(shown, columns, alt="What each reviewer has done", height=300)
    csv_button(table, f"reviewers-{run.name}")
