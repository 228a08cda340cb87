"""The Data page: what it shows of a data set, and the four steps to one's own."""

from __future__ import annotations

import pytest

from explorer.data import load_dataset
from tests.data.source.conftest import CORPUS, made
from tests.pages.conftest import assert_sound

PAGE = "pages/Data.py"


def press(at, key: str):
    next(button for button in at.button if button.key == key).click()
    return at.run()


def said(at) -> str:
    return " ".join(box.value for box in [*at.error, *at.info, *at.success, *at.warning])


@pytest.fixture
def wizard(app, runs_folder, tmp_path):
    """Opens the wizard on one of the corpus."""

    def begin(name: str):
        folder = made(name, tmp_path)
        at = app(PAGE, part="add")
        at.text_input(key="data:path").set_value(str(folder)).run()
        return press(at, "data:look")

    return begin


def test_a_data_set_is_shown_with_its_sizes(app, runs_folder):
    at = app(PAGE)
    assert_sound(at)
    shown = {metric.label: metric.value for metric in at.metric}
    demo = load_dataset("demo")
    assert shown["Users"] == f"{demo.n_users:,}"
    assert shown["Films"] == f"{demo.n_items:,}"
    assert shown["Interactions"] == f"{len(demo.interactions):,}"


@pytest.mark.parametrize("name", [name for name in CORPUS if name != "american-dates"])
def test_four_steps_lead_from_files_to_a_data_set(wizard, name, tmp_path):
    at = wizard(name)
    assert_sound(at)
    press(at, "data:on:1")
    assert_sound(at)
    if name in ("milliseconds", "sessions"):
        pass  # too few interactions of some to be split is said below, where it is so
    press(at, "data:on:2")
    assert_sound(at)
    at.text_input(key="data:name").set_value("mine").run()
    press(at, "data:keep")
    assert_sound(at)
    assert "Kept as mine" in said(at)
    assert load_dataset("mine").n_users > 5


def test_an_ambiguous_date_has_to_be_answered_before_reading(wizard):
    at = wizard("american-dates")
    forward = next(button for button in at.button if button.key == "data:on:1")
    assert forward.disabled
    at.radio(key="data:answer:time").set_value("%d/%m/%Y").run()
    assert not next(button for button in at.button if button.key == "data:on:1").disabled


def test_another_column_is_taken_and_what_is_read_follows(wizard):
    at = wizard("shop")
    at.selectbox(key="data:role:rating").set_value("none").run()
    at.multiselect(key="data:role:facet").set_value(["brand"]).run()
    press(at, "data:on:1")
    press(at, "data:on:2")
    press(at, "data:keep")
    assert load_dataset("shop").facets.keys() == {"brand"}


@pytest.mark.parametrize(
    ("path", "sentence"), [("/nowhere", "does not exist"), ("/dev/null", "does not exist"), ("\0", "does not exist")]
)
def test_a_path_without_data_is_a_sentence_and_the_step_stays(app, runs_folder, path, sentence):
    at = app(PAGE, part="add")
    at.text_input(key="data:path").set_value(path).run()
    press(at, "data:look")
    assert not at.exception
    assert sentence in said(at)
    assert next(button for button in at.button if button.key == "data:look")


def test_a_name_that_is_taken_is_refused_and_nothing_is_lost(wizard):
    at = wizard("shop")
    press(at, "data:on:1")
    press(at, "data:on:2")
    at.text_input(key="data:name").set_value("demo").run()
    press(at, "data:keep")
    assert "There is already a data set" in said(at)
    at.text_input(key="data:name").set_value("shop").run()
    press(at, "data:keep")
    assert "Kept as shop" in said(at)


def test_the_link_to_train_chooses_the_data_set(app, runs_folder, wizard):
    at = wizard("shop")
    press(at, "data:on:1")
    press(at, "data:on:2")
    press(at, "data:keep")
    train = app("pages/Train.py", source="shop")
    assert train.selectbox(key="train:source").value == "shop"
    assert_sound(train)
