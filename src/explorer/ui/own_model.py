"""What is asked of a person who brings a recommender of her own: its files, and how they become a score."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer.recommenders import ExternalConfig
from explorer.recommenders.external import ENDINGS

_FILES = {
    "items": "File of item vectors",
    "item_ids": "Ids of its rows (optional)",
    "users": "File of user vectors (optional)",
    "user_ids": "Ids of its rows (optional)",
}
_TRAINED_ON = {
    "unknown": "not known",
    "training": "the training part of this split only",
    "everything": "everything, also what is held out here",
}


def own_model_fields(key: str) -> dict[str, Any]:
    """Ask for the files; returns the settings by dotted key. What is asked less often stands in the settings."""
    fields = ExternalConfig.model_fields
    st.caption(
        f"Nothing of your recommender is trained again. Paths are on the machine where this page runs: "
        f"{', '.join(ENDINGS)}. Rows without ids must stand in the order of the data's ids."
    )
    values: dict[str, Any] = {}
    places = [*st.columns(2), *st.columns(2)]
    for place, (name, label) in zip(places, _FILES.items(), strict=True):
        text = place.text_input(
            label,
            key=f"{key}:own:{name}",
            persist_state="session",
            help=fields[name].description,
            placeholder="/models/items.npy" if name == "items" else "",
        )
        values[f"recommender.{name}"] = text.strip() or None
    called, score, seen = st.columns(3)
    values["recommender.name"] = (
        called.text_input(
            "Its name",
            value=fields["name"].default,
            max_chars=60,
            key=f"{key}:own:name",
            persist_state="session",
            help=fields["name"].description,
        ).strip()
        or fields["name"].default
    )
    values["recommender.score"] = score.selectbox(
        "Score",
        ["dot", "cosine"],
        format_func={"dot": "dot product", "cosine": "cosine"}.get,
        key=f"{key}:own:score",
        persist_state="session",
        help=fields["score"].description,
    )
    values["recommender.trained_on"] = seen.selectbox(
        "It was trained on",
        list(_TRAINED_ON),
        format_func=_TRAINED_ON.get,
        key=f"{key}:own:trained_on",
        persist_state="session",
        help="An accuracy is measured only of a model that has not seen the held-out positives. "
        "`datasets split` writes what it may see.",
    )
    return values
