"""Train from the page: start, watch, leave, kill the server, come back, stop, resume, open; two who press at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import expect

from explorer.config import load_config
from explorer.jobs.control import start_training, stop_training
from explorer.jobs.training import read_training
from explorer.runs import load_run
from tests.browser.conftest import ROOT, assert_whole, serve

LONG = ["sae.epochs=100000"]


@pytest.fixture
def place(tmp_path):
    """An empty folder of runs and of data; what still trains there in the end is stopped."""
    (tmp_path / "runs").mkdir()
    yield {"EXPLORER_RUNS": str(tmp_path / "runs"), "EXPLORER_DATA": str(tmp_path / "data")}
    for folder in (tmp_path / "runs").iterdir():
        if read_training(folder) is not None:
            stop_training(folder)


def runs_of(place) -> Path:
    return Path(place["EXPLORER_RUNS"])


def long_training(place, name: str = "long") -> Path:
    """A training in the background that does not end by itself, in the middle of the autoencoder."""
    folder = runs_of(place) / name
    config = load_config(settings=LONG).model_dump(mode="json")
    start_training(folder, "demo", config)
    end = time.monotonic() + 180
    while read_training(folder).status.stage != "sae":
        assert time.monotonic() < end, read_training(folder).log()
        time.sleep(0.1)
    return folder


# How often each label of a field has been on the page at once.
_COUNT_LABELS = """() => {
  window.__most = {};
  const count = () => {
    const now = {};
    for (const label of document.querySelectorAll('[data-testid=stMain] [data-testid=stWidgetLabel]')) {
      const text = label.innerText.trim();
      if (text) now[text] = (now[text] || 0) + 1;
    }
    for (const text in now) window.__most[text] = Math.max(window.__most[text] || 0, now[text]);
  };
  new MutationObserver(count).observe(document.body, {subtree: true, childList: true});
  count();
}"""
_SLOW_APP = """
import time
from explorer.ui import cache
if not hasattr(cache, "quick_sizes"):
    cache.quick_sizes = cache.dataset_sizes
cache.dataset_sizes = lambda *args: (time.sleep(1), cache.quick_sizes(*args))[1]
from explorer.ui.frame import start
start()
"""
"""The app with a data set whose reading takes a second, which is how long what is out of date stays on the page."""


def test_a_training_is_started_watched_and_opened_and_no_field_is_ever_there_twice(place, open_page, tmp_path):
    (tmp_path / "app.py").write_text(_SLOW_APP)
    (tmp_path / "pages").symlink_to(ROOT / "pages")
    with serve(tmp_path / "app.py", place) as address:
        page = open_page(f"{address}/Train")
        page.evaluate(_COUNT_LABELS)
        page.get_by_role("button", name="Start training").click()
        page.get_by_text("demo-als-quick · training").wait_for()
        assert page.get_by_role("progressbar").count() == 1
        page.get_by_text("is ready").wait_for(timeout=180_000)
        page.settle()
        assert_whole(page)
        most = page.evaluate("window.__most")
        assert {"Name of the run", "Data set", "Preset"} <= set(most)
        assert {label: times for label, times in most.items() if times > 1} == {}
        page.get_by_test_id("stMain").get_by_role("link", name="Open it").click()
        page.get_by_role("heading", name="What has this recommender learned?").wait_for()
        page.settle()
        chosen = page.get_by_test_id("stSidebar").get_by_role("combobox").last.input_value()
        assert chosen == "demo-als-quick"
        assert_whole(page)
    run = load_run(runs_of(place) / "demo-als-quick")
    assert (run.config.sae.dictionary_rounds, run.config.sae.epochs) == (3, 1)
    assert read_training(run.path).status.state == "done"


def test_a_killed_server_leaves_the_training_alone_and_a_new_one_finds_stops_and_resumes_it(place, open_page):
    folder = long_training(place)
    environment = {**os.environ, **place}
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", "0"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    time.sleep(2)
    server.send_signal(signal.SIGKILL)
    server.wait()
    assert read_training(folder).state == "running"
    with serve(ROOT / "app.py", place) as address:
        page = open_until(open_page, f"{address}/Train", "long · training")
        page.get_by_text("Losses").wait_for()
        page.reload()
        page.get_by_text("long · training").wait_for()
        page.get_by_role("link", name="Runs").first.click()
        page.get_by_role("heading", name="Runs").wait_for()
        page.get_by_role("link", name="Train").first.click()
        page.get_by_text("long · training").wait_for()
        page.get_by_role("button", name="Stop").click()
        page.get_by_text("long · stopped").wait_for()
        assert read_training(folder).state == "stopped"
        stopped_at = read_training(folder).status.stage_done
        page.get_by_role("button", name="Resume").click()
        page.get_by_text("long · training").wait_for()
        end = time.monotonic() + 60
        while read_training(folder).status.stage_done <= stopped_at:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0


def open_until(open_page, address: str, text: str):
    """A page with a running training is never idle, so it is waited for by what it shows."""
    page = open_page(address, idle=False)
    page.get_by_text(text).wait_for()
    return page


def test_two_sessions_that_press_start_at_once_get_one_training(place, open_page):
    with serve(ROOT / "app.py", place) as address:
        pages = [open_page(f"{address}/Train") for _ in range(2)]
        for page in pages:
            page.get_by_role("button", name="Start training").click(no_wait_after=True)
        for page in pages:
            page.get_by_text("demo-als-quick · ").wait_for()
        refusals = sum(page.get_by_text("There is already a run or a training").count() for page in pages)
        assert refusals == 1
        assert [folder.name for folder in runs_of(place).iterdir()] == ["demo-als-quick"]
        workers = [
            process
            for process in psutil.process_iter(["cmdline"])
            if str(runs_of(place) / "demo-als-quick") in (process.info["cmdline"] or [])
        ]
        assert len(workers) == 1


def test_the_pages_are_quick_during_a_training(place, open_page):
    long_training(place)
    with serve(ROOT / "app.py", place) as address:
        page = open_page(f"{address}/Steering?user=7")
        page.get_by_role("slider").first.focus()
        page.keyboard.press("Home")
        page.wait_for_function("() => location.search.includes('edits=')")
        expect(page.locator(".board .state")).to_have_text("✓ confirmed")
        assert_whole(page)
