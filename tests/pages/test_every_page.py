"""What holds for each page, whichever it is."""

import pytest

from explorer.runs import find_runs, save_run
from explorer.runs.manifest import FORMAT
from explorer.storage.files import TRAINING
from tests.conftest import VARIANTS
from tests.pages.conftest import PAGES, RUN_PAGES, TABS, assert_sound, open_tab, tables

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

_OTHERS = [*(name for name in VARIANTS if name != "relu-no-genres"), "ncf"]


def shown(at) -> str:
    """All text of the error and info boxes."""
    return " ".join(box.value for box in [*at.error, *at.info])


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_with_the_built_in_run_and_nothing_trained(app, page):
    at = app(page)
    assert_sound(at)
    assert at.title


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["relu-no-genres", *(pytest.param(name, marks=pytest.mark.slow) for name in _OTHERS)])
def test_a_page_opens_in_all_its_parts_whatever_was_trained(app, runs_folder, tiny_runs, tiny_variants, name, page):
    """With every activation, with and without a hierarchy, genres, years, and a score that is a dot product."""
    save_run(tiny_variants(name) if name in VARIANTS else tiny_runs(name), runs_folder / "this")
    at = app(page, run="this")
    assert at.sidebar.selectbox(key="run").value == "this"
    assert_sound(at)
    for tab in TABS[page][1] if page in TABS else ():
        assert_sound(open_tab(at, tab))
        shown = next((shown for shown in at.tabs if shown.label == tab), None)
        if shown is None:
            continue  # a flat dictionary has no levels to show
        assert tables(shown) or shown.get("bidi_component") or shown.get("plotly_chart") or shown.info or shown.caption


@pytest.mark.parametrize("page", [*RUN_PAGES, "pages/Runs.py"])
def test_without_any_run_a_page_says_how_to_make_one(app, no_demo_run, page):
    at = app(page)
    assert not at.exception
    assert "Train one" in shown(at)
    assert [link.proto.label for link in at.main.get("page_link")] == ["Train one"]


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=() if "Neurons" in page else pytest.mark.slow) for page in RUN_PAGES]
)
@pytest.mark.parametrize("damage", ["cut short", "future format", "no JSON"])
def test_a_damaged_run_is_named_in_a_sentence(app, run_in_folder, page, damage):
    folder = run_in_folder.path
    if damage == "cut short":
        weights = folder / "sae.safetensors"
        weights.write_bytes(weights.read_bytes()[:-100])
    elif damage == "future format":
        manifest = folder / "run.json"
        manifest.write_text(manifest.read_text().replace(f'"format": {FORMAT}', '"format": 99'))
    else:
        (folder / "run.json").write_text("{")
    at = app(page, run="tiny")
    assert not at.exception
    assert len(at.error) == 1
    assert "tiny" in at.error[0].value


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(
            page, marks=() if page in ("pages/Audit.py", "pages/Neurons.py", "pages/Runs.py") else pytest.mark.slow
        )
        for page in (*RUN_PAGES, "pages/Runs.py")
    ],
)
def test_without_the_audit_s_database_a_page_says_so_and_shows_the_rest(app, run_in_folder, runs_folder, page):
    (runs_folder / "audit.sqlite").write_bytes(b"no database" * 1000)
    at = app(page, run="tiny")
    assert_sound(at)
    assert "is not an SQLite database" in " ".join(box.value for box in at.warning)


@pytest.mark.parametrize(
    ("page", "parameters", "asked"),
    [
        ("pages/Start.py", {"run": "no-such-run", "dataset": "<b>"}, "no"),
        ("pages/Neurons.py", {"neuron": "999999"}, "999999"),
        *(
            pytest.param(page, {"run": "![x](http://host/)"}, "host", marks=pytest.mark.slow)
            for page in (*RUN_PAGES, "pages/Runs.py")
        ),
    ],
)
def test_a_wrong_link_says_what_is_not_there_and_shows_something_else(app, page, parameters, asked):
    at = app(page, **parameters)
    assert not at.exception
    assert not at.error
    said = " ".join(box.value for box in at.warning)
    assert asked in said and "Shown instead" in said
    assert "![x](" not in said


def test_a_link_to_a_training_that_is_not_done_leads_to_it(app, runs_folder):
    place = runs_folder / "waiting" / TRAINING
    place.mkdir(parents=True)
    (place / "status.json").write_text('{"state": "stopped", "done": 0.5}')
    at = app("pages/Neurons.py", run="waiting")
    assert not at.exception and not at.error
    assert "waiting" in at.info[0].value
    [link] = at.main.get("page_link")
    assert "training=waiting" in link.proto.query_string


def test_a_page_with_a_fault_apologises_without_a_traceback(app, monkeypatch):
    from explorer.ui import run_picker

    def fail(*_):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(run_picker, "open_run", fail)
    at = app("pages/Neurons.py")
    assert not at.exception
    assert "ZeroDivisionError" in at.error[0].value
    assert "secret detail" not in at.error[0].value


def test_find_runs_lists_the_newest_first_and_ignores_other_folders(run_in_folder, runs_folder):
    (runs_folder / "notes").mkdir()
    (runs_folder / ".tiny-half-written").mkdir()
    assert [entry.name for entry in find_runs(runs_folder)] == ["tiny"]
