"""The card of a run: every number of `run.json` in words, and no data that Markdown would take for its own."""

from __future__ import annotations

import json
import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from explorer.config import load_config
from explorer.runs import read_entry, read_manifest, run_card, write_note
from explorer.runs.manifest import MANIFEST
from explorer.text import MISSING, md_escape
from tests.helpers import make_format_2, refused

DEMO_RUN = Path(__file__).parents[2] / "assets" / "demo-run"


@pytest.fixture
def change(tmp_path):
    """The card of the demo run, or of another, after its manifest was changed."""

    def card(edit=lambda manifest: None, note: str = "", folder: Path = DEMO_RUN, name: str = "demo-run") -> str:
        copied = tmp_path / name
        shutil.rmtree(copied, ignore_errors=True)
        copied.mkdir()
        manifest = json.loads((folder / MANIFEST).read_text())
        edit(manifest)
        (copied / MANIFEST).write_text(json.dumps(manifest))
        write_note(copied, note)
        return run_card(copied)

    return card


def shown(card: str) -> str:
    """What a reader sees of the text: without escapes and the invisible characters."""
    return re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", card.replace("\u2060", ""))


def row(card: str, start: str) -> list[str]:
    """The cells of the one row of a table that starts so."""
    rows = [line for line in shown(card).splitlines() if line.startswith(f"| {start} |")]
    assert len(rows) == 1, rows
    return [cell.strip() for cell in rows[0].strip("|").split("|")]


def test_the_card_of_the_demo_run_has_its_numbers():
    card, manifest = run_card(DEMO_RUN), read_manifest(DEMO_RUN)
    trained, seconds = datetime.fromisoformat(manifest.created), manifest.metrics.seconds
    assert card.startswith("# Run demo-run\n")
    assert row(card, "Users, items, interactions")[1] == "1,600, 720, 88,492"
    assert row(card, "Fingerprint of the data")[1].startswith("f76a0438")
    assert row(card, "Base model")[1] == "Implicit ALS, 32 dimensions"
    metrics = manifest.metrics
    sae, lists, model = metrics.sae, metrics.fidelity, metrics.recommender
    assert row(card, "Autoencoder")[1] == f"{sae.activation}, {sae.width} neurons"
    assert row(card, "Trained")[1] == trained.strftime("%Y-%m-%d %H:%M UTC")
    assert row(card, "Seed")[1].startswith("0 ")
    assert "torch 2.13.0+cpu" in row(card, "Versions")[1]
    assert f"training the autoencoder {seconds['sae']:.0f} s" in row(card, "Time")[1]
    assert row(card, "NDCG@20")[1:3] == [f"{model.ndcg:.3f}", f"{lists.ndcg:.3f}"]
    assert row(card, "Recall@20")[1:3] == [f"{model.recall:.3f}", f"{lists.recall:.3f}"]
    assert row(card, "RBO@30")[1] == f"{lists.rbo:.2f}"
    assert row(card, "Overlap@30")[1] == f"{lists.overlap:.0%}"
    assert row(card, "Explained variance, items / users")[1] == f"{sae.ev_items:.0%} / {sae.ev_users:.0%}"
    assert row(card, "L0, items / users")[1] == f"{sae.l0_items:.1f} / {sae.l0_users:.1f}"
    assert row(card, "Dead neurons")[1] == f"{sae.dead} of {sae.width}"
    assert row(card, "Purity@50")[1] == f"{metrics.purity[50].mean:.0%}"
    first, deep = metrics.purity[10], metrics.purity[50]
    numbers = (first.by_genre["Biography"], deep.by_genre.get("Biography"))
    shares = [MISSING if value is None else f"{value:.0%}" for value in numbers]
    expected = [str(first.neuron["Biography"]), shares[0], f"{first.base_rate['Biography']:.1%}", shares[1]]
    assert row(card, "Biography")[-4:] == expected
    found = metrics.baselines.permuted
    cells = row(card, "Neurons, facets shuffled")
    assert cells[1] == str(found.directions)
    assert cells[-4:] == [
        f"{value:.0%}" for value in (*(found.purity[k] for k in (10, 50)), found.auc, found.significant)
    ]


def test_every_genre_has_a_row():
    genres = json.loads((DEMO_RUN / MANIFEST).read_text())["metrics"]["purity"]["10"]["by_genre"]
    card = run_card(DEMO_RUN)
    for genre in genres:
        assert row(card, genre)


def test_a_folder_and_its_entry_give_the_same_card():
    assert run_card(read_entry(DEMO_RUN)) == run_card(DEMO_RUN)


def test_the_caveats_are_in_plain_words():
    card = " ".join(run_card(DEMO_RUN).split())
    for words in ("drawn at random", "Ten items are few", "share it only where the data set may be shared"):
        assert words in card


def test_every_table_has_as_many_cells_in_each_row_as_in_its_head(tiny_variants):
    cards = [run_card(DEMO_RUN), *(run_card(tiny_variants(name).path) for name in ("matryoshka", "relu-no-genres"))]
    for card in cards:
        for block in re.split(r"\n\n", card):
            lines = [line for line in block.splitlines() if line.startswith("|")]
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) <= 1, block


def test_defaults_are_not_listed_and_other_settings_are_with_what_they_mean(tiny_runs, change):
    def with_defaults(manifest):
        config = load_config().with_defaults_for(manifest["metrics"]["dataset"]["items"])
        metrics = manifest["metrics"]
        metrics["sae"]["prefix_widths"] = list(config.sae.levels)
        metrics["levels"] = [{**metrics["levels"][-1], "width": width} for width in config.sae.levels]
        manifest["config"] = config.model_dump(mode="json")

    assert "All settings are the defaults" in change(with_defaults)
    card = run_card(tiny_runs("mf").path)
    defaults = load_config().with_defaults_for(tiny_runs("mf").dataset.n_items)
    assert row(card, "sae.epochs")[1:3] == ["60", str(defaults.sae.epochs)]
    assert row(card, "sae.width")[1:] == ["32", str(defaults.sae.width), "Number of neurons, n."]
    assert "All settings are the defaults" not in card
    kinds = load_config(settings=["recommender.kind=mf"]).recommender
    assert f"learning_rate = {kinds.learning_rate:g}" in shown(card)
    assert "| recommender.kind |" not in shown(card)


def test_levels_are_listed_where_there_are_several(tiny_variants):
    assert "Each level by itself" not in run_card(DEMO_RUN)
    run = tiny_variants("matryoshka")
    card = run_card(run.path)
    assert "Each level by itself" in card and "the first 4, 8, 16, 32 neurons" in card
    for level in run.metrics.as_json()["levels"]:
        assert row(card, str(level["width"]))[3] == f"{level['ndcg@20']:.3f}"


def test_the_share_with_a_parent_is_on_the_card_once_the_hierarchy_is_kept_with_the_run(tmp_path):
    folder = tmp_path / "tree"
    shutil.copytree(DEMO_RUN.with_name("demo-tree-run"), folder)
    about = folder / "maps" / "hierarchy.json"
    said = json.loads(about.read_text())["about"]["with_parent"]
    assert "of random directions" in said and f"Hierarchy: {said}" in shown(run_card(folder))
    for other in (None, 3, "*" * 1000):
        about.write_text(json.dumps({"about": {"with_parent": other}}))
        assert "Hierarchy: " not in run_card(folder)
    about.unlink()
    assert "Hierarchy: " not in run_card(folder)


def test_a_run_without_genres_has_dashes_for_what_needs_them(tiny_variants):
    card = run_card(tiny_variants("relu-no-genres").path)
    assert "no genres" in card
    assert row(card, "Purity@10")[1] == MISSING
    assert [row(card, "Principal components")[i] for i in (2, 3, 6, 7, 8, 9)] == [MISSING] * 6
    assert row(card, "Held-out purity@10")[1] == row(card, "Held-out AP")[1] == MISSING
    assert "There is no held-out purity or average precision" in card


def without_measures(manifest: dict) -> None:
    """As if nothing could have been measured."""
    for part in ("recommender", "sae", "fidelity"):
        numbers = manifest["metrics"][part]
        numbers.update({name: None for name, value in numbers.items() if isinstance(value, float)})
    for purity in manifest["metrics"]["purity"].values():
        purity.update(mean=None, by_genre={}, base_rate={}, neuron={})
    manifest["metrics"]["popularity"] = {"neuron": None, "mean_percentile": None}


def test_what_is_missing_is_a_dash(change):
    card = change(without_measures)
    assert row(card, "NDCG@20")[1:3] == [MISSING, MISSING]
    assert row(card, "RBO@30")[1] == MISSING
    assert not re.search(r"\b(None|nan)\b", card.replace("None: no genres", ""))


# --- text of others


NASTY = "*a* _b_ `c` [d](http://e) <script>f</script> | g # $h$ ~~i~~ &amp; \\"


def test_text_of_the_data_is_shown_verbatim(change):
    def edit(manifest):
        manifest["dataset"]["name"] = NASTY
        manifest["dataset"]["notes"] = [NASTY]
        for part in ("by_genre", "base_rate", "neuron"):
            manifest["metrics"]["purity"]["10"][part][NASTY] = 1
        manifest["versions"] = {NASTY: "1"}

    card = change(edit, note=NASTY)
    assert card.count(md_escape(NASTY)) == 6
    rest = card.replace(md_escape(NASTY), "")
    assert "script" not in rest and "http" not in rest
    assert shown(md_escape(NASTY)) == NASTY


def test_signs_of_markdown_are_escaped():
    for sign in r"\`*_[]<>#|~$&":
        assert md_escape(f"a{sign}b") == f"a\\{sign}b"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("- no list", "\\- no list"),
        ("+ no list", "\\+ no list"),
        ("=== no heading", "\\="),
        ("1984. no list", "1984\\. no list"),
        ("7) no list", "7\\) no list"),
        (":smile: :red[x]", ":\u2060smile:\u2060"),
        ("www.example.org", "www\u2060."),
        ("https://example.org", "https:\u2060//"),
        ("a@b.org", "a@\u2060b"),
        ("a--b", "-\u2060-"),
        ("two\nlines", "two lines"),
    ],
)
def test_what_markdown_makes_something_else_of_is_stopped(text, written):
    assert md_escape(text).startswith(written) or written in md_escape(text)
    assert shown(md_escape(text)) == " ".join(text.split())


@pytest.mark.parametrize("text", ["0.005", "2.13.0+cpu", "concept-explorer", "Amélie (2001)", "3.5 of 5"])
def test_ordinary_text_stays_as_it_is(text):
    assert md_escape(text) == text


def test_a_note_keeps_its_lines_and_paragraphs(change):
    card = change(note="one\n    two\n\n\n# three\n> four")
    assert "## Note\n\n> one\\\n> two\n>\n> \\# three\\\n> \\> four\n\n## What" in card


def test_a_run_without_a_note_has_no_section_for_it():
    assert "## Note" not in run_card(DEMO_RUN)


# --- refusals


def test_a_folder_that_is_not_a_run_has_no_card(tmp_path):
    with refused(str(tmp_path), "not a run"):
        run_card(tmp_path)


def test_settings_that_are_not_known_are_told(change):
    with refused("demo-run", "config.unknown", "train"):
        change(lambda manifest: manifest["config"].update(unknown=1))


def test_a_note_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / MANIFEST).write_text((DEMO_RUN / MANIFEST).read_text())
    (tmp_path / "note.txt").write_bytes(b"\xff")
    with refused("note.txt", "UTF-8"):
        run_card(tmp_path)


def test_what_the_concepts_are_worth_comes_first_with_their_spread_and_the_baselines(tiny_runs):
    run = tiny_runs("als")
    card, found = shown(run_card(run.path)), run.metrics.concepts
    assert card.index("How much it explains") < card.index("How well it recommends")
    assert row(card, "Coverage")[1] == f"{found.coverage.energy:.0%}"
    halves = found.held_out.purity[10]
    assert row(card, "Held-out purity@10")[1] == f"{halves.mean:.0%} ± {halves.sd:.0%}"
    per_user = found.active_users
    assert row(card, "Neurons per user")[1] == " · ".join(
        f"{value:.0f}" for value in (per_user.minimum, per_user.p5, per_user.p50, per_user.p95)
    )
    genre = max(run.metrics.purity[10].by_genre)
    of_genre = (halves.by_genre[genre], found.held_out.ap.by_genre[genre])
    assert row(card, genre)[1:3] == [f"{value:.0%}" for value in of_genre]
    fastica = run.metrics.baselines.fastica
    cells = row(card, "FastICA")
    assert cells[1:6] == [
        f"{fastica.directions}",
        f"{fastica.held_out_purity[10]:.0%}",
        f"{fastica.held_out_ap:.0%}",
        f"{fastica.rbo:.2f}",
        f"{fastica.ndcg:.3f}",
    ]


def test_a_run_of_format_2_says_that_it_lacks_measures_and_how_to_add_them(tiny_runs, tmp_path):
    folder = make_format_2(shutil.copytree(tiny_runs("als").path, tmp_path / "old"))
    card = shown(run_card(folder))
    assert "This run is of an older format" in card
    assert "python -m explorer evaluate RUN_DIR --update" in card
    assert "Held-out" not in card.replace("held-out purity", "").split("How well it recommends")[1].split("careful")[0]


def test_a_dictionary_of_opposites_is_called_a_rotation(tiny_runs, change):
    def most(share):
        return lambda manifest: manifest["metrics"]["concepts"].update(antipodal=share)

    folder = tiny_runs("als").path
    assert "mostly a rotation of the embeddings" in change(most(0.51), folder=folder)
    for share in (0.5, None):
        assert "This dictionary is mostly" not in change(most(share), folder=folder)
