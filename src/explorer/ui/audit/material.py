"""What reviewers see of neurons, kept open by the server."""

from __future__ import annotations

import streamlit as st

from explorer.audit.material import Material
from explorer.runs import Run


def open_material(run: Run) -> Material:
    """Of an open run, its tables sorted once."""
    labels = run.index.neurons["label"]
    names = tuple((neuron, labels.iloc[neuron]) for neuron in sorted(run.proposed))
    return _material(str(run.path), run.digest, names, run)


@st.cache_resource(max_entries=8, show_spinner=False)
def _material(path: str, digest: str, names: tuple[tuple[int, str], ...], _run: Run) -> Material:
    return Material(_run)
