"""A name that a person gives a neuron stands in place of the proposed one, everywhere."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from explorer.audit import AuditStore, Resolution, Review, open_run
from explorer.cli import main
from explorer.maps import describe_points, make_map
from explorer.maps.clusters import cluster_labels
from explorer.people.profile import profile
from explorer.runs import load_run
from explorer.steering import ConceptEdit, concepts_of, person_of, reasons, search_knobs, steer
from explorer.steering.export import export_python
from explorer.steering.knobs import knob_label
from explorer.steering.setting import Setting

DEMO = Path(__file__).parents[2] / "assets" / "demo-run"
OWN = "Nächtliche Straßen"


@pytest.fixture
def store(tmp_path, monkeypatch) -> AuditStore:
    """An audit of a copy of the built-in run, with a database of its own."""
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    return AuditStore(load_run(shutil.copytree(DEMO, tmp_path / "demo")))


@pytest.fixture
def neuron(store) -> int:
    """A neuron that people have named; it fires on users."""
    chosen = int(store.run.index.neurons["density_users"].argmax())
    store.review(Review(chosen, "Ann", "real", name=OWN))
    return chosen


def test_opened_again_the_run_has_the_name_and_remembers_the_proposed_one(store, neuron):
    before, now = store.run, open_run(store.run.path)
    assert now.index.neurons["label"].iloc[neuron] == OWN
    assert now.proposed == {neuron: before.index.neurons["label"].iloc[neuron]}
    others = np.arange(before.index.n) != neuron
    assert now.index.neurons["label"][others].tolist() == before.index.neurons["label"][others].tolist()
    assert now.index.neurons["label"].dtype == before.index.neurons["label"].dtype


def test_the_codes_are_computed_once_for_both(store, neuron):
    run = store.run
    assert run.called({neuron: OWN}).reconstruction is run.reconstruction


def test_the_name_is_on_sliders_in_profiles_reasons_and_on_the_map(store, neuron):
    run = open_run(store.run.path)
    assert knob_label(run, str(neuron)) == f"{neuron} · {OWN}"
    assert str(neuron) in {found.key for found in search_knobs(run, OWN.upper())}
    user = int(run.reconstruction.user_activations[:, neuron].argmax())
    assert OWN in set(profile(run, person_of(run, user)).concepts["label"])
    assert f"{neuron} · {OWN}" in reasons(run, user, np.arange(run.dataset.n_items))
    drawn = make_map(run, "neurons", "pca", 0)
    assert describe_points(run, drawn.table)["name"].iloc[neuron] == f"Neuron {neuron}: {OWN}"


def test_groups_on_the_map_are_called_by_the_own_names(store, neuron):
    run = open_run(store.run.path)
    table = make_map(run, "neurons", "pca", 0).table
    everything = run.called(dict.fromkeys(range(run.index.n), OWN))
    assert not cluster_labels(store.run, table)["name"].str.startswith(OWN).any()
    assert {name.partition(": like ")[0] for name in cluster_labels(everything, table)["name"]} == {OWN}


def test_the_name_is_what_commands_print(store, neuron, capsys):
    folder = str(store.run.path)
    assert main(["neurons", folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["neurons"][neuron]["label"] == OWN
    user = str(store.run.dataset.users["user_id"].iloc[0])
    assert main(["steer", folder, "--user", user, "--set", f"{neuron}=1", "--json"]) == 0
    assert OWN in capsys.readouterr().out


def test_a_neuron_of_popularity_stays_one_whatever_people_call_it(store):
    run = store.run
    popular = [k for k in range(run.index.n) if run.proposed_name(k).startswith(("Popular", "Little known"))]
    renamed = run.called(dict.fromkeys(popular, OWN))
    assert set(concepts_of(run)) - set(concepts_of(renamed)) <= {"Popular", "Little known"}
    assert {k for one in concepts_of(renamed).values() for k in one.neurons} >= {
        k for one in concepts_of(run).values() for k in one.neurons
    }


def test_a_name_taken_back_or_of_a_neuron_that_stands_for_nothing_is_not_used(store, neuron):
    store.review(Review(neuron, "Ann", "not", name=OWN))
    assert open_run(store.run.path).proposed == {}
    store.undo(neuron, "Ann")
    assert neuron in open_run(store.run.path).proposed
    store.undo(neuron, "Ann")
    assert open_run(store.run.path).proposed == {}


def test_of_several_names_the_latest_is_used_until_people_agree_on_one(store, neuron):
    store.review(Review(neuron, "Bob", "real", name="Later"))
    assert store.load().own_names()[neuron] == "Later"
    store.resolve(Resolution(neuron, "real", OWN, reviewer="Bob"))
    assert store.load().own_names()[neuron] == OWN


def test_exported_python_lines_know_concepts_by_the_names_people_gave(store, capsys):
    index = store.run.index
    for neuron in np.flatnonzero(index.named & (index.neurons["density_users"] > 0.1))[:2]:
        store.review(Review(neuron, "Ann", "real", name=OWN))
    run = open_run(store.run.path)
    setting = Setting((ConceptEdit(OWN, 1.0),))
    exec(compile(export_python(run, person_of(run, 0), setting), "lines", "exec"), {})
    expected = steer(run, 0, setting.edits).steered["title"].iloc[0]
    assert expected in capsys.readouterr().out


def test_without_its_database_a_run_is_opened_with_the_proposed_names_and_a_warning(store, neuron, caplog):
    (store.run.path.parent / "audit.sqlite").write_bytes(b"no database" * 1000)
    run = open_run(store.run.path)
    assert run.index.neurons["label"].equals(store.run.index.neurons["label"])
    assert "is not an SQLite database" in caplog.text and "proposed names" in caplog.text


def test_neurons_that_people_call_the_same_are_one_concept_also_where_no_proposed_name_held(store):
    run = store.run
    fires = run.index.neurons["density_users"] * run.dataset.n_users >= 20
    nameless = np.flatnonzero(~run.index.named & fires)[:2].tolist()
    assert OWN not in concepts_of(run)
    assert concepts_of(run.called(dict.fromkeys(nameless, OWN)))[OWN].neurons == tuple(nameless)
