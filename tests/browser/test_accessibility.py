"""No page has a fault that keeps people from using it: axe-core finds nothing serious or critical.

Every page as it opens is looked at by `test_dashboard`; here are states of pages, and whether faults are found at all.
"""

from __future__ import annotations

import pytest

from tests.browser.conftest import grave_faults

STATES = [
    "Data?part=add",
    "Data?part=public",
    "Steering?view=item",
    "Steering?view=experiment",
    "Neurons?neuron=3",
    "Items?item=61&user=7",
    "Users?user=7&item=61",
    "Hierarchy?run=demo+in+two+levels+(built+in)",
]


def test_a_button_without_a_name_and_faint_text_are_found(address, open_page):
    page = open_page(f"{address}/Runs")
    page.evaluate(
        """() => document.querySelector('h1').insertAdjacentHTML('afterend',
            '<button id="nameless"></button><p id="faint" style="color:#ccc;background:#fff">faint</p>')"""
    )
    found = " ".join(grave_faults(page))
    assert "#nameless" in found and "#faint" in found


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_grave_in_a_state_of_a_page(address, open_page, state):
    page = open_page(f"{address}/{state}")
    assert grave_faults(page) == []


@pytest.mark.parametrize("name", ["", "Neurons", "Items", "Users", "Audit"])
def test_nor_on_a_telephone(address, open_page, name):
    page = open_page(f"{address}/{name}")
    page.set_viewport_size({"width": 390, "height": 844})
    page.settle()
    assert grave_faults(page) == []
