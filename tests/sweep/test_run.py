"""A sweep trains every point once, whatever stops it; its table says what its points say."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer.cli import main
from explorer.errors import UserError
from explorer.sweep import frontier, read_grid, read_sweep, run_sweep, varied
from explorer.sweep.run import summary
from tests.helpers import everything_below, refused


def points_of(*vary: str, fixed=()):
    return read_grid(None, varied(list(vary)), list(fixed))


def files_of(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder by its name there."""
    return {str(path.relative_to(folder)): content for path, content in everything_below(folder).items()}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "sweep"


# --- what is trained


def test_each_point_is_trained_once_and_each_base_once(workshop, folder):
    points = points_of("sae.k=1,2,3", "seed=0,1", "recommender.dim=8,16", "data.test_positives=3,5")
    run_sweep("little", points, folder)
    assert workshop.points == [point.config for point in points]
    bases = [(base.seed, base.data, base.recommender) for base in workshop.bases]
    assert len(bases) == 2 * 2 * 2
    assert all(bases.count(base) == 1 for base in bases)


def test_a_row_has_the_settings_the_numbers_and_the_command(workshop, folder):
    (point,) = points_of("sae.prefix_widths=[8,16]", fixed=["seed=2", "sae.width=16"])
    (row,) = run_sweep("a b", [point], folder).table.to_dict("records")
    assert row["point"] == point.key
    assert (row["seed"], row["sae.width"], row["sae.prefix_widths"]) == (2, 16, "[8, 16]")
    assert (row["base"], row["width"], row["purity@10"]) == ("als", 16, 0.452)
    assert row["activation"] == point.config.sae.activation
    assert (row["pure_genres"], row["genres"]) == (1, 2)
    assert shlex.split(row["command"]) == [
        *("python", "-m", "explorer", "train", "--dataset", "a b", "--out", "RUN_DIR"),
        *("--set", "sae.width=16", "--set", "sae.prefix_widths=[8, 16]", "--seed", "2"),
    ]


def test_a_row_has_what_the_concepts_are_worth_and_the_same_of_every_baseline(tiny_runs):
    run = tiny_runs("als")
    row, metrics = summary(run), run.metrics
    found = metrics.concepts
    assert (row["coverage"], row["covered_lift"]) == (found.coverage.energy, found.coverage.lift)
    assert (row["named_rbo@30"], row["rbo@30"]) == (found.coverage.rbo, metrics.fidelity.rbo)
    assert row["held_out_purity@10"] == found.held_out.purity[10].mean
    assert (row["alive"], row["antipodal"]) == (found.alive, found.antipodal)
    assert (row["active_users_min"], row["active_items_p95"]) == (found.active_users.minimum, found.active_items.p95)
    baselines = metrics.baselines
    assert (row["fastica_rbo@30"], row["kmeans_held_out_ap"]) == (baselines.fastica.rbo, baselines.kmeans.held_out_ap)
    assert "permuted_rbo@30" not in row and row["permuted_held_out_ap"] == baselines.permuted.held_out_ap
    assert not {key for key, value in row.items() if isinstance(value, dict | list)}


def test_every_row_has_its_seed_also_where_none_was_given(workshop, folder):
    points = [*points_of(), *points_of("seed=1,2.0")]
    table = run_sweep("little", points, folder).table
    assert sorted(table["seed"]) == [0, 1, 2] and table["seed"].dtype == "int64"


def test_progress_says_which_point_of_how_many_and_ends_at_one(workshop, folder):
    reported = []
    run_sweep("little", points_of("sae.k=1,2"), folder, lambda stage, done, *_: reported.append((stage, done)))
    assert [done for stage, done in reported if stage == "sweep"] == [0, 0.5, 1]
    assert {"point 1/2 recommender", "point 1/2 sae", "point 2/2 sae"} <= {stage for stage, _ in reported}
    assert "point 2/2 recommender" not in {stage for stage, _ in reported}


@pytest.mark.parametrize("trained", [0, 1, 2, 5])
def test_a_stopped_sweep_resumes_with_the_remaining_points_and_ends_with_the_same_table(workshop, tmp_path, trained):
    points = points_of("sae.k=1,2,3", "recommender.dim=8,16")
    whole = run_sweep("little", points, tmp_path / "whole")
    workshop.points.clear()
    workshop.stop_at = trained
    with pytest.raises(KeyboardInterrupt):
        run_sweep("little", points, tmp_path / "stopped")
    assert len(read_sweep(tmp_path / "stopped").table) == trained
    workshop.points.clear()
    workshop.stop_at = None
    ended = run_sweep("little", points, tmp_path / "stopped")
    assert workshop.points == [point.config for point in points[trained:]]
    pd.testing.assert_frame_equal(ended.table, whole.table)
    assert files_of(ended.path) == files_of(whole.path)


def test_a_finished_sweep_trains_nothing_and_a_larger_one_only_what_is_new(workshop, folder):
    run_sweep("little", points_of("sae.k=1,2"), folder)
    workshop.points.clear(), workshop.bases.clear()
    before = files_of(folder)
    run_sweep("little", points_of("sae.k=1,2"), folder)
    assert not workshop.points and not workshop.bases
    assert files_of(folder) == before
    grown = run_sweep("little", points_of("sae.k=1,2,3"), folder)
    assert [config.sae.k for config in workshop.points] == [3]
    assert sorted(grown.table["sae.k"]) == [1, 2, 3]


def test_a_lost_table_is_written_again(workshop, folder):
    points = points_of("sae.k=1,2")
    run_sweep("little", points, folder)
    before = files_of(folder)
    (folder / "table.parquet").unlink()
    (folder / "table.csv").write_text("point\n")
    run_sweep("little", points, folder)
    assert files_of(folder) == before


# --- what fails


def test_a_point_that_fails_is_recorded_with_its_problem_and_the_others_are_trained(workshop, folder):
    workshop.bad_points = {1, 3}
    points = points_of("sae.k=1,2,3,4")
    table = run_sweep("little", points, folder).table.set_index("sae.k").sort_index()
    assert table["problem"].dropna().to_dict() == {1: "k 1 does not work.", 3: "k 3 does not work."}
    assert table["rbo@30"].dropna().index.tolist() == [2, 4]
    assert all("--set sae.k=" in command for command in table["command"])
    workshop.points.clear()
    run_sweep("little", points, folder)
    assert not workshop.points


@pytest.mark.parametrize("bad", [{8}, {16}, {32}, {8, 16}])
def test_a_base_that_cannot_be_trained_is_the_problem_of_its_points_only(workshop, folder, bad):
    workshop.bad_bases = bad
    points = points_of("recommender.dim=8,16,32", "sae.k=1,2")
    table = run_sweep("little", points, folder).table
    assert len(table) == len(points) and len(workshop.bases) == 3
    failed = table[table["recommender.dim"].isin(bad)]
    assert failed["problem"].tolist() == [f"dim {dim} does not work." for dim in failed["recommender.dim"]]
    assert table[~table["recommender.dim"].isin(bad)]["problem"].isna().all()


def test_if_no_base_can_be_trained_the_sweep_says_why_and_writes_nothing(workshop, folder):
    workshop.bad_bases = {8, 16}
    with refused("does not work"):
        run_sweep("little", points_of("recommender.dim=8,16", "sae.k=1,2"), folder)
    assert not folder.exists() and not workshop.points


def test_a_mistake_of_the_program_is_not_a_problem_of_a_point(workshop, folder, monkeypatch):
    monkeypatch.setattr("explorer.sweep.run.explain_base", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_sweep("little", points_of(), folder)
    assert files_of(folder).keys() == {"sweep.json"}


def test_an_autoencoder_that_does_not_fit_the_catalogue_is_the_problem_of_its_point_only(demo_folder, folder):
    points = points_of("sae.k=65,1", fixed=["recommender.epochs=1", "recommender.dim=4", "sae.epochs=1"])
    table = run_sweep(str(demo_folder), points, folder).table.set_index("sae.k")
    assert "k=65 is more than width=" in table.loc[65, "problem"]
    assert np.isfinite(table.loc[1, "rbo@30"])


# --- other data, other folders


@pytest.mark.parametrize("more", [(), ("sae.k=1,2,3",), ("recommender.dim=8,16",), ("data.test_positives=4",)])
def test_other_data_is_refused_before_any_training_and_nothing_is_changed(workshop, folder, more):
    points = points_of("sae.k=1,2", fixed=["recommender.dim=8"])
    run_sweep("little", points, folder)
    before = everything_below(folder)
    workshop.content = "another"
    workshop.points.clear(), workshop.bases.clear()
    with refused(str(folder), "little", "./elsewhere"):
        run_sweep("./elsewhere", [*points, *points_of(*more)], folder)
    assert everything_below(folder) == before
    assert not workshop.points and not workshop.bases


def test_data_of_another_name_are_refused_also_with_other_data_settings(workshop, folder, monkeypatch):
    run_sweep("little", points_of(), folder)
    before = everything_below(folder)
    load = workshop.load_dataset
    monkeypatch.setattr(workshop, "load_dataset", lambda *args: _renamed(load(*args)))
    with refused(str(folder), "little", "elsewhere"):
        run_sweep("elsewhere", points_of("data.min_rating=3"), folder)
    assert everything_below(folder) == before and len(workshop.points) == 1


def _renamed(dataset):
    dataset.name = "other"
    return dataset


def test_the_data_settings_may_vary(workshop, folder):
    points = points_of("data.min_rating=1,2", "seed=0,1")
    assert len(run_sweep("little", points[:2], folder).table) == 2
    assert len(run_sweep("little", points, folder).table) == 4


def test_changed_files_are_other_data(demo_folder, tiny_sweep, tiny_points, tmp_path):
    changed, sweep = tmp_path / "little", tmp_path / "sweep"
    shutil.copytree(demo_folder, changed)
    shutil.copytree(tiny_sweep.path, sweep)
    lines = (changed / "interactions.csv").read_text().splitlines(keepends=True)
    (changed / "interactions.csv").write_text("".join(lines[:-1]))
    with refused(str(sweep), str(changed), "other content"):
        run_sweep(str(changed), tiny_points, sweep)


def test_the_same_files_elsewhere_are_the_same_data(demo_folder, tiny_sweep, tiny_points, tmp_path):
    moved, sweep = tmp_path / "moved", tmp_path / "sweep"
    shutil.copytree(demo_folder, moved)
    shutil.copytree(tiny_sweep.path, sweep)
    pd.testing.assert_frame_equal(run_sweep(str(moved), tiny_points, sweep).table, tiny_sweep.table)


def test_a_folder_that_is_something_else_is_refused_and_left_as_it_is(workshop, tmp_path):
    (tmp_path / "thing").mkdir()
    (tmp_path / "thing/notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine too")
    (tmp_path / "file").chmod(0o755)
    before = everything_below(tmp_path)
    for name, words in (("thing", "is not a sweep"), ("file", "is a file"), ("file/below", "cannot be written")):
        with refused(str(tmp_path / name), words):
            run_sweep("little", points_of(), tmp_path / name)
    assert everything_below(tmp_path) == before
    assert not workshop.bases


def test_an_empty_folder_will_do(workshop, folder):
    folder.mkdir()
    assert len(run_sweep("little", points_of(), folder).table) == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 2}', '{"format": 1, "source'])
def test_a_damaged_manifest_is_refused(workshop, folder, text):
    run_sweep("little", points_of(), folder)
    (folder / "sweep.json").write_text(text)
    for act in (lambda: read_sweep(folder), lambda: run_sweep("little", points_of("sae.k=1"), folder)):
        with refused(str(folder), "start a new one"):
            act()
    assert len(workshop.points) == 1


def test_a_folder_that_is_not_a_sweep_cannot_be_read(tmp_path):
    with refused(str(tmp_path), "not a sweep"):
        read_sweep(tmp_path)


@pytest.mark.parametrize("damage", [lambda text: text[:40], lambda _: "[]", lambda _: "null", lambda _: "{}"])
def test_a_damaged_point_is_named_before_any_training_and_can_be_deleted(workshop, folder, damage):
    first, second, third = points_of("sae.k=1,2,3")
    whole = run_sweep("little", [first, second], folder)
    file = folder / "points" / f"{second.key}.json"
    file.write_text(damage(file.read_text()))
    workshop.points.clear()
    for act in (lambda: read_sweep(folder), lambda: run_sweep("little", [first, second, third], folder)):
        with refused(str(file), "damaged", "delete it"):
            act()
    assert not workshop.points
    file.unlink()
    pd.testing.assert_frame_equal(run_sweep("little", [first, second], folder).table, whole.table)


@pytest.mark.parametrize("stop", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("file", ["sweep.json", ".json", "table.parquet", "table.csv"])
def test_nothing_half_written_remains_after_a_failing_write(workshop, folder, monkeypatch, stop, file):
    sound = files_of(run_sweep("little", points_of("sae.k=1,2"), folder.parent / "sound").path)
    write = Path.write_bytes

    def fail(path, content):
        if path.name.endswith(f"{file}.new"):
            write(path, content[: len(content) // 2])
            raise stop
        return write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", fail)
        with pytest.raises((UserError, KeyboardInterrupt)) as caught:
            run_sweep("little", points_of("sae.k=1,2"), folder)
    assert not isinstance(caught.value, UserError) or "No space left on device" in str(caught.value)
    for name, content in files_of(folder).items() if folder.exists() else ():
        assert name.startswith("table") or content == sound[name]  # a table has the points there are
    run_sweep("little", points_of("sae.k=1,2"), folder)
    assert files_of(folder) == sound


# --- the table


def test_the_tables_say_the_same_as_the_points(workshop, folder):
    workshop.bad_points, workshop.impure = {3}, {2}
    sweep = run_sweep("little", points_of("sae.k=1,2,3", "sae.prefix_widths=[8,16],halves", "seed=0,1"), folder)
    rows = {row["point"]: row for row in (json.loads(f.read_text()) for f in (folder / "points").glob("*.json"))}
    assert len(rows) == 12
    csv = pd.read_csv(folder / "table.csv", float_precision="round_trip")
    for table in (pd.read_parquet(folder / "table.parquet"), csv, sweep.table):
        assert len(table) == len(rows)
        for cells in table.to_dict("records"):
            row = rows[cells["point"]]
            assert {name: value for name, value in cells.items() if not pd.isna(value)} == {
                name: value for name, value in row.items() if value is not None
            }


def test_a_setting_may_be_a_number_here_and_text_there(workshop, folder):
    points = points_of("sae.k=1,2,3")
    run_sweep("little", points, folder)
    for point, value in zip(points, (8, "halves", None), strict=True):
        file = folder / "points" / f"{point.key}.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "sae.prefix_widths": value}))
    sweep = run_sweep("little", points, folder)
    for table in (pd.read_parquet(folder / "table.parquet"), sweep.table):
        cells = table.set_index("sae.k")["sae.prefix_widths"]
        assert (cells[1], cells[2]) == ("8", "halves") and pd.isna(cells[3])
    assert set(frontier(sweep.table)["about"]) == {
        *("sae.k=1, sae.prefix_widths=8", "sae.k=2, sae.prefix_widths=halves", "sae.k=3")
    }


@pytest.mark.slow
def test_numbers_equal_those_of_train_with_the_rows_command(tiny_sweep, tiny_points, tmp_path, capsys):
    table = tiny_sweep.table.set_index("point")
    assert len(table) == 2 and table["rbo@30"].notna().all()
    row = table.loc[tiny_points[-1].key]  # the base was there already
    words = shlex.split(row["command"].replace("RUN_DIR", str(tmp_path / "run")))
    assert words[:3] == ["python", "-m", "explorer"] and main([*words[3:], "--json"]) == 0
    metrics = json.loads(capsys.readouterr().out)
    expected = {
        **{name: metrics["recommender"][f] for name, f in (("base", "kind"), ("dim", "dim"))},
        "base_ndcg@20": metrics["recommender"]["ndcg@20"],
        **{name: metrics["sae"][name] for name in ("activation", "width", "l0_items", "l0_users", "dead")},
        **{name: metrics["sae"][name] for name in ("ev_items", "ev_users")},
        **{name: metrics["fidelity"][name] for name in ("rbo@30", "kendall@30", "ndcg@20")},
        "purity@10": metrics["purity"]["10"]["mean"],
        "genres": len(metrics["purity"]["10"]["by_genre"]),
    }
    assert {name: row[name] for name in expected} == expected
    assert row["levels"] == len(metrics["sae"]["prefix_widths"]) == 2
