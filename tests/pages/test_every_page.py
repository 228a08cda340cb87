"""What holds for each page, whichever it is."""

import pytest

from explorer.runs import find_runs
from tests.pages.conftest import PAGES

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def shown(at) -> str:
    """All text of the error and info boxes."""
    return " ".join(box.value for box in [*at.error, *at.info])


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_with_the_built_in_run_and_nothing_trained(app, page):
    at = app(page)
    assert not at.exception
    assert not at.error
    assert at.title


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_with_a_trained_run(app, run_on_shelf, page):
    at = app(page)
    assert not at.exception
    assert not at.error
    assert at.sidebar.selectbox(key="run").value == "tiny"


@pytest.mark.parametrize("page", PAGES)
def test_without_any_run_a_page_says_how_to_make_one(app, no_demo_run, page):
    at = app(page)
    assert not at.exception
    assert "Train one" in shown(at)
    assert "python -m explorer train" in at.code[0].value


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("damage", ["cut short", "future format", "no JSON"])
def test_a_damaged_run_is_named_in_a_sentence(app, run_on_shelf, page, damage):
    folder = run_on_shelf.path
    if damage == "cut short":
        weights = folder / "sae.safetensors"
        weights.write_bytes(weights.read_bytes()[:-100])
    elif damage == "future format":
        manifest = folder / "run.json"
        manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 99'))
    else:
        (folder / "run.json").write_text("{")
    at = app(page, run="tiny")
    assert not at.exception
    assert len(at.error) == 1
    assert "tiny" in at.error[0].value


@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        *((page, {"run": "no-such-run", "dataset": "<b>"}) for page in PAGES),
        *(("pages/Neurons.py", {"neuron": number}) for number in ("abc", "-1", "999999")),
        ("pages/Steering.py", {"user": "nobody"}),
    ],
)
def test_a_wrong_link_falls_back_instead_of_failing(app, page, parameters):
    at = app(page, **parameters)
    assert not at.exception
    assert not at.error


def test_a_page_with_a_fault_apologises_without_a_traceback(app, monkeypatch):
    from explorer.ui import shell

    def fail(*_):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(shell, "open_run", fail)
    at = app("pages/Neurons.py")
    assert not at.exception
    assert "ZeroDivisionError" in at.error[0].value
    assert "secret detail" not in at.error[0].value


def test_find_runs_lists_the_newest_first_and_ignores_other_folders(run_on_shelf, runs_folder):
    (runs_folder / "notes").mkdir()
    (runs_folder / ".tiny-half-written").mkdir()
    assert [entry.name for entry in find_runs(runs_folder)] == ["tiny"]
