"""The live board in a real browser: it ranks and explains as the server does, to the last item, and hands do what they
mean."""

from __future__ import annotations

import base64
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from explorer.runs import save_run
from explorer.steering import ConceptEdit, Edit, PersonScores, explain, person_of, steer
from explorer.steering.grouping import concepts_of
from explorer.steering.knobs import choose_knobs
from explorer.steering.setting import knob_key
from explorer.ui.steering.board_data import board_buffer, knobs_with
from tests.browser.conftest import ROOT, address_says, assert_whole, eventually, serve

PHONE = {"width": 390, "height": 844}
BOARD = "globalThis[Symbol.for('explorer.board')].board"
# The real code of the component, on buffers that the page was not opened with.
_LISTS = """cases => cases.map(([buffer, edits]) => {
  const { unpack, Catalogue, Ranking, explain } = globalThis[Symbol.for('explorer.board')].code;
  const header = unpack(Uint8Array.from(atob(buffer), c => c.charCodeAt(0)));
  const ranking = new Ranking(header), { entries, gone, changes } = ranking.list(new Map(edits));
  const said = explain(header, new Catalogue(header), entries, changes);
  const sums = entries.map(entry => entry.base + entry.parts.reduce((sum, [, part]) => sum + part, 0));
  return { rows: entries.map(entry => entry.row), scores: entries.map(entry => entry.score),
    was: entries.map(entry => entry.was), sums, gone: gone.map(one => one.row), said };
})"""


@pytest.fixture(scope="module")
def page(browser, address):
    """A page with a board, whose code is asked for more than it shows."""
    from tests.browser.conftest import opened

    found = opened(browser, f"{address}/Steering?user=7")
    found.locator(".board .row").first.wait_for()
    yield found
    found.context.close()


@pytest.fixture(params=["exact", "paper"])
def mode(request):
    return request.param


def some_edits(run, scores, rng: np.random.Generator):
    """Some knobs at random values: sliders' and typed ones, neurons' and concepts'."""
    keys = [str(k) for k in rng.choice(run.index.n, rng.integers(1, 5), replace=False)]
    keys += rng.choice(sorted(concepts_of(run)), rng.integers(0, 3), replace=False).tolist()
    values = [round(float(rng.uniform(-1, 1.5)), 2) if rng.random() < 0.7 else float(rng.normal(0, 2)) for _ in keys]
    return [Edit(int(k), "set", v) if k.isdecimal() else ConceptEdit(k, v) for k, v in zip(keys, values, strict=True)]


def test_the_browser_ranks_and_explains_as_the_server_does(page, demo_run, mode):
    rng, cases, expected = np.random.default_rng(0), [], []
    for user in rng.choice(demo_run.dataset.n_users, 200, replace=False):
        scores = PersonScores(demo_run, person_of(demo_run, int(user)))
        edits = some_edits(demo_run, scores, rng)
        hide = [int(rng.integers(demo_run.index.n))] if rng.random() < 0.2 else []
        knobs = knobs_with(demo_run, scores, choose_knobs(demo_run, scores), edits)
        buffer = board_buffer(demo_run, scores, knobs, 8, mode, hide, 20)
        cases.append([base64.b64encode(buffer).decode(), [[knob_key(edit), edit.value] for edit in edits]])
        expected.append(steer(demo_run, scores, edits, mode, hide=hide))
    shown = [one for start in range(0, 200, 20) for one in page.evaluate(_LISTS, cases[start : start + 20])]
    changed = 0
    for one, lists in zip(shown, expected, strict=True):
        said = explain(demo_run, lists)
        assert one["rows"] == lists.steered["row"].tolist()
        assert one["scores"] == lists.steered["score"].tolist()
        assert one["was"] == lists.steered["recommender_rank"].tolist()
        assert one["sums"] == pytest.approx(one["scores"], abs=1e-9)
        assert one["gone"] == said.gone
        assert one["said"]["sentence"] == said.sentence
        assert one["said"]["warnings"] == said.warnings
        counts = [(facet["name"], facet["before"], facet["after"]) for facet in one["said"]["facets"]]
        assert counts == [(facet.name, facet.before, facet.after) for facet in said.facets]
        price = (said.price.kept, said.price.length, said.price.held_out_before, said.price.held_out_after)
        assert tuple(one["said"][key] for key in ("kept", "length", "heldOutBefore", "heldOutAfter")) == price
        assert one["said"]["agreement"] == pytest.approx(said.price.agreement, abs=1e-12)
        assert one["said"]["popularity"] == pytest.approx(said.popularity, abs=1e-9)
        assert [np.nan if year is None else year for year in one["said"]["year"]] == pytest.approx(
            said.year, abs=1e-9, nan_ok=True
        )
        changed += bool(said.gone)
    assert changed > 150


def titles(page) -> list[str]:
    """Of the list, as it is read from the top."""
    return page.evaluate(
        f"{BOARD}.rows.entries.map(entry => {BOARD}.rows.views.get(entry.row).box.querySelector('.words').textContent)"
    )


def shows(page, wanted: list[str]) -> None:
    """Wait until these are the titles of the list."""
    eventually(page, lambda: titles(page) == wanted)


def own_and(run, user: str, *edits) -> tuple[list[str], list[str]]:
    lists = steer(run, run.dataset.user_row(user), edits)
    return lists.recommender["title"].tolist(), lists.steered["title"].tolist()


def state(page, text: str) -> None:
    expect(page.locator(".board .state")).to_have_text(text)


def drag(page, knob: int, to: float) -> float:
    """Drag a slider to a share of its width, without letting go."""
    slider = page.locator(".board input[type=range]").nth(knob)
    box = slider.bounding_box()
    at = slider.evaluate("e => (e.value - e.min) / (e.max - e.min)")
    y, place = box["y"] + box["height"] / 2, lambda share: box["x"] + 8 + (box["width"] - 16) * share
    page.mouse.move(place(at), y)
    page.mouse.down()
    page.mouse.move(place(to), y, steps=12)
    return float(slider.input_value())


def board_at(open_page, address, query: str):
    page = open_page(f"{address}/Steering?{query}")
    page.locator(".board .row").first.wait_for()
    state(page, "✓ confirmed")
    return page


def test_the_list_follows_while_a_slider_is_dragged_and_the_server_confirms_it(address, open_page, demo_run):
    page = board_at(open_page, address, "user=7")
    own, _ = own_and(demo_run, "7")
    assert titles(page) == own
    key = page.evaluate(f"{BOARD}.header.knobs[0].key")
    before = page.evaluate(f"{BOARD}.frames")
    value = drag(page, 0, 0.1)
    expect(page.locator(".board .state")).to_have_text("live")
    lists = steer(demo_run, demo_run.dataset.user_row("7"), [Edit(int(key), "set", value)])
    assert lists.steered["title"].tolist() != own
    shows(page, lists.steered["title"].tolist())
    assert page.evaluate(f"{BOARD}.frames") - before > 1
    expect(page.locator(".board .sentence")).to_have_text(explain(demo_run, lists).sentence)
    page.mouse.up()
    state(page, "✓ confirmed")
    address_says(page, f"edits={key}:{value}")
    assert_whole(page)


def test_after_f5_and_for_a_colleague_the_list_is_the_same(address, open_page, demo_run):
    page = board_at(open_page, address, "user=7")
    page.locator(".board input.number").nth(1).fill("-0.85")
    page.keyboard.press("Enter")
    state(page, "✓ confirmed")
    address_says(page, ":-0.85")
    page.settle()
    shown, url = titles(page), page.url
    page.reload()
    page.locator(".board .row").first.wait_for()
    state(page, "✓ confirmed")
    expect(page.locator(".board input.number").nth(1)).to_have_value("-0.85")
    shows(page, shown)
    shows(board_at(open_page, address, url.partition("?")[2]), shown)


def test_everything_is_done_by_keyboard_and_can_be_undone(address, open_page, demo_run):
    page = board_at(open_page, address, "user=7")
    own, _ = own_and(demo_run, "7")
    slider = page.locator(".board input[type=range]").first
    start = slider.get_attribute("aria-valuetext")
    assert "own" in start
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator(".board .knob.changed")).to_have_count(1)
    state(page, "✓ confirmed")
    moved = titles(page)
    said = page.locator(".board .sentence").inner_text()
    assert moved != own and said in slider.get_attribute("aria-valuetext")
    assert "pushes against it" in slider.get_attribute("aria-valuetext")
    expect(page.locator(".board [role=status]")).to_contain_text(said)
    page.keyboard.press("Control+z")
    state(page, "✓ confirmed")
    shows(page, own)
    expect(slider).to_have_attribute("aria-valuetext", start)
    page.keyboard.press("Control+y")
    state(page, "✓ confirmed")
    shows(page, moved)
    page.keyboard.press("Delete")
    state(page, "✓ confirmed")
    shows(page, own)
    page.keyboard.press("End")
    page.keyboard.press("Control+z")  # while the keys may still go on
    state(page, "✓ confirmed")
    shows(page, own)
    page.locator(".board .rows").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".board .tip")).to_contain_text("Recommender's own score")
    assert_whole(page)


def test_each_concept_and_all_of_them_go_back_to_the_own_value(address, open_page, demo_run):
    page = board_at(open_page, address, "user=7")
    own, _ = own_and(demo_run, "7")
    for knob, value in ((0, "-0.5"), (1, "7.25")):
        page.locator(".board input.number").nth(knob).fill(value)
        page.keyboard.press("Enter")
        state(page, "✓ confirmed")
    keys = page.evaluate(f"{BOARD}.header.knobs.map(knob => knob.key)")
    shows(page, own_and(demo_run, "7", Edit(int(keys[0]), "set", -0.5), Edit(int(keys[1]), "set", 7.25))[1])
    expect(page.locator(".board .warning").first).to_contain_text("the strongest user of the data is at 1")
    page.locator(".board .knob .reset").first.click()
    state(page, "✓ confirmed")
    shows(page, own_and(demo_run, "7", Edit(int(keys[1]), "set", 7.25))[1])
    page.locator(".board .reset-all").click()
    state(page, "✓ confirmed")
    shows(page, own)
    expect(page.locator(".board .undo")).to_be_enabled()


def test_a_key_that_is_pressed_while_an_answer_is_on_its_way_is_not_lost(address, open_page):
    page = board_at(open_page, address, "user=7")
    key = page.evaluate(f"{BOARD}.header.knobs[0].key")
    page.evaluate(f"key => {{ const b = {BOARD}; b.turn(key, 0.55, 'key'); b.answered({{...b.answer}}); }}", key)
    address_says(page, f"{key}:0.55")
    state(page, "✓ confirmed")
    assert page.evaluate(f"[...{BOARD}.values]") == [[key, 0.55]]


def test_what_is_no_number_changes_nothing(address, open_page, demo_run):
    page = board_at(open_page, address, "user=7")
    number = page.locator(".board input.number").first
    before = number.input_value()
    number.fill("")
    page.keyboard.press("Enter")
    expect(number).to_have_value(before)
    assert page.evaluate(f"{BOARD}.values.size") == 0


def test_a_person_without_any_concept_has_a_list_all_the_same(address, open_page, demo_run):
    page = board_at(open_page, address, "user=7")
    scores = PersonScores(demo_run, person_of(demo_run, 4))
    buffer = base64.b64encode(board_buffer(demo_run, scores, [], 0, "exact", (), 20)).decode()
    page.evaluate(f"text => {BOARD}.open(Uint8Array.from(atob(text), c => c.charCodeAt(0)))", buffer)
    expect(page.locator(".board .concepts")).to_contain_text("none of them fires for this person")
    shows(page, steer(demo_run, scores).recommender["title"].tolist())
    assert_whole(page)


def test_on_a_phone_a_slider_and_the_list_are_seen_together(address, open_page):
    page = board_at(open_page, address, "user=7")
    page.set_viewport_size(PHONE)
    page.settle()
    row = page.locator(".board .row")
    page.locator(".board .concepts").evaluate("e => e.scrollIntoView()")

    def seen(part) -> bool:
        box = part.bounding_box()
        across = box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
        return across and box["y"] > 0 and box["y"] + box["height"] <= PHONE["height"]

    eventually(page, lambda: seen(page.locator(".board input[type=range]").first) and seen(row.nth(3)))
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= PHONE["width"]
    assert_whole(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_at_a_desk_sliders_price_and_list_are_seen_without_scrolling(address, open_page, theme):
    page = board_at(open_page, address, "user=7")
    for width, height in ((1280, 800), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        page.settle()
        for part in (".price .tiles", ".knob >> nth=7", ".row >> nth=9"):
            box = page.locator(f".board {part}").bounding_box()
            assert box["y"] > 0 and box["y"] + box["height"] <= height, (part, width)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width


@pytest.fixture(scope="module")
def other_runs(demo_run, tiny_runs, tmp_path_factory):
    """A server with a run whose titles are traps, and one whose score is no dot product."""
    folder = tmp_path_factory.mktemp("board")
    items = demo_run.dataset.items.copy()
    items["title"] = [
        f"<img src=x onerror=alert({i})> **{i}** " + "long " * (60 if i % 3 == 0 else 1) for i in items.index
    ]
    save_run(replace(demo_run, dataset=replace(demo_run.dataset, items=items)), folder / "runs" / "traps")
    save_run(tiny_runs("ncf"), folder / "runs" / "ncf")
    with serve(ROOT / "app.py", {"EXPLORER_RUNS": str(folder / "runs"), "EXPLORER_DATA": str(folder / "data")}) as at:
        yield at


def test_titles_stay_text(other_runs, open_page):
    page = board_at(open_page, other_runs, "run=traps&user=7")
    drag(page, 0, 0.05)
    page.mouse.up()
    state(page, "✓ confirmed")
    assert all(title.startswith("<img src=x onerror=") for title in titles(page))
    assert page.locator(".board img").count() == 0
    page.locator(".board .row").first.hover()
    expect(page.locator(".board .tip")).to_contain_text("<img src=x")
    assert_whole(page)


def test_where_the_score_is_no_sum_the_server_ranks_while_a_slider_is_dragged(other_runs, open_page, tiny_runs):
    run = tiny_runs("ncf")
    user = str(run.dataset.users["user_id"].iloc[3])
    page = open_page(f"{other_runs}/Steering?run=ncf&user={user}")
    page.locator(".board .row").first.wait_for()
    state(page, "✓ from the server")
    expect(page.locator(".board .reason")).to_contain_text("not a sum")
    key = page.evaluate(f"{BOARD}.header.knobs[0].key")
    value = drag(page, 0, 0.95)
    page.wait_for_function(f"{BOARD}.answer?.edits.length === 1 && {BOARD}.answer.edits[0][1] === {value}")
    lists = steer(run, 3, [Edit(int(key), "set", value)])
    shows(page, lists.steered["title"].tolist())
    assert "edits=" not in page.url  # not before it is let go
    page.mouse.up()
    state(page, "✓ from the server")
    address_says(page, f"edits={key}:{value}")
    expect(page.locator(".board .sentence")).to_have_text(explain(run, lists).sentence)
    assert_whole(page)
