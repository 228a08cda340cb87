"""The dashboard without a browser, on runs of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.runs import Run, save_run
from explorer.ui import state

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "pages").glob("*.py"))


@pytest.fixture(autouse=True)
def empty_caches():
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def runs_folder(tmp_path, monkeypatch) -> Path:
    """An empty runs folder, and no data folder."""
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


@pytest.fixture
def no_demo_run(tmp_path, monkeypatch) -> None:
    """A project whose built-in run was taken away."""
    monkeypatch.setattr(state, "DEMO_RUN", tmp_path / "nothing")


@pytest.fixture
def run_on_shelf(tiny_runs, runs_folder: Path) -> Run:
    """A tiny run, saved into the runs folder."""
    return save_run(tiny_runs("als"), runs_folder / "tiny")


@pytest.fixture
def app(runs_folder):
    """Open the app, or a page of it, with query parameters."""

    def open_(page: str | None = None, **parameters: str) -> AppTest:
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for name, value in parameters.items():
            at.query_params[name] = value
        at.run()
        if page is not None:
            at.switch_page(page)
            for name, value in parameters.items():
                at.query_params[name] = value
            at.run()
        return at

    return open_
