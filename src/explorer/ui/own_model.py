"""What is asked of a person who brings a recommender of her own: its files, and how they become a score."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from explorer.recommenders import ExternalConfig
from explorer.recommenders.external import ENDINGS
from explorer.ui.data.uploads import MAX_UPLOAD_MB, Uploads

_FILES = {
    "items": "File of item vectors",
    "item_ids": "Ids of its rows (optional)",
    "users": "File of user vectors (optional)",
    "user_ids": "Ids of its rows (optional)",
}
_SCORER = "File of its network (.onnx)"
_WHERE = {"path": "on the machine where this page runs", "upload": "on your computer"}
_SCORES = {"dot": "dot product", "cosine": "cosine", "network": "a network of its own"}
_TRAINED_ON = {
    "unknown": "not known",
    "training": "the training part of this split only",
    "everything": "everything, also what is held out here",
}


class OwnModel(NamedTuple):
    """What was answered."""

    values: dict[str, Any]
    """Settings by dotted key. What is asked less often stands in the settings."""
    uploads: Path | None
    """The folder of the files that were uploaded, if any were."""


def own_model_fields(key: str) -> OwnModel:
    """Ask for the files and how their vectors are compared."""
    fields = ExternalConfig.model_fields
    where = st.segmented_control(
        "Its files are",
        list(_WHERE),
        format_func=_WHERE.get,
        default="path",
        required=True,
        key=f"{key}:own:where",
        persist_state="session",
        help=f"An upload may have {MAX_UPLOAD_MB} MB; larger files are read where they are.",
    )
    st.caption(
        f"Nothing of your recommender is trained again. Vectors are read from {', '.join(ENDINGS)}. Rows without ids "
        "must stand in the order of the data's ids."
    )
    files = _Files(key, where == "upload")
    values: dict[str, Any] = {}
    for place, (name, label) in zip([*st.columns(2), *st.columns(2)], _FILES.items(), strict=True):
        values[f"recommender.{name}"] = files.ask(place, name, label, "/models/items.npy" if name == "items" else "")
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
    chosen = score.selectbox(
        "Score",
        list(_SCORES),
        format_func=_SCORES.get,
        key=f"{key}:own:score",
        persist_state="session",
        help=f"{fields['score'].description} Or a network of both vectors, saved as ONNX.",
    )
    values["recommender.score"] = "dot" if chosen == "network" else chosen
    values["recommender.trained_on"] = seen.selectbox(
        "It was trained on",
        list(_TRAINED_ON),
        format_func=_TRAINED_ON.get,
        key=f"{key}:own:trained_on",
        persist_state="session",
        help="An accuracy is measured only of a model that has not seen the held-out positives. "
        "`datasets split` writes what it may see.",
    )
    values["recommender.scorer"] = files.ask(st, "scorer", _SCORER, "/models/net.onnx") if chosen == "network" else None
    return OwnModel(values, files.uploads.folder.folder if files.uploads else None)


class _Files:
    """Asks for files by path, or for their upload."""

    def __init__(self, key: str, upload: bool):
        self.key = key
        self.uploads: Uploads | None = st.session_state.setdefault("train:uploads", Uploads()) if upload else None

    def ask(self, place, name: str, label: str, example: str) -> str | None:
        """The path of one file; None for none."""
        description = ExternalConfig.model_fields[name].description
        if self.uploads is not None:
            given = place.file_uploader(
                label, key=f"{self.key}:own:{name}:upload", help=description, max_upload_size=MAX_UPLOAD_MB
            )
            path = self.uploads.path(name, given)
            return None if path is None else str(path)
        text = place.text_input(
            label, key=f"{self.key}:own:{name}", persist_state="session", help=description, placeholder=example
        )
        return text.strip() or None
