"""The dashboard: `streamlit run app.py`."""

from explorer.ui.shell import start

start()
