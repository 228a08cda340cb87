"""Public data sets to fetch: what they are, their licences, and progress."""

from __future__ import annotations

import streamlit as st

from explorer.data import data_folder
from explorer.data.downloads import PUBLIC_SETS, download
from explorer.errors import UserError
from explorer.text import bytes_text, md_escape
from explorer.ui.data.overview import train_link
from explorer.ui.widgets import md


def public_sets_view() -> None:
    """Choose one, accept its licence, fetch it. Nothing is fetched before."""
    st.caption("Fetched from their publishers' servers when you ask for it, and only then; checked and unpacked.")
    name = st.selectbox(
        "Public data set",
        list(PUBLIC_SETS),
        format_func=lambda name: PUBLIC_SETS[name].title,
        key="data:public",
        persist_state="session",
    )
    of = PUBLIC_SETS[name]
    st.markdown(
        md("**Licence:** {licence}", licence=of.licence)
        + f"  \n**Publisher:** {md_escape(of.home)}  \n**Size:** {bytes_text(of.size)}"
    )
    if (data_folder() / name).exists():
        st.success(md("{name} is already there.", name=name), icon=":material/check:")
        train_link(name)
        return
    accepted = st.checkbox("I have read the licence and accept it", key=f"data:accept:{name}")
    if st.button("Download", type="primary", icon=":material/download:", key="data:download", disabled=not accepted):
        bar = st.progress(0.0, "Asking the server …")
        try:
            download(of, data_folder(), accepted, lambda stage, done, text="", *_: bar.progress(done, md_escape(text)))
        except UserError as error:
            bar.empty()
            st.error(md_escape(error), icon=":material/error:")
        else:
            st.rerun()
