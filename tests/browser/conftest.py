"""The real server and a real Chromium. Every test gets a server that has seen no visitor yet if it asks for one."""

from __future__ import annotations

import json
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
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_SECONDS = 60
_QUIET = 250
"""Milliseconds without a change after which a page counts as idle."""

# Counts what the page asks of the server: on a slow machine a click is long over before the page says that a script
# runs. Of a message only the first two fields are read: its kind, and how a run has ended.
_COUNTING = """({RERUN, NEW_SESSION, FINISHED, EARLY}) => {
  const asked = window.__asked = {open: false, begun: false};
  const fields = (bytes, found = new Map()) => {
    let at = 0;
    const number = () => {
      let value = 0;
      for (let shift = 1; at < bytes.length; shift *= 128) {
        const byte = bytes[at++];
        value += (byte & 127) * shift;
        if (byte < 128) break;
      }
      return value;
    };
    while (at < bytes.length) {
      const tag = number(), kind = tag & 7, value = number();
      if (kind !== 0 && kind !== 2) break;
      found.set(Math.floor(tag / 8), value);
      if (kind === 2) at += value;
    }
    return found;
  };
  window.WebSocket = class extends WebSocket {
    constructor(...address) {
      super(...address);
      Object.assign(asked, {open: false, begun: false});
      this.addEventListener("message", ({data}) => {
        if (!(data instanceof ArrayBuffer)) return;
        const got = fields(new Uint8Array(data));
        if (got.has(NEW_SESSION)) asked.begun = true;
        if (got.has(FINISHED) && asked.begun) {
          asked.begun = false;
          if (got.get(FINISHED) !== EARLY) asked.open = false;
        }
      });
    }
    send(data) {
      if (ArrayBuffer.isView(data) && fields(data).has(RERUN)) Object.assign(asked, {open: true, begun: false});
      super.send(data);
    }
  };
}"""
_NUMBERS = {
    "RERUN": BackMsg.DESCRIPTOR.fields_by_name["rerun_script"].number,
    "NEW_SESSION": ForwardMsg.DESCRIPTOR.fields_by_name["new_session"].number,
    "FINISHED": ForwardMsg.DESCRIPTOR.fields_by_name["script_finished"].number,
    "EARLY": ForwardMsg.FINISHED_EARLY_FOR_RERUN,
}

# Idle: connected, every question answered, no script running, nothing stale or loading, and no change for a while.
_IDLE = """quiet => {
  if (!window.__changed) {
    window.__changed = performance.now();
    new MutationObserver(() => window.__changed = performance.now())
      .observe(document.body, {subtree: true, childList: true, characterData: true});
  }
  const app = document.querySelector('[data-testid=stApp]');
  return app && app.dataset.testScriptState === 'notRunning' && app.dataset.testConnectionState === 'CONNECTED'
    && !window.__asked?.open
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
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=_SECONDS * 1000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield chromium
        chromium.close()


def opened(browser, address: str, theme: str = "light", idle: bool = True):
    """An address in a browser that has seen nothing yet, idle unless it never is. The page has `.settle()`, `.foreign`
    (requests elsewhere) and `.faults`."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, color_scheme=theme)
    context.set_default_timeout(_SECONDS * 1000)
    context.add_init_script(f"({_COUNTING})({json.dumps(_NUMBERS)})")
    page = context.new_page()
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


def address_says(page, text: str) -> None:
    """Wait until the query of the address, as one reads it, has a text in it."""
    page.wait_for_function("text => decodeURIComponent(location.search.replaceAll('+', ' ')).includes(text)", arg=text)


def eventually(page, check: Callable[[], bool]) -> None:
    """Wait until a check holds."""
    end = time.monotonic() + _SECONDS
    while not check():
        assert time.monotonic() < end, "it never came"
        page.wait_for_timeout(50)


def assert_whole(page) -> None:
    """No exception, no error box, nothing asked for elsewhere, no fault in the browser."""
    assert page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0
    assert page.foreign == []
    assert page.faults == []


def grave_faults(page) -> list[str]:
    """What axe-core finds on a page that is serious or critical: a line for every element, with the rule and where."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{fault['id']}: {fault['help']}: {node['target']} {node['html'][:200]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
