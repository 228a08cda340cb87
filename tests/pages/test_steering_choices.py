"""Which sliders the board shows, and what presets do, as a person sees it on the page."""

import numpy as np
import pytest

from explorer.steering import (
    ConceptEdit,
    Edit,
    PersonScores,
    choose_knobs,
    edits_text,
    load_presets,
    person_of,
    preset_edits,
)
from explorer.steering.preset_file import presets_path, save_preset
from explorer.steering.setting import fingerprint
from tests.pages.conftest import assert_sound, texts
from tests.pages.test_steering_page import buffer

pytestmark = pytest.mark.slow

PAGE = "pages/Steering.py"
TITLE = "<img src=x onerror=alert(1)> **bold** :smile:"


@pytest.fixture
def page(app):
    return app(PAGE, user="7")


@pytest.fixture
def scores(demo_run) -> PersonScores:
    return PersonScores(demo_run, person_of(demo_run, demo_run.dataset.user_row(7)))


def sliders(at) -> list[str]:
    """Keys of the knobs that have one."""
    return [knob["key"] for knob in buffer(at)["knobs"] if knob["shown"]]


def chosen(at):
    """What is chosen on the page, as the address says it."""
    (setting,) = at.session_state["steering:settings"].values()
    return setting


def edits(at) -> list:
    return list(chosen(at).edits)


def pills(at):
    return at.button_group(key="presets:chosen")


def click(at, name: str):
    pills(at).set_value(name).run()
    return at


@pytest.mark.parametrize("how", ["strongest", "causal", "concepts"])
def test_the_board_has_the_knobs_of_the_choice(page, scores, how):
    page.segmented_control(key="sliders:how").set_value(how).run()
    assert sliders(page) == [knob.key for knob in choose_knobs(scores.run, scores, how)]
    assert chosen(page).sliders == how
    assert_sound(page)


def test_what_is_pinned_comes_first_and_stays_for_another_user(page):
    page.multiselect(key="sliders:pins").set_value(["Horror", "17"]).run()
    assert sliders(page)[:2] == ["Horror", "17"]
    assert chosen(page).pins == ("Horror", "17")
    page.selectbox(key="user").set_value("9").run()
    assert sliders(page)[:2] == ["Horror", "17"]


def test_a_search_finds_concepts_and_what_recommends_an_item_and_a_click_pins_it(page, demo_run):
    title = demo_run.top_items(33, 1)["title"].iloc[0]
    page.text_input(key="sliders:words").set_value(title).run()
    found = [button for button in page.button if (button.key or "").startswith("sliders:pin:")]
    assert {button.key.split(":")[2] for button in found} == {"Named so", "To this ", "To anybo"}
    assert any("of what lifts it" in button.label for button in found)
    found[0].click().run()
    assert sliders(page)[0] == found[0].key.rpartition(":")[2]
    assert_sound(page)


def test_a_search_for_nothing_is_said(page):
    page.text_input(key="sliders:words").set_value(TITLE).run()
    said = " ".join(texts(page.main))
    assert "Named so, or strongest on such items: none." in said.replace("films", "items")
    assert "has “" in said
    assert "<img" not in said.replace("\\<img", "")
    assert_sound(page)


def test_a_preset_is_applied_in_one_click_and_can_be_clicked_again(page, scores):
    click(page, "Older")
    assert edits(page) == preset_edits(scores, "Older") != []
    assert pills(page).value is None
    assert_sound(page)


def test_presets_that_come_with_the_product_add_to_what_is_changed(page, scores):
    click(click(page, "Older"), "Less popular")
    wanted = {edit.what: edit for name in ("Older", "Less popular") for edit in preset_edits(scores, name)}
    assert {edit.what: edit for edit in edits(page)} == wanted


def test_the_buttons_of_genres_name_this_persons_genre(page, scores):
    (edit,) = preset_edits(scores, "Less of the strongest genre")
    assert f"Less {edit.concept}" in [option.content for option in pills(page).proto.options]


def test_a_preset_of_ones_own_is_saved_applied_to_another_user_and_replaces_what_is_changed(page, demo_run):
    click(page, "Older")
    before = edits(page)
    page.text_input(key="presets:name").set_value(TITLE).run()
    page.button(key="presets:save").click().run()
    assert load_presets(demo_run) == {TITLE: tuple(before)}
    page.selectbox(key="user").set_value("9").run()
    click(page, "Less popular")
    click(page, TITLE)
    assert edits(page) == before
    assert_sound(page)


def test_presets_of_ones_own_are_renamed_and_deleted(app, demo_run, runs_folder):
    save_preset(demo_run, "Mine", [ConceptEdit("Horror", 0.5)])
    page = app(PAGE, user="7")
    page.text_input(key="presets:new").set_value("Ours").run()
    page.button(key="presets:rename").click().run()
    assert list(load_presets(demo_run)) == ["Ours"]
    page.button(key="presets:delete").click().run()
    assert load_presets(demo_run) == {}
    assert "Ours" not in [option.content for option in pills(page).proto.options]


def test_a_preset_of_ones_own_is_only_replaced_when_asked_to(app, demo_run, runs_folder):
    save_preset(demo_run, "Mine", [ConceptEdit("Horror", 0.5)])
    page = click(app(PAGE, user="7"), "Older")
    for replace in (False, True):
        page.text_input(key="presets:name").set_value("mine").run()
        page.checkbox(key="presets:replace").set_value(replace).run()
        page.button(key="presets:save").click().run()
        assert any("already" in error.value for error in page.error) != replace
    assert load_presets(demo_run) == {"mine": tuple(edits(page))}


@pytest.mark.parametrize(("name", "words"), [("", "1 to 60 characters"), ("Older", "comes with the product")])
def test_a_name_that_cannot_be_used_is_said_and_nothing_saved(page, demo_run, name, words):
    click(page, "Newer")
    page.text_input(key="presets:name").set_value(name).run()
    page.button(key="presets:save").click().run()
    assert any(words in error.value for error in page.error)
    assert load_presets(demo_run) == {}


def test_nothing_changed_is_nothing_to_save(page):
    page.text_input(key="presets:name").set_value("Mine").run()
    page.button(key="presets:save").click().run()
    assert any("nothing to save" in error.value for error in page.error)


def test_a_broken_file_of_ones_own_is_said_and_the_page_goes_on(app, demo_run, runs_folder):
    path = presets_path(demo_run)
    path.parent.mkdir(parents=True)
    path.write_text('{"version": 1')
    page = app(PAGE, user="7")
    assert any("not a file of presets" in error.value for error in page.error)
    click(page, "Older")
    assert edits(page)
    assert path.read_text() == '{"version": 1'


def test_a_preset_that_changes_nothing_is_said_and_leaves_what_is_changed(app, demo_run, monkeypatch):
    page = app(PAGE, user="7", edits=edits_text([Edit(17, "set", 0.5)]), of=fingerprint(demo_run))
    monkeypatch.setattr(PersonScores, "best", lambda self, scores, n: np.arange(n))
    click(page, "Older")
    assert any("“Older” changes nothing here" in info.value for info in page.info)
    assert edits(page) == [Edit(17, "set", 0.5)]
