"""The steering page: the board gets what it needs to rank, and the lists that `steer` makes."""

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from explorer.data import Dataset
from explorer.data.nouns import ARTISTS
from explorer.runs import save_run
from explorer.steering import ConceptEdit, Edit, concepts_of, steer
from explorer.steering.export import export_json
from explorer.steering.setting import Setting, fingerprint, parameters_of_setting
from explorer.ui import cache
from explorer.ui.steering.board import MAX_SLIDERS
from explorer.ui.steering.board_data import unpack
from tests.helpers import opaque

pytestmark = pytest.mark.slow

PAGE = "pages/Steering.py"


@pytest.fixture
def page(app):
    return app(PAGE, user="7")


def components(at, name: str):
    return [one.proto for one in at.get("bidi_component") if one.proto.component_name == name]


def buffer(at) -> dict:
    """The header of what the board gets."""
    (proto,) = components(at, "explorer_board")
    return unpack(proto.bytes)[0]


def answer(at) -> dict:
    """The server's own result, as the board gets it."""
    (proto,) = components(at, "explorer_board_answer")
    return json.loads(proto.json or proto.mixed.json)


def test_without_a_change_the_steered_list_is_the_recommenders(page, demo_run):
    own = steer(demo_run, demo_run.dataset.user_row(7)).recommender
    assert answer(page)["rows"] == own["row"].tolist()
    assert answer(page)["ranks"] == list(range(1, 21)) and answer(page)["gone"] == []
    assert answer(page)["board"] == buffer(page)["id"]


def test_the_edits_of_the_address_are_those_of_the_list(app, demo_run):
    neuron = int(buffer(app(PAGE, user="7"))["knobs"][0]["key"])
    at = app(PAGE, user="7", edits=f"{neuron}:-0.5")
    lists = steer(demo_run, demo_run.dataset.user_row(7), [Edit(neuron, "set", -0.5)])
    assert answer(at)["edits"] == [[str(neuron), -0.5]]
    assert answer(at)["rows"] == lists.steered["row"].tolist() != lists.recommender["row"].tolist()


def test_a_changed_neuron_gets_a_slider_after_those_that_are_offered(app):
    shown = [knob["key"] for knob in buffer(app(PAGE, user="7"))["knobs"]]
    others = [str(neuron) for neuron in range(64) if str(neuron) not in shown][:6]
    at = app(PAGE, user="7", edits=",".join(f"{other}:0.7" for other in others))
    knobs = buffer(at)["knobs"]
    assert [knob["key"] for knob in knobs] == [*shown, *others]
    assert [knob["shown"] for knob in knobs] == [True] * MAX_SLIDERS + [False] * (len(knobs) - MAX_SLIDERS)


def test_paper_mode_shows_a_list_that_differs_before_any_change(page, demo_run):
    page.segmented_control(key="mode").set_value("paper").run()
    expected = steer(demo_run, demo_run.dataset.user_row(7), [], "paper")
    assert answer(page)["rows"] == expected.reconstruction["row"].tolist() != expected.recommender["row"].tolist()


def test_another_user_has_a_list_of_its_own(page):
    before = answer(page)["rows"]
    page.selectbox(key="user").set_value("8").run()
    assert answer(page)["rows"] != before
    assert page.query_params["user"] in ("8", ["8"])


def test_a_link_to_a_user_who_is_not_there_says_so_and_shows_another(app):
    at = app(PAGE, user="nobody")
    assert "no user “nobody”" in at.warning[0].value and "Shown instead: user" in at.warning[0].value
    at.selectbox(key="user").set_value("8").run()
    assert not at.warning


def test_a_model_without_a_dot_product_is_ranked_by_the_server(app, demo_run, open_instead):
    open_instead(opaque(demo_run))
    at = app(PAGE, user="7")
    assert not buffer(at)["linear"] and len(answer(at)["rows"]) == 20


def test_the_board_speaks_of_what_the_data_set_has(app, demo_run, open_instead):
    dataset = replace(demo_run.dataset, nouns=ARTISTS)
    open_instead(replace(demo_run, dataset=dataset))
    assert buffer(app(PAGE, user="7"))["nouns"]["items"] == "artists"


def link(at) -> dict[str, str]:
    """The parameters of the link that is copied."""
    (proto,) = components(at, "explorer_copy_link")
    search = json.loads(proto.json or proto.mixed.json)["search"]
    return {name: values[0] for name, values in parse_qs(urlsplit(search).query).items()}


def test_the_link_that_is_copied_says_run_user_and_the_whole_setting(app, demo_run):
    concept = next(iter(concepts_of(demo_run)))
    setting = Setting(edits=(Edit(3, "set", 0.7), ConceptEdit(concept, -0.1)), mode="paper", pins=("4",), top=9)
    said = {name: text for name, text in parameters_of_setting(demo_run, setting).items() if text}
    at = app(PAGE, **said)  # neither run nor user: the first of each
    copied = link(at)
    assert copied == {"run": cache.DEMO_NAME, "user": str(demo_run.dataset.users["user_id"].iloc[0]), **said}
    again = app(PAGE, **copied)
    assert not again.warning and answer(again) == answer(at)
    assert len(answer(at)["rows"]) == 9


def test_a_setting_stays_when_another_person_is_shown_and_every_run_has_its_own(app, demo_run):
    at = app(PAGE, user="7", edits="3:0.7")
    at.selectbox(key="user").set_value("8").run()
    assert answer(at)["edits"] == [["3", 0.7]]
    at.selectbox(key="run").set_value(cache.TREE_NAME).run()
    assert answer(at)["edits"] == []
    at.selectbox(key="run").set_value(cache.DEMO_NAME).run()
    assert answer(at)["edits"] == [["3", 0.7]]


def warned(at) -> str:
    """What the page says in warnings, without what keeps Markdown from reading it."""
    return " ".join(box.value for box in at.warning).replace("\u2060", "").replace("\\", "")


BAD = {
    "edits=17": "“17” is not a change",
    "edits=3:nan": "nan",
    "edits=3:-inf": "inf",
    "edits=3:1e308": "1e+308",
    "edits=3:-1e308": "-1e+308",
    "edits=900:1": "no neuron 900",
    "edits=Nothing:1": "no concept “Nothing”",
    "edits=<img src=x onerror=alert(1)>:1": "no concept",
    "edits=3:1,3:2": "more than once",
    "mode=magic": "magic",
    "hide=900": "no neuron 900",
    "pins=900": "no neuron 900",
    "sliders=all": "all",
    "top=0": "1 to 200 places",
    "top=nan": "1 to 200 places",
    "view=nothing": "nothing",
    "of=00000000": None,
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_address_is_said_and_changes_nothing_else(app, bad):
    name, _, text = bad.partition("=")
    at = app(PAGE, user="7", **{name: text})
    assert not at.exception and not at.error
    if BAD[bad] is None:  # of nothing that depends on a run
        assert not at.warning
        return
    assert "left out" in warned(at) and BAD[bad] in warned(at)
    assert "<img" not in at.warning[0].value.replace("\\<", "")
    assert answer(at)["edits"] == ([["3", 2.0]] if text == "3:1,3:2" else [])
    assert len(answer(at)["rows"]) == 20
    at.segmented_control(key="mode").set_value("paper").run()
    assert not at.warning  # it was said until something was changed


def test_the_good_part_of_a_link_is_followed(app):
    at = app(PAGE, user="7", edits="3:0.5,900:1,17:oops,4:-1")
    assert answer(at)["edits"] == [["3", 0.5], ["4", -1.0]]
    assert "no neuron 900" in warned(at) and "17:oops" in warned(at)


def test_a_link_of_another_run_of_the_same_name_changes_nothing_and_says_so(app, demo_run):
    at = app(PAGE, user="7", edits="3:0.5", hide="2", of="00000000")
    assert answer(at)["edits"] == []
    assert "made on another run" in warned(at) and "3:0.5" in warned(at)
    assert not app(PAGE, user="7", edits="3:0.5", hide="2", of=fingerprint(demo_run)).warning


def test_a_link_of_a_run_that_is_not_here_changes_nothing_and_says_so(app):
    at = app(PAGE, run="their-run", user="7", edits="3:0.5")
    assert "no run “their-run”" in warned(at)
    assert "3:0.5" in warned(at) and answer(at)["edits"] == []


def with_history(run, user: int, items) -> object:
    """The run in which a user (row number) has had exactly these items."""
    data: Dataset = run.dataset
    others = data.interactions[data.interactions["user"] != user]
    own = data.interactions.iloc[:1].loc[[data.interactions.index[0]] * len(items)] if len(items) else others.iloc[:0]
    own = own.assign(user=np.int32(user), item=np.array(items, np.int32), part=np.int8(0))
    together = type(others)(np.concatenate([others.to_numpy(), own.to_numpy()]), columns=others.columns)
    return replace(run, dataset=replace(data, interactions=together.astype(others.dtypes)))


@pytest.mark.parametrize("seen", ["nothing", "everything", "all but three"])
def test_somebody_without_a_history_or_with_hardly_anything_left_has_a_page(app, demo_run, open_instead, seen):
    n = demo_run.dataset.n_items
    items = range({"nothing": 0, "everything": n, "all but three": n - 3}[seen])
    user = demo_run.dataset.user_row(7)
    open_instead(with_history(demo_run, user, list(items)))
    at = app(PAGE, user="7", edits="3:0.5")
    assert not at.exception and not at.error
    assert len(answer(at)["rows"]) == {"nothing": 20, "everything": 0, "all but three": 3}[seen]


def test_a_catalogue_shorter_than_the_list_has_a_page(app, tiny_runs, runs_folder):
    run = save_run(tiny_runs("als"), runs_folder / "short")
    at = app(PAGE, run="short", top="200", edits="3:0.5")
    user = at.selectbox(key="user").value
    assert len(answer(at)["rows"]) == run.dataset.n_items - len(run.dataset.history(run.dataset.user_row(user)))


def test_a_file_is_opened_for_whoever_is_shown_and_a_foreign_one_is_refused(app, demo_run):
    at = app(PAGE, user="7")
    lists = steer(demo_run, demo_run.dataset.user_row(8), [Edit(3, "set", 0.7)], "paper")
    setting = Setting(edits=(Edit(3, "set", 0.7),), mode="paper")
    content = export_json(demo_run, lists, setting)
    at.file_uploader(key="steering:upload").set_value(("mine.json", content, "application/json")).run()
    assert answer(at)["edits"] == [["3", 0.7]]
    expected = steer(demo_run, demo_run.dataset.user_row(7), setting.edits, "paper")
    assert answer(at)["rows"] == expected.steered["row"].tolist()
    for foreign in (b"{", b"[]", b"\x00\xff", content.replace(fingerprint(demo_run).encode(), b"00000000")):
        at.file_uploader(key="steering:upload").set_value(("bad.json", foreign, "application/json")).run()
        assert "not opened" in warned(at) and "bad.json" in warned(at)
        assert answer(at)["edits"] == [["3", 0.7]]


def test_what_is_exported_is_what_is_shown(app, demo_run):
    at = app(PAGE, user="7", edits="3:0.7", mode="paper")
    commands = [block.value for block in at.code]
    assert any("--set 3=0.7 --mode paper" in command for command in commands)
    assert any("Edit(3, 'set', 0.7)" in command for command in commands)
    assert any(" embeddings " in command and "--mode paper" in command for command in commands)


def test_embeddings_are_offered_for_a_rule_and_a_bad_one_is_said(app, demo_run):
    at = app(PAGE, user="7")
    at.text_input(key="export:rule").set_value("history >= 1").run()
    assert any("--users 'history >= 1'" in block.value for block in at.code)
    at.text_input(key="export:rule").set_value("nonsense").run()
    assert "nonsense" in at.error[0].value
