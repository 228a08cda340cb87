"""Data sets: what is in them, and how to add one's own."""

import streamlit as st

from explorer.ui.address import asked_for, show_address
from explorer.ui.data.overview import datasets_view
from explorer.ui.data.public_sets import public_sets_view
from explorer.ui.data.wizard import wizard_view
from explorer.ui.errors import readable_errors
from explorer.ui.frame import ensure_shell, page_header

PARTS = {"sets": "Data sets", "add": "Add your own", "public": "Public data sets"}
KEY = "data:part"

ensure_shell()
page_header("Data", "Which data can be explored, and what is in them? Add your own files in four steps, without code.")
if (asked := asked_for("part", lambda text: text if text in PARTS else None, KEY)) is not None:
    st.session_state[KEY] = asked
st.session_state.setdefault(KEY, "sets")
part = st.segmented_control(
    "Part",
    list(PARTS),
    required=True,
    format_func=PARTS.get,
    key=KEY,
    label_visibility="collapsed",
    persist_state="session",
)
show_address({"part": "" if part == "sets" else part})
with readable_errors():
    {"sets": datasets_view, "add": wizard_view, "public": public_sets_view}[part]()
