"""Turn concepts up and down and watch the recommendations change: of a person, for an item, in experiments."""

import streamlit as st

from explorer.ui.cache import open_codes
from explorer.ui.frame import ensure_shell, page_header
from explorer.ui.run_picker import current_run
from explorer.ui.steering import state
from explorer.ui.steering.experiment_view import show_experiment_view
from explorer.ui.steering.item_view import show_item_view
from explorer.ui.steering.list_view import show_list_view

VIEWS = {"list": show_list_view, "item": show_item_view, "experiment": show_experiment_view}

ensure_shell()
with st.container(horizontal=True, vertical_alignment="bottom", key="steering-header"):
    page_header(
        "Steering",
        "What would somebody get if one of the concepts mattered more, or not at all? The base model never changes.",
    )
    views = st.container(width="content")
run = current_run()
open_codes(run)
state.open_setting(run)
with views:
    view = state.choose_view(run)
VIEWS[view](run)
state.keep_setting(run)
