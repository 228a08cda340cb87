"""The dashboard: `streamlit run app.py`."""

from explorer.ui.frame import start

start()
