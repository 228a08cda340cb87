"""What a browser says was chosen: checked, in its order, and of the run that is shown."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from explorer.ui import linking

RUN = "a-run"


@pytest.fixture
def state(monkeypatch) -> dict:
    """The session of a page that shows neuron 3 of `RUN`."""
    session: dict = {}
    monkeypatch.setattr(linking, "st", SimpleNamespace(session_state=session))
    assert linking.link(RUN, 3)["number"] == 0
    return session


def send(state: dict, key: str, **choice) -> int | None:
    """What the server takes from a choice in a part of the page."""
    state[key] = {"choose": {"run": RUN, **choice}}
    return linking.chosen_in(key, 10)


def test_a_choice_is_heard_and_counted(state):
    assert send(state, "map", neuron=7, number=1) == 7
    assert linking.link(RUN, 7) | {"session": ""} == {"session": "", "run": RUN, "neuron": 7, "number": 1}


def test_of_two_choices_that_come_together_the_later_one_stands_in_either_order(state):
    assert [send(state, "map", neuron=7, number=2), send(state, "tree", neuron=4, number=1)] == [7, None]
    assert [send(state, "tree", neuron=5, number=3), send(state, "map", neuron=6, number=4)] == [5, 6]


def test_a_choice_on_a_map_of_the_run_before_chooses_nothing(state):
    linking.link("another", 0)
    assert send(state, "map", neuron=7, number=1) is None


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [7],
        {"neuron": 7, "number": 1},
        {"run": RUN, "neuron": 10, "number": 1},
        {"run": RUN, "neuron": -1, "number": 1},
        {"run": RUN, "neuron": 1.5, "number": 1},
        {"run": RUN, "neuron": True, "number": 1},
        {"run": RUN, "neuron": float("nan"), "number": 1},
        {"run": RUN, "neuron": 7, "number": 1e300},
        {"run": RUN, "neuron": "7", "number": 1},
    ],
)
def test_what_no_script_of_ours_sends_is_not_a_choice(sent):
    assert linking.choice_of(sent, 10) is None


def test_a_browser_sees_that_its_session_is_another_one(state, monkeypatch):
    before = linking.link(RUN, 3)["session"]
    assert linking.link(RUN, 4)["session"] == before
    state.clear()
    assert linking.link(RUN, 4)["session"] != before
