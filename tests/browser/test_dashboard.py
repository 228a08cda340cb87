"""What a visitor of a fresh clone sees and does, in Chromium."""

import re

import pytest

from explorer.figures import PALETTES
from tests.browser.conftest import ROOT, assert_whole, grave_faults, serve

PAGES = {
    "": "What has this recommender learned?",
    "Data": "Data",
    "Train": "Train",
    "Runs": "Runs",
    "Neurons": "Neurons",
    "Items": "Items",
    "Users": "Users",
    "Hierarchy": "Hierarchy",
    "Steering": "Steering",
    "Audit": "Audit",
}


TABS = {
    "Meaning": (["purity of the strongest", "Every genre in numbers"], 1, 2),
    "Activations": (["Films on which it fires, by activation", "Standard deviation"], 2, 0),
    "Popularity and era": (["in tenths of the catalogue", "Release decades"], 2, 0),
    "Users": (["Steer user", "strongest users"], 1, 1),
    "Effect": (["Raises most", "Lowers most"], 0, 2),
    "Similar": (["By direction", "Side by side"], 0, 2),
    "Reviews": (["Nobody has reviewed it yet"], 0, 0),
}
"""The tabs of a neuron's card: some of what stands in each, how many charts, how many tables."""


def rows(page, number: int = 0):
    """The rows of a table."""
    return page.get_by_role("grid").nth(number).locator(".row")


def card_title(page) -> str:
    return page.locator("h3").first.inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_each_page_opens_in_each_theme_for_everybody_without_a_fault_or_a_request_elsewhere(
    address, open_page, name, theme
):
    page = open_page(f"{address}/{name}", theme)
    assert page.locator("h1").inner_text() == PAGES[name]
    background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert background == ("rgb(255, 255, 255)" if theme == "light" else "rgb(17, 22, 29)")
    assert_whole(page)
    assert grave_faults(page) == []


def as_rgb(colour: str) -> str:
    """A colour like `#0072b2` as a browser writes it."""
    return "rgb({}, {}, {})".format(*(int(colour.lstrip("#")[i : i + 2], 16) for i in (0, 2, 4)))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_tab_of_a_neurons_card_opens_with_its_charts_in_the_colours_of_the_theme(address, open_page, theme):
    page = open_page(f"{address}/Neurons", theme)
    palette = PALETTES[theme]
    colours = {as_rgb(colour) for colour in (palette.main, palette.muted, *palette.series)}
    assert page.locator("[data-testid=stPlotlyChart]").count() == 0
    for name in [*TABS, "Meaning"] if theme == "light" else ["Activations", "Meaning"]:
        page.get_by_role("tab", name=name).click()
        panel = page.get_by_role("tabpanel").filter(visible=True)
        texts, charts, tables = TABS[name]
        for text in texts:
            panel.get_by_text(text).first.wait_for()
        page.settle()
        folded = panel.locator("details:not([open]) > summary")
        while folded.count():  # a table in what is folded is not there for a reader
            folded.first.click()
            page.settle()
        assert panel.get_by_role("grid").count() == tables
        drawn = panel.locator("svg[role=img]")
        assert drawn.count() == charts
        for i in range(charts):
            bar = drawn.nth(i).locator("rect:not([fill=transparent])").last
            assert bar.evaluate("e => getComputedStyle(e).fill") in colours
        assert_whole(page)


def test_items_of_a_neuron_may_be_spread_or_random_and_each_genre_has_its_numbers(address, open_page):
    page = open_page(f"{address}/Neurons")
    for choice in ("Spread", "Random", "Strongest"):
        page.get_by_role("radio", name=choice).click()
        page.get_by_label(f"{choice} films of the neuron").first.wait_for()
        page.settle()
    page.get_by_text("Every genre in numbers").click()
    page.get_by_label("Purity, interval, lift, p, AUC and AP per genre").first.wait_for()
    page.settle()
    assert_whole(page)


def test_the_start_page_compares_the_neurons_with_chance(address, open_page):
    page = open_page(address)
    page.get_by_text("Is that more than chance?").click()
    page.get_by_label("Neurons compared with raw dimensions, PCA and chance").first.wait_for()
    page.settle()
    assert_whole(page)


def test_the_first_visit_to_a_fresh_server_may_be_a_deep_link_from_anywhere(tmp_path, open_page):
    environment = {"EXPLORER_RUNS": str(tmp_path / "runs"), "EXPLORER_DATA": str(tmp_path / "data")}
    with serve(ROOT / "app.py", environment, folder=tmp_path) as fresh:
        page = open_page(f"{fresh}/Neurons?neuron=17")
        assert page.get_by_test_id("stSidebar").get_by_test_id("stPageLink").count() == len(PAGES)
        assert card_title(page).startswith("17 ")
        page.reload()
        page.settle()
        assert card_title(page).startswith("17 ")
        assert page.get_by_test_id("stSidebar").get_by_test_id("stPageLink").count() == len(PAGES)


@pytest.mark.parametrize("value", ["abc", "-1", "999999"])
def test_a_link_to_a_neuron_that_does_not_exist_says_so_and_shows_another_one(address, open_page, value):
    page = open_page(f"{address}/Neurons?neuron={value}")
    assert f"“{value}”" in page.get_by_role("alert").inner_text().replace("\u2060", "")
    assert card_title(page)[0].isdigit()
    assert page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0


def test_a_concept_on_the_start_page_links_to_its_neuron(address, open_page):
    page = open_page(address)
    link = page.locator(".concepts article h4 a").first
    number = re.search(r"neuron=(\d+)", link.get_attribute("href"))[1]
    link.click()
    page.wait_for_url("**/Neurons?*")
    page.settle()
    page.wait_for_function("n => document.querySelector('h3')?.innerText.startsWith(n + ' ')", arg=number)
    assert f"neuron={number}" in page.url


def chosen_row(page) -> str:
    return page.get_by_role("grid").first.locator("[aria-selected=true] .cell").first.inner_text()


def assert_row_and_card_agree(page, left: str | None = None) -> str:
    """The number of the open neuron, after checking that table, card, address and title say the same. An address at
    which the page has just arrived need not name it.

    left: number of the neuron that was open before; waits until it is not any more.
    """
    page.wait_for_function("left => !document.querySelector('h3').innerText.startsWith(left + ' ')", arg=left)
    page.settle()
    number = card_title(page).split(" ")[0]
    assert chosen_row(page) == number
    assert "neuron=" not in page.url or f"neuron={number}" in page.url
    # The title is the last to arrive, and is none of what `settle` watches.
    page.wait_for_function("number => document.title.startsWith(`Neuron ${number} `)", arg=number)
    return number


def test_a_click_anywhere_in_a_row_opens_its_neuron_and_the_arrow_keys_walk(address, open_page):
    page = open_page(f"{address}/Neurons")
    seen = [assert_row_and_card_agree(page)]
    rows(page).nth(3).locator(".cell").nth(3).click()
    seen.append(assert_row_and_card_agree(page, left=seen[-1]))
    page.keyboard.press("ArrowDown")
    seen.append(assert_row_and_card_agree(page, left=seen[-1]))
    page.get_by_role("button", name="Name", exact=True).click()
    assert assert_row_and_card_agree(page) == seen[-1]
    page.get_by_role("button", name="chevron_right icon").first.click()
    seen.append(assert_row_and_card_agree(page, left=seen[-1]))
    assert len(set(seen)) == 4
    for number in reversed(seen[:-1]):
        page.go_back()
        page.wait_for_function("n => document.querySelector('h3').innerText.startsWith(n + ' ')", arg=number)
        assert assert_row_and_card_agree(page) == number


def test_a_filter_opens_its_first_hit_and_without_one_the_card_says_that_it_is_not_among_them(address, open_page):
    page = open_page(f"{address}/Neurons")
    search = page.get_by_role("textbox", name="Search")
    search.fill("dance")
    search.press("Enter")
    page.get_by_role("heading", name="Dance").first.wait_for()
    assert_row_and_card_agree(page)
    search.fill("no such thing")
    search.press("Enter")
    page.get_by_text("No neuron matches.").wait_for()
    page.get_by_text("This neuron is not among those listed.").wait_for()
