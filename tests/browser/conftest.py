"""The real server and a real Chromium. Every test gets a server that has seen no visitor yet if it asks for one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_SECONDS = 60
_QUIET = 250
"""Milliseconds without a change after which a page counts as idle."""

# Idle: connected, no script running, nothing stale or loading, and the page has not changed for a while.
_IDLE = """quiet => {
  if (!window.__changed) {
    window.__changed = performance.now();
    new MutationObserver(() => window.__changed = performance.now())
      .observe(document.body, {subtree: true, childList: true, characterData: true});
  }
  const app = document.querySelector('[data-testid=stApp]');
  return app && app.dataset.testScriptState === 'notRunning' && app.dataset.testConnectionState === 'CONNECTED'
    && !document.querySelector('[data-stale=true],[data-testid=stSkeleton],[data-testid=stSpinner]')
    && performance.now() - window.__changed > quiet;
}"""


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


@contextmanager
def serve(script: Path, environment: dict[str, str], folder: Path = ROOT) -> Iterator[str]:
    """A Streamlit server on a free port of this machine; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.headless", "true", "--browser.gatherUsageStats", "false"]
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, **environment})
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + _SECONDS
        while True:
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"the server for {script} did not start") from None
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield chromium
        chromium.close()


def opened(browser, address: str, theme: str = "light", idle: bool = True):
    """An address in a browser that has seen nothing yet, idle unless it never is. The page has `.settle()`, `.foreign`
    (requests elsewhere) and `.faults`."""
    page = browser.new_context(viewport={"width": 1400, "height": 1000}, color_scheme=theme).new_page()
    host = "/".join(address.split("/")[:3])
    page.foreign = []
    page.faults = []
    page.on(
        "request",
        lambda r: None if r.url.startswith((host + "/", "data:", "blob:")) else page.foreign.append(r.url),
    )
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("dialog", lambda dialog: (page.faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.settle = lambda: page.wait_for_function(_IDLE, arg=_QUIET, timeout=_SECONDS * 1000, polling=50)
    page.goto(address, wait_until="domcontentloaded")
    if idle:
        page.settle()
    return page


@pytest.fixture
def open_page(browser) -> Iterator[Callable]:
    """Open an address as `opened` does, and close it after the test."""
    pages = []

    def open_(*args, **kwargs):
        pages.append(opened(browser, *args, **kwargs))
        return pages[-1]

    yield open_
    for page in pages:
        page.context.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """The dashboard as on a fresh clone: no run, no data, only what comes with it."""
    folder = tmp_path_factory.mktemp("empty")
    environment = {"EXPLORER_RUNS": str(folder / "runs"), "EXPLORER_DATA": str(folder / "data")}
    with serve(ROOT / "app.py", environment) as started:
        yield started


def assert_whole(page) -> None:
    """No exception, no error box, nothing asked for elsewhere, no fault in the browser."""
    assert page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0
    assert page.foreign == []
    assert page.faults == []
