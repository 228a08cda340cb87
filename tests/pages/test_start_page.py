"""The start page: the numbers of the run, its clear concepts, and the list of runs."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from explorer.audit import Audit, AuditStore, Review
from explorer.browse.families import families
from explorer.browse.headline import headline, popular_ndcg
from explorer.browse.overview import dictionary_parts
from explorer.browse.try_it import try_it
from explorer.runs import save_run
from explorer.runs.metrics import BASELINE_TITLES
from explorer.ui.cache import BUILT_IN
from tests.helpers import make_format_2
from tests.pages.conftest import assert_sound, tables

PAGE = "pages/Start.py"


def expander(at, words: str):
    return next((box for box in at.expander if words in box.label), None)


@pytest.fixture
def saved(tiny_runs, runs_folder):
    return save_run(tiny_runs("als"), runs_folder / "saved")


def test_the_headline_is_in_ratios_to_what_each_number_is_compared_with(app, saved):
    at = app(run="saved")
    found = dictionary_parts(saved, Audit())
    expected = headline(saved, found, Audit(), popular_ndcg(saved))
    assert [(one.label, one.value, one.delta) for one in at.metric] == [
        (fact.label, fact.value, fact.below) for fact in expected
    ]
    assert at.subheader[0].value.startswith(f"{found.named.sum()} of 32 neurons")
    caption = next(box.value for box in at.caption if "fire for the median user" in box.value)
    concepts = saved.metrics.concepts
    assert caption.startswith(f"{concepts.active_users.p50:.0f} neurons fire")
    alive = f"{concepts.alive} of 32 neurons are alive"
    assert ("All 32 neurons are alive" if concepts.alive == 32 else alive) in caption


def test_a_run_of_format_2_says_what_it_lacks_and_shows_what_it_has(app, saved):
    make_format_2(saved.path)
    at = app(run="saved")
    assert_sound(at)
    values = {metric.label: metric.value for metric in at.metric}
    assert values["Purity above chance"] == values["Names hold"] == "–"
    assert values["Lists kept when rebuilt"] == f"{saved.metrics.fidelity.overlap:.0%}"
    [said] = [box.value for box in at.info if "older format" in box.value]
    assert f"python -m explorer evaluate {saved.path} --update" in said
    [table] = tables(expander(at, "more than chance"))
    assert "Spherical k-means" not in set(table["what"])


def test_a_dictionary_of_opposites_is_called_a_rotation(app, saved):
    manifest = json.loads((saved.path / "run.json").read_text())
    for share, warned in ((0.9, True), (0.2, False)):
        manifest["metrics"]["concepts"]["antipodal"] = share
        (saved.path / "run.json").write_text(json.dumps(manifest))
        assert any("mostly a rotation" in box.value for box in app(run="saved").warning) == warned


def test_the_numbers_of_the_baselines_stand_below_those_of_the_neurons(app, saved):
    box = expander(app(run="saved"), "more than chance")
    metrics = saved.metrics.as_json()
    [table] = tables(box)
    assert table["what"].tolist() == list(BASELINE_TITLES.values())
    for name, row in zip(BASELINE_TITLES, table.to_dict("records"), strict=True):
        measured = metrics["baselines"][name]
        assert row["directions"] == measured["directions"]
        assert row["purity@10"] == pytest.approx(100 * measured["purity"]["10"])
        assert row["held_out_purity@10"] == pytest.approx(100 * measured["held_out_purity"]["10"])
        for share in ("auc", "ap", "held_out_ap"):
            assert row[share] == pytest.approx(100 * measured[share])
        for key in ("rbo@30", "ndcg@20", "ms"):
            value = np.nan if measured[key] is None else measured[key]
            assert row[key] == pytest.approx(value, nan_ok=True)
        assert row["significant"] == f"{measured['significant']:.0%} ({measured['measured']:.0%})"
    assert table.loc[0, "purity@10"] == pytest.approx(100 * metrics["purity"]["10"]["mean"])
    alike = f"{metrics['baselines']['neurons']['ms_base_rate']:.2f}"
    assert f"Mean over all pairs of items: {alike}." in table.attrs["help"]["ms"]


def test_a_matryoshka_run_has_its_levels_as_recommenders_of_their_own(app, tiny_variants, runs_folder):
    run = save_run(tiny_variants("matryoshka"), runs_folder / "levels")
    [table] = tables(expander(app(run="levels"), "level of the dictionary"))
    assert table["width"].tolist() == [4, 8, 16, 32]
    for row, level in zip(table.to_dict("records"), run.metrics.as_json()["levels"], strict=True):
        for name in ("rbo@30", "ndcg@20", "recall@20", "l0_items", "l0_users"):
            assert row[name] == pytest.approx(level[name])
        for name in ("ev_items", "ev_users"):
            assert row[name] == pytest.approx(100 * level[name])


def test_a_flat_run_has_no_levels(app):
    assert expander(app(), "Each level") is None


def test_the_first_screen_shows_concepts_with_a_name(app):
    [drawn] = [box.proto.body for box in app().get("html") if 'class="concepts"' in box.proto.body]
    names = re.findall(r"<h4><a [^>]*>([^<]+)</a>", drawn)
    assert len(names) >= 6
    assert "unclear" not in names


def html(at, words: str) -> str:
    """The part of the page drawn by us that has these words."""
    [drawn] = [box.proto.body for box in at.get("html") if words in box.proto.body]
    return drawn


def test_the_bar_says_its_parts_in_words_and_leads_to_their_neurons(app, saved):
    drawn, parts = html(app(run="saved"), 'class="bar"'), dictionary_parts(saved, Audit()).parts
    said = re.search('aria-label="(The 32 neurons of the dictionary: [^"]+)"', drawn).group(1)
    for part in parts.values():
        n = len(part.neurons)
        assert (f"{n} {part.term.title.lower()}" in said) == (n > 0)
        assert (f"run=saved&amp;where=part%3D{part.part}" in drawn) == (n > 0)


def test_what_people_say_is_in_the_bar_in_the_sentence_and_on_the_cards(app, demo_run):
    store = AuditStore(demo_run)
    store.review(Review(5, "Ada", "real", name="Banks & <b>burglars</b> :smile:"))
    store.review(Review(6, "Ada", "not"))
    at = app()
    assert at.subheader[0].value.endswith("People have confirmed 1 of them.")
    audited = "1 of 32 named neurons confirmed by 1 person. 1 other name is rejected or disputed."
    assert any(audited in box.value for box in at.caption)
    assert at.subheader[0].value.startswith("31 of 34 neurons")
    drawn = html(at, 'class="concepts"')
    assert 'Banks &amp; &lt;b&gt;burglars&lt;/b&gt; :smile:</a> <span class="sure"' in drawn
    assert ">Musical</a>" not in drawn


def test_cards_lead_to_the_neuron_its_items_and_a_changed_list(app, demo_run):
    drawn = html(app(), 'class="concepts"')
    card = families(demo_run, Audit()).cards()[0]
    found, items = try_it(demo_run, card.member.neuron), demo_run.top_items(card.member.neuron, 4)
    for address in (
        f"Neurons?run=demo+%28built+in%29&amp;neuron={card.member.neuron}",
        *(f"Items?run=demo+%28built+in%29&amp;item={item}" for item in items["item_id"]),
        f"Steering?run=demo+%28built+in%29&amp;user={found.user_id}&amp;edits={found.neuron}%3A{found.value}",
    ):
        assert f'href="{address}' in drawn
    assert drawn.count("<article>") == 20


@pytest.mark.parametrize("variant", ["relu-no-genres", "topk-no-years"])
def test_data_without_genres_or_years_has_a_headline_and_a_gallery(app, tiny_variants, runs_folder, variant):
    run = save_run(tiny_variants(variant), runs_folder / "variant")
    at = app(run="variant")
    assert_sound(at)
    assert len(at.metric) == (4 if not run.dataset.genres and not run.index.named.any() else 5)
    assert html(at, 'class="concepts"').count("<article>") == len(families(run, Audit()).cards())


def test_a_dictionary_that_never_fires_is_said_to(app, saved, open_instead):
    neurons = saved.index.neurons.assign(named=False, max_activation=0.0, density_users=0.0, mean_users=np.nan)
    index = replace(saved.index, neurons=neurons)
    open_instead(replace(saved, index=index))
    at = app(run="saved")
    assert not at.exception
    assert "ever fires" in at.subheader[0].value
    assert any("clear meaning" in box.value for box in at.info)


def test_the_page_reads_the_index_and_encodes_nobody_but_those_to_try(app, saved, monkeypatch):
    monkeypatch.setattr("explorer.runs.run.reconstruct", lambda *_: pytest.fail("all activations were computed"))
    assert_sound(app(run="saved"))


def test_a_run_that_cannot_be_opened_leads_to_the_runs(app, saved):
    (saved.path / "run.json").write_text("{")
    at = app(run="saved")
    assert len(at.error) == 1
    assert [link.proto.label for link in at.main.get("page_link")] == ["Manage the runs"]


def test_the_sidebar_explains_its_numbers(app, saved):
    facts = app(run="saved").sidebar.caption[-1]
    assert facts.value.endswith("32 neurons") and "matching pursuit" in facts.help


def test_choosing_a_data_set_offers_only_its_runs(app, run_in_folder):
    at = app()
    at.sidebar.selectbox(key="dataset").set_value("demo").run()
    assert at.sidebar.selectbox(key="run").options == list(BUILT_IN)


def test_a_data_set_without_a_run_comes_with_the_way_to_train_one(app, demo_folder, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(demo_folder.parent))
    at = app()
    at.sidebar.selectbox(key="dataset").set_value("little").run()
    assert not at.exception
    assert [link.proto.label for link in at.main.get("page_link")] == ["Train one"]


BAD_PARTS = [("dataset", "name", [1]), ("metrics", "fidelity", None), ("metrics", "sae", {})]


@pytest.mark.parametrize("page", ["pages/Start.py", "pages/Runs.py"])
def test_a_run_with_parts_of_wrong_types_breaks_neither_the_page_nor_another_run(page, app, run_in_folder, runs_folder):
    for number, (part, name, value) in enumerate(BAD_PARTS):
        manifest = json.loads((run_in_folder.path / "run.json").read_text())
        manifest[part][name] = value
        (runs_folder / f"bad-{number}").mkdir()
        (runs_folder / f"bad-{number}" / "run.json").write_text(json.dumps(manifest))
    at = app(page, run=run_in_folder.name)
    assert_sound(at)
    if page == "pages/Runs.py":
        table = tables(at)[0].set_index("run")
        assert table.loc[run_in_folder.name, "state"] == "ready"
        assert table["problem"].str.contains("run.json is damaged", na=False).sum() == len(BAD_PARTS)
