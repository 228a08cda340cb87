"""What a browser keeps: the rows of a large table, the points of a map.

A component without a picture carries it, and as its message never changes Streamlit sends it once. The components that
draw find it in `window.explorerKept` by its name, and hear of one that arrives after them by the event
`explorer-kept`.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

import streamlit as st

_component = st.components.v2.component(
    "explorer_kept", html="<i hidden></i>", js=Path(__file__).with_name("kept.js").read_text(encoding="utf-8")
)


class Kept(NamedTuple):
    """Something large: its name, made from what it is, and the message that has both."""

    name: str
    buffer: bytes


def kept_json(content: object) -> Kept:
    """A value that the browser gets as JSON has it."""
    return _kept(b"J", json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8"))


def kept_bytes(content: bytes) -> Kept:
    """Bytes that the browser gets as a `Uint8Array`; its buffer starts with them, so that typed arrays fit on it."""
    return _kept(b"B", content)


def keep(kept: Kept, key: str) -> str:
    """Have the browser keep it; returns its name. `key`: of the component, one for each thing that a page keeps."""
    with st.container(key=f"kept-{key}"):
        _component(key=f"{key}:kept", data=kept.buffer)
    return kept.name


def _kept(form: bytes, content: bytes) -> Kept:
    name = hashlib.blake2b(form + content, digest_size=16).hexdigest()
    return Kept(name, name.encode("ascii") + form + content)
