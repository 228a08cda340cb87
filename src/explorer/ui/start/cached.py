"""What the start page computes once per run and audit."""

from __future__ import annotations

import streamlit as st

from explorer.audit import Audit
from explorer.audit.summary import summarise_audit
from explorer.browse.concept_card import ConceptCard, concept_card
from explorer.browse.families import Families, families
from explorer.runs import Run


def run_stamp(run: Run) -> tuple[str, int]:
    """What tells an opened run from all others, and from itself after a new training."""
    return str(run.path), (run.path / "run.json").stat().st_mtime_ns


def families_of(run: Run, audit: Audit) -> tuple[Families, list[ConceptCard]]:
    """The families of a run and the cards that show them. What people say changes both, and has a stamp."""
    return _families(*run_stamp(run), audit.stamp, tuple(sorted(audit.own_names().items())), run, audit)


def audit_sentence(run: Run, audit: Audit) -> str:
    """`Audit: 86 of 120 named neurons confirmed by 2 people, κ .71.`; empty if nobody has reviewed any."""
    return _sentence(*run_stamp(run), audit.stamp, run, audit) if audit.reviews else ""


@st.cache_data(max_entries=16, show_spinner=False)
def _sentence(path: str, stamp: int, said: int, _run: Run, _audit: Audit) -> str:
    return f"Audit: {summarise_audit(_run, _audit).sentence()}."


@st.cache_resource(max_entries=8, show_spinner="Looking for concepts …")
def _families(
    path: str, stamp: int, said: int, names: tuple, _run: Run, _audit: Audit
) -> tuple[Families, list[ConceptCard]]:
    found = families(_run, _audit)
    return found, [concept_card(_run, card) for card in found.cards()]
