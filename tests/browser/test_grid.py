"""Large tables whose rows are sent once, cells that lead to other pages, and mixes as bars."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from tests.browser.conftest import ROOT, assert_whole, serve

APP = """
import pandas as pd, streamlit as st
from explorer.ui.address import begin_address, write_address
from explorer.ui.follow import follow_links
from explorer.ui.grid import Link, Stored, draw_grid, grid
from explorer.ui.grid_data import mix_column
from explorer.ui.tables import show_table

N = 3000
COLUMNS = {
    "number": st.column_config.NumberColumn("No.", format="%d"),
    "title": st.column_config.TextColumn("Title"),
    "mix": mix_column("Mix", {"Horror": "#0072B2", "Drama": "#D55E00"}),
    "note": st.column_config.TextColumn("Note"),
}
table = pd.DataFrame({"number": range(N), "title": [f"Ünï {i} & <b>" for i in range(N)]})
table["mix"] = [[("Horror", 0.6), ("Drama", 0.3), ("other", 0.1)]] * N

def first():
    begin_address("pages/Start.py")
    follow_links()
    state = st.session_state
    even = st.toggle("Even")
    chosen = state.setdefault("chosen", [4])
    order = [i for i in range(N) if not even or i % 2 == 0]
    shown = table.assign(note=["even" if even else "all"] * N)
    links = {"title": Link("pages/Items.py", "item", [f"{i} &" for i in range(N)])}
    grid(shown, COLUMNS, key="big", ids="number", chosen=chosen, label="Many", height=300, links=links,
         stored=Stored("many", order, ("note",)), on_choose=lambda rows: state.update(chosen=rows))
    st.subheader(f"Chosen {chosen[0]}")
    three = table.head(3)
    show_table(three, {n: COLUMNS[n] for n in ("number", "title")}, alt="Few",
               links={"title": Link("pages/Items.py", "item", ["a", None, "c"])})
    write_address("pages/Start.py")

def items():
    begin_address("pages/Items.py")
    follow_links()
    st.session_state["visits"] = st.session_state.get("visits", 0) + 1
    st.subheader(f"Item {st.query_params.get('item')}, visit {st.session_state['visits']}")
    write_address("pages/Items.py")

st.navigation([st.Page(first, title="First", default=True), st.Page(items, title="Items", url_path="Items")]).run()
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grid")
    (folder / "app.py").write_text(APP, encoding="utf-8")
    with serve(folder / "app.py", {"PYTHONPATH": str(ROOT / "src")}, folder=folder) as address:
        yield address


def test_a_large_tables_rows_are_sent_once_and_are_filtered_chosen_and_walked(small, open_page):
    page = open_page(small)
    table = page.get_by_role("grid", name="Many")
    sent = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.webSocketFrameReceived", lambda event: sent.append(len(event["response"]["payloadData"])))
    assert table.get_attribute("aria-rowcount") == "3001"
    assert table.locator("[aria-selected=true]").locator(".cell").first.inner_text() == "4"
    table.locator(".row").nth(2).locator(".cell").nth(3).click()
    page.get_by_role("heading", name="Chosen 2", exact=True).wait_for()
    table.press("ArrowDown")
    page.get_by_role("heading", name="Chosen 3", exact=True).wait_for()
    page.settle()
    assert 0 < sum(sent) < 200_000, "the rows went again"
    page.get_by_text("Even", exact=True).click()
    page.wait_for_function("""() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]
      .some(host => host.shadowRoot?.querySelector('[aria-label=Many]')?.getAttribute('aria-rowcount') === '1501')""")
    page.settle()
    cells = table.locator(".row").nth(3).locator(".cell")
    assert [cells.nth(i).inner_text() for i in (0, 1, 3)] == ["6", "Ünï 6 & <b>", "even"]
    assert cells.nth(2).get_by_role("img").get_attribute("aria-label") == "Horror 60%, Drama 30%, other 10%"
    page.reload()
    page.settle()
    assert table.locator(".row").nth(3).locator(".cell").first.inner_text() == "3"
    assert_whole(page)


def test_a_cell_is_a_link_that_changes_the_page_within_the_session_with_one_step_of_back(small, open_page):
    page = open_page(f"{small}/?run=x")
    few = page.get_by_role("grid", name="Few")
    assert few.get_by_role("link").count() == 2
    for visit, (table, name, goal) in enumerate(
        [("Many", "Ünï 1 & <b>", "1 &"), ("Few", "Ünï 2 & <b>", "c"), ("Few", "Ünï 0 & <b>", "a")], 1
    ):
        link = page.get_by_role("grid", name=table).get_by_role("link", name=name, exact=True)
        address = link.evaluate("a => a.href")
        link.click()
        page.get_by_role("heading", name=f"Item {goal}, visit {visit}", exact=True).wait_for()
        page.settle()
        assert page.url == address and f"item={goal}" in unquote(page.url)
        page.go_back()
        page.get_by_role("heading", name="Chosen 4", exact=True).wait_for()
        page.settle()
        assert "item=" not in page.url and "/Items" not in page.url
    with page.context.expect_page() as opened:
        few.get_by_role("link").last.click(modifiers=["Control"])
    other = opened.value
    other.get_by_role("heading", name="Item c, visit 1", exact=True).wait_for()
    assert page.get_by_role("heading", name="Chosen 4", exact=True).is_visible()
    assert_whole(page)
