"""The dashboard without a browser, on runs of the test's own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from explorer.runs import Run, save_run
from explorer.ui import cache

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "pages").glob("*.py"))

RUN_PAGES = [f"pages/{name}.py" for name in ("Start", "Neurons", "Items", "Users", "Hierarchy", "Steering", "Audit")]
"""Pages that show the chosen run."""

TABS = {
    "pages/Neurons.py": (
        "card_tab",
        ("Meaning", "Activations", "Popularity and era", "Users", "Effect", "Similar", "Reviews"),
    ),
}
"""Of the pages that have some: where the open one is kept, and their names."""


@pytest.fixture(autouse=True, scope="session")
def empty_caches():
    """Runs are cached by folder and time of writing, and every test has a folder of its own, so that nothing need be
    forgotten between modules: the built-in run is opened once."""
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
    for name in ("DEMO_RUN", "TREE_RUN"):
        monkeypatch.setattr(cache, name, tmp_path / "nothing")


@pytest.fixture
def run_in_folder(tiny_runs, runs_folder: Path) -> Run:
    """A tiny run, saved into the runs folder."""
    return save_run(tiny_runs("als"), runs_folder / "tiny")


@pytest.fixture
def app(runs_folder):
    """Open the app, or a page of it, with query parameters."""

    def open_(page: str | None = None, **parameters: str) -> AppTest:
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        if page is not None:
            at.switch_page(page)
        for name, value in parameters.items():
            at.query_params[name] = value
        return at.run()

    return open_


def open_tab(at: AppTest, name: str) -> AppTest:
    """A tab, as after a click on it."""
    key = next(key for key, names in TABS.values() if name in names)
    at.session_state[key] = name
    return at.run()


def tables(block) -> list[pd.DataFrame]:
    """The tables on a page or in a part of it. `.attrs` has their label, what stands behind their headings, and of
    those whose rows can be chosen the chosen ones."""
    found = block.get("bidi_component")
    rows = {
        one.proto.bytes[:32].decode(): json.loads(one.proto.bytes[33:])
        for one in found
        if _is(one, "explorer_kept") and one.proto.bytes[32:33] == b"J"
    }
    return [as_table(json.loads(one.proto.json), rows) for one in found if _is_table(one)]


def _is_table(element) -> bool:
    return _is(element, "explorer_grid")


def _is(element, name: str) -> bool:
    return element.type == "bidi_component" and element.proto.component_name == name


def as_table(shown: dict, stored: dict[str, dict] | None = None) -> pd.DataFrame:
    """A table as it is shown; `stored`: the rows of large tables by their name."""
    rows = (stored or {}).get(shown.get("rows"), {"columns": {}, "links": {}})

    def cells(own: list | None, kept: list | None) -> list:
        return own if own is not None else [kept[position] for position in shown["order"]]

    named = {column["name"]: column for column in shown["columns"]}
    table = pd.DataFrame(
        {name: cells(column.get("values"), rows["columns"].get(name)) for name, column in named.items()}
    )
    help_ = {column["name"]: column["help"] for column in shown["columns"]}
    table.attrs = {"label": shown["label"], "help": help_, "chosen": None if shown["readonly"] else shown["chosen"]}
    leads = {name: column["link"] for name, column in named.items() if "link" in column}
    goals = {name: cells(link.get("values"), rows["links"].get(name)) for name, link in leads.items()}
    table.attrs["links"] = {
        name: [goal and leads[name]["before"] + goal for goal in of_column] for name, of_column in goals.items()
    }
    return table


def charts(block) -> list[dict]:
    """The plotly figures on a page or in a part of it."""
    return [json.loads(chart.proto.spec) for chart in block.get("plotly_chart")]


def html_of(block) -> str:
    """All HTML and all pictures that are written on a page or in a part of it."""
    drawn = [json.loads(one.proto.json)["svg"] for one in block.get("bidi_component") if _is(one, "explorer_picture")]
    return "\n".join([*(element.proto.body for element in block.get("html")), *drawn])


def texts(block) -> Iterator[str]:
    """All that is written on a page or in a part of it: labels, texts and what stands behind question marks."""
    for element in block.children.values():
        if isinstance(element, Block):
            yield from texts(element)
        if getattr(element, "proto", None) is None:
            continue
        for field in ("label", "body", "help"):
            yield str(getattr(element.proto, field, ""))
        if _is_table(element):
            yield from (column["help"] for column in json.loads(element.proto.json)["columns"])


def assert_sound(at: AppTest) -> None:
    """No exception, no error, and no place for a value left open in any text."""
    assert not at.exception
    assert not at.error, at.error[0].value
    written = [text for text in texts(at._tree) if text]
    assert len(written) > 20
    assert not [text for text in written if re.search(r"\{\w*(:[^}]*)?\}", text)]


@pytest.fixture
def open_instead(monkeypatch):
    """Have every run opened as this one."""

    def put(run) -> None:
        st.cache_resource.clear()
        monkeypatch.setattr(cache, "load_run", lambda folder: run)

    yield put
    st.cache_resource.clear()
