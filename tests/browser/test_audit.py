"""The audit page by keyboard: nothing that was said or typed is lost, and nothing is overwritten unseen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from explorer.audit import AuditStore, Resolution, Review
from tests.browser.conftest import ROOT, address_says, assert_whole, eventually, serve

KEYS = {"r": "real", "p": "partly", "n": "not", "s": "skip"}


@pytest.fixture(scope="module")
def audited(tmp_path_factory, demo_run):
    """The address of a server whose database is empty, and the audit of the built-in run in it."""
    folder = tmp_path_factory.mktemp("audited")
    (folder / "runs").mkdir()
    environment = {"EXPLORER_RUNS": str(folder / "runs"), "EXPLORER_DATA": str(folder / "data")}
    with serve(ROOT / "app.py", environment) as address:
        yield f"{address}/Audit", AuditStore(demo_run, f"sqlite:///{folder / 'runs' / 'audit.sqlite'}")


@pytest.fixture
def as_reviewer(open_page):
    """Open the page as somebody whom this browser has not seen yet."""

    def open_(address: str, name: str):
        page = open_page(address)
        page.get_by_placeholder("your name").fill(name)
        page.keyboard.press("Enter")
        page.get_by_text(f"Reviewing as {name}").wait_for()
        page.settle()
        return page

    return open_


def title(page) -> str:
    return page.locator(".desk .title").inner_text()


def now_at(page, neuron: int) -> None:
    expect(page.locator(".desk .title")).to_have_text(f"Neuron {neuron}")


def verdicts(store: AuditStore, name: str) -> dict[int, str]:
    return {one.neuron: one.verdict for one in store.load().reviews if one.reviewer == name}


def test_ten_neurons_by_keyboard_are_all_stored_as_fast_as_keys_are_pressed(audited, as_reviewer):
    address, store = audited
    page = as_reviewer(address, "Ann")
    page.keyboard.press("e")
    page.keyboard.type("Rsnp: a name of keys")
    page.keyboard.press("Enter")
    seen = []
    for key in "rpnsrpnsrp":
        seen.append((int(title(page).split()[1]), KEYS[key]))
        page.keyboard.press(key)
        expect(page.locator(".desk .title")).not_to_have_text(f"Neuron {seen[-1][0]}")
    eventually(page, lambda: verdicts(store, "Ann") == dict(seen))
    assert len(dict(seen)) == 10
    first = store.load().by(seen[0][0], "Ann")
    assert first.name == "Rsnp: a name of keys" and first.blind and 0 < first.seconds < 600
    expect(page.locator(".desk .told h3")).to_contain_text(f"Neuron {seen[-1][0]}, just judged: partly")
    expect(page.locator(".desk .left")).to_contain_text(f"10 of {len(seen) + 24} reviewed")
    page.keyboard.press("u")
    now_at(page, seen[-1][0])
    eventually(page, lambda: verdicts(store, "Ann")[seen[-1][0]] is None)
    page.settle()
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('explorer.draft')).length") <= 1
    assert_whole(page)


def test_what_is_typed_survives_a_reload_and_one_goes_on_where_one_left(audited, as_reviewer):
    address, store = audited
    page = as_reviewer(address, "Cleo")
    page.keyboard.press("r")
    page.keyboard.press("s")
    eventually(page, lambda: len(verdicts(store, "Cleo")) == 2)
    page.settle()
    here = int(title(page).split()[1])
    page.keyboard.press("o")
    page.keyboard.type("half a thou")
    page.reload()
    page.settle()
    now_at(page, here)
    note = page.locator(".desk textarea")
    expect(note).to_have_value("half a thou")
    assert len(verdicts(store, "Cleo")) == 2
    page.get_by_role("radio", name="Tests").or_(page.get_by_text("Tests", exact=True)).first.click()
    address_says(page, "view=tests")
    page.locator(".choice").first.wait_for()
    page.go_back()
    now_at(page, here)
    expect(note).to_have_value("half a thou")
    other = page.context.new_page()
    other.goto(address)
    expect(other.locator(".desk .title")).to_have_text(f"Neuron {here}")
    expect(other.locator(".desk textarea")).to_have_value("half a thou")
    other.keyboard.press("p")
    eventually(page, lambda: verdicts(store, "Cleo").get(here) == "partly")
    assert store.load().by(here, "Cleo").note == "half a thou"
    assert_whole(page)


def test_of_two_tabs_the_second_one_is_told_and_nothing_is_overwritten(audited, as_reviewer):
    address, store = audited
    one = as_reviewer(f"{address}?neuron=7", "Dan")
    other = one.context.new_page()
    other.goto(f"{address}?neuron=7")
    expect(other.locator(".desk .title")).to_have_text("Neuron 7")
    other.keyboard.press("n")
    eventually(one, lambda: verdicts(store, "Dan") == {7: "not"})
    one.keyboard.press("e")
    one.keyboard.type("Mine")
    one.keyboard.press("Enter")
    one.keyboard.press("r")
    conflict = one.locator(".desk .conflict")
    expect(conflict).to_contain_text("another tab")
    expect(conflict.locator(".theirs")).to_contain_text("not")
    expect(conflict.locator(".mine")).to_contain_text("Mine")
    assert verdicts(store, "Dan") == {7: "not"}
    one.get_by_role("button", name="Store mine").click()
    eventually(one, lambda: verdicts(store, "Dan") == {7: "real"})
    expect(conflict).to_have_count(0)
    assert [said.verdict for said in store.history(7, "Dan")] == ["not", "real"]


def test_texts_that_are_too_long_are_not_cut_and_the_verdict_waits_until_they_are_shortened(audited, as_reviewer):
    address, store = audited
    page = as_reviewer(f"{address}?neuron=11", "Ida")
    name, tags = page.locator(".desk .form input[type=text]").all()
    name.fill("ö" * 2000)
    expect(page.locator(".desk .problem")).to_contain_text("The name has 2,000 characters; it may have at most 200")
    name.press("Enter")
    page.keyboard.press("r")
    now_at(page, 11)
    expect(name).to_have_value("ö" * 2000)
    name.fill("ö" * 200)
    tags.fill("t" * 61)
    expect(page.locator(".desk .problem")).to_contain_text("A tag has 61 characters")
    tags.fill("t" * 60)
    expect(page.locator(".desk .problem")).to_have_count(0)
    tags.press("Enter")
    page.keyboard.press("r")
    eventually(page, lambda: verdicts(store, "Ida") == {11: "real"})
    assert store.load().by(11, "Ida").name == "ö" * 200


def test_a_database_that_cannot_be_used_is_said_in_words_and_gets_the_verdict_later(audited, as_reviewer):
    address, store = audited
    store.review(Review(0, "Eve", "real"))
    page = as_reviewer(f"{address}?neuron=9", "Finn")
    good = store.database.file.read_bytes()
    store.database.file.write_bytes(b"This is not a database." * 100)
    try:
        page.keyboard.press("p")
        expect(page.locator(".desk .fault")).to_contain_text("1 answer is kept in this browser")
        page.reload()
        page.get_by_text("Reviewing as Finn").wait_for()
        expect(page.locator(".desk .fault")).to_contain_text("1 answer is kept in this browser")
        assert page.locator("[data-testid=stException]").count() == 0
    finally:
        store.database.file.write_bytes(good)
    page.get_by_role("button", name="Try again").click()
    eventually(page, lambda: verdicts(store, "Finn") == {9: "partly"})
    expect(page.locator(".desk .fault")).to_be_hidden()


def test_both_tests_are_taken_by_keyboard(audited, as_reviewer):
    address, store = audited

    def taken(kind: str) -> int:
        return sum(one.kind == kind and one.reviewer == "Gil" for one in store.load().trials)

    page = as_reviewer(f"{address}?view=tests", "Gil")
    for key in "163":
        page.keyboard.press(key)
    eventually(page, lambda: taken("intruder") == 3)
    expect(page.locator(".score")).to_contain_text("Chance (the mark): 17%")
    page.get_by_text("Forward", exact=True).click()
    expect(page.locator(".ask")).to_contain_text("A neuron is called")
    for key in ("1", "3", "0", "3", "Enter"):
        page.keyboard.press(key)
    eventually(page, lambda: taken("forward") == 1)
    [trial] = [one for one in store.load().trials if one.kind == "forward"]
    assert trial.answer == (trial.items[0], trial.items[9])
    assert_whole(page)


def test_reviewers_who_differ_resolve_it_and_keep_what_they_typed(audited, as_reviewer):
    address, store = audited
    for who, verdict in (("Bob", "real"), ("Cid", "not")):
        store.review(Review(20, who, verdict, name="A long name"))
    page = as_reviewer(f"{address}?view=agreement&neuron=20", "Hal")
    page.locator(".resolve").get_by_text("Partly").click()
    page.locator(".resolve textarea").fill("We spoke")
    page.reload()
    expect(page.locator(".resolve textarea")).to_have_value("We spoke")
    store.resolve(Resolution(20, "not", reviewer="Bob"), 0)
    page.get_by_role("button", name="Store what we agree on").click()
    expect(page.locator(".desk .fault")).to_contain_text("They wrote: not")
    assert store.load().standing(20) == "not"
    page.get_by_role("button", name="Store what we agree on").click()
    eventually(page, lambda: store.load().standing(20) == "partly")
    assert store.load().resolution(20).note == "We spoke"
