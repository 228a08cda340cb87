"""Change somebody's neurons and see the recommendations change; the base model stays as it is.

Somebody is a user of the data (--user), or a person who is not in it and likes the titles given (--likes).

VALUE of --set and --add is in multiples of the neuron's maximum over all users (with --unit activation: in raw
activation): --set 17=1 makes the user as strong on neuron 17 as the strongest user, 0 switches it off, and below 0
suppresses it. VALUE of --scale is a factor. The edits are applied in the order in which they are given.
--concept and --preset take the names that `concepts` lists; a preset that comes with the product depends on the user.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path

from explorer.choices import STEERING_MODES, STEERING_UNITS
from explorer.cli.output import cell, check_out, print_json, print_table, write_out
from explorer.cli.people import add_person_arguments, likes_of, person
from explorer.errors import UserError
from explorer.measures import SHOWN_LENGTH

EXPORTS = (".json", ".csv", ".html", ".py")
LISTS = ("recommender", "reconstruction", "steered")


class _AppendEdit(argparse.Action):
    """Collects --set, --add, --scale, --concept and --preset in one list, in the order given."""

    def __call__(self, parser, namespace, value, option=None):
        namespace.edits = [*(namespace.edits or []), (self.dest, value)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `steer`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    add_person_arguments(parser)
    add_edit_arguments(parser)
    parser.add_argument("--preset", metavar="NAME", action=_AppendEdit, help="apply a preset; can be repeated")
    parser.add_argument(
        "--presets", metavar="FILE", type=Path, help="file of one's own presets (default: those saved in the dashboard)"
    )
    parser.add_argument("--top", metavar="N", type=int, help=f"length of the lists (default: {SHOWN_LENGTH})")
    parser.add_argument(
        "--hide",
        metavar="NEURON[:SHARE]",
        action="append",
        help="never show what fires on the neuron from SHARE (0 to 1) of its strongest item on; can be repeated",
    )
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help=f"export what is shown; by the end of its name: {', '.join(EXPORTS)}"
    )


def add_edit_arguments(parser: argparse.ArgumentParser) -> None:
    """Options that say what is changed, and how."""
    for action, text in (("set", "set to a value"), ("add", "add a value"), ("scale", "multiply by a factor")):
        parser.add_argument(f"--{action}", metavar="NEURON=VALUE", action=_AppendEdit, help=f"{text}; can be repeated")
    parser.add_argument(
        "--concept",
        metavar="NAME=VALUE",
        action=_AppendEdit,
        help="set a concept, all its neurons at once: 0 off, 1 the strongest user; can be repeated",
    )
    parser.add_argument("--unit", choices=STEERING_UNITS, default=STEERING_UNITS[0], help="unit of --set and --add")
    parser.add_argument(
        "--mode",
        choices=STEERING_MODES,
        help="exact (default): move the user's own embedding; paper: decode the edited code",
    )
    parser.add_argument(
        "--setting", metavar="FILE", type=Path, help="edits, mode, length and hidden neurons of an exported JSON file"
    )
    parser.set_defaults(edits=None)


def run(options: argparse.Namespace) -> None:
    """Print the lists and the effect of the change."""
    from explorer.audit import open_run
    from explorer.steering import PersonScores, explain, steer
    from explorer.threads import use_threads

    check_out(options.out, EXPORTS)
    use_threads()
    opened = open_run(options.run_dir)
    scores = PersonScores(opened, person(opened, options))
    setting = read_setting(options, opened, scores)
    edits = setting.edits
    lists = steer(opened, scores, edits, setting.mode, setting.top, setting.hide)
    explanation = explain(opened, lists)
    if options.out is not None:
        write_out(options.out, _exported(scores, lists, setting, options.out.suffix))
    if options.json:
        print_json(
            {
                "user": lists.user_id,
                "likes": likes_of(opened, lists.person),
                "mode": lists.mode,
                "unit": options.unit,
                "edits": [_edit_record(scores, lists, edit) for edit in edits],
                "hide": [asdict(each) for each in setting.hide],
                "hidden": len(lists.hidden),
                "effect": asdict(explanation.price),
                "explanation": _explanation_record(opened, explanation),
                **{name: getattr(lists, name).drop(columns="row") for name in LISTS},
            }
        )
    else:
        _print_lists(lists, explanation, len(edits), opened.dataset.nouns)


def _exported(scores, lists, setting, suffix: str) -> bytes:
    """The file that the end of its name asks for."""
    from explorer.figures.list_page import list_page
    from explorer.steering.export import export_csv, export_json, export_python

    run = scores.run
    if suffix == ".html":
        return list_page(run, scores, lists, setting).encode("utf-8")
    if suffix == ".py":
        return export_python(run, scores.person, setting).encode("utf-8")
    return (export_json if suffix == ".json" else export_csv)(run, lists, setting)


def read_setting(options: argparse.Namespace, run, scores=None):
    """What the options ask for, over the setting of a file if one is given.

    scores: of the person; None where there is none, and therefore no preset.
    """
    from explorer.steering import read_hide
    from explorer.steering.export import read_export
    from explorer.steering.setting import Setting

    setting = Setting()
    if options.setting is not None:
        read = read_export(run, options.setting)
        if read.problems:
            raise UserError(f"{options.setting}: {' '.join(read.problems)}")
        setting = read.setting
    hide = read_hide(",".join(getattr(options, "hide", None) or []))
    said = {"mode": options.mode, "top": getattr(options, "top", None), "hide": tuple(hide) or None}
    setting = replace(setting, **{name: value for name, value in said.items() if value is not None})
    return replace(setting, edits=tuple(_last_of_each([*setting.edits, *_read_edits(options, run, scores, setting)])))


def _read_edits(options: argparse.Namespace, run, scores, setting) -> list:
    """The edits in their order."""
    from explorer.steering import ConceptEdit, Edit, preset_edits
    from explorer.steering.grouping import concept_named

    edits: list = []
    for action, text in options.edits or []:
        if action == "preset":
            edits += preset_edits(scores, text, options.presets, setting.top)
            continue
        what, equals, value = text.rpartition("=")
        try:
            amount = float(value)
        except ValueError:
            equals = ""
        if action == "concept":
            if not equals:
                raise UserError(f"--concept {text} is not NAME=VALUE, for example --concept Horror=0.5.")
            edits.append(ConceptEdit(concept_named(run, what.strip()) or what, amount))
        elif not equals:
            raise UserError(f"--{action} {text} is not NEURON=VALUE, for example --{action} 17=0.5.")
        else:
            edits.append(Edit(run.neuron(what), action, amount, options.unit))
    return edits


def _last_of_each(edits: list) -> list:
    """Of several that set the same concept the last counts."""
    from explorer.steering import ConceptEdit

    last = {edit.concept: edit for edit in edits if isinstance(edit, ConceptEdit)}
    return [edit for edit in edits if not isinstance(edit, ConceptEdit) or edit is last[edit.concept]]


def _edit_record(scores, lists, edit) -> dict:
    from explorer.steering import ConceptEdit, concepts_of

    if isinstance(edit, ConceptEdit):
        concept = concepts_of(scores.run)[edit.concept]
        return {
            "concept": edit.concept,
            "action": "set",
            "value": edit.value,
            "value_before": concept.value(scores.values),
            "neurons": [_neuron_record(scores.run, lists, neuron) for neuron in concept.neurons],
        }
    change = {"action": edit.action, "value": edit.value}
    return _neuron_record(scores.run, lists, edit.neuron, change)


def _neuron_record(opened, lists, neuron: int, change: dict | None = None) -> dict:
    return {
        "neuron": neuron,
        "label": opened.index.neurons["label"][neuron],
        **(change or {}),
        "activation_before": lists.before[neuron],
        "activation_after": lists.after[neuron],
    }


def _explanation_record(opened, explanation) -> dict:
    ids = opened.dataset.items["item_id"]
    return {
        "sentence": explanation.sentence,
        "facets": [asdict(facet) for facet in explanation.facets],
        "popularity_percentile": dict(zip(("before", "after"), explanation.popularity, strict=True)),
        "year": dict(zip(("before", "after"), explanation.year, strict=True)),
        "gone": ids.iloc[explanation.gone].tolist(),
        "new": ids.iloc[explanation.new].tolist(),
        "warnings": explanation.warnings,
    }


def _print_lists(lists, explanation, n_edits: int, nouns) -> None:
    from explorer.steering import move_text

    effect = explanation.price
    likes = nouns.count_items(len(lists.person.seen))
    who = f"A new person who likes {likes}" if lists.user is None else f"User {lists.user_id}"
    print(f"{who}, {lists.mode} mode, {n_edits} change{'s' * (n_edits != 1)}")
    print(
        f"Effect of the change: {effect.kept} of {effect.length} items kept; agreement, RBO@{effect.length} "
        f"{cell(effect.agreement)}; held-out favourites in the list: {effect.held_out_after} of {effect.held_out} "
        f"(before: {effect.held_out_before})"
    )
    print(explanation.sentence)
    for warning in explanation.warnings:
        print(f"Beyond what users have: {warning}")
    if len(lists.hidden):
        print(f"Hidden: {nouns.count_items(len(lists.hidden))} of the catalogue")
    rows = lists.steered.to_dict("records")
    for row in rows:
        row["move"] = move_text(row["rank"], row["recommender_rank"], effect.length)
    print_table(rows, {"rank": "rank", "move": "move", "title": "title", "genres": "genres", "score": "score"})
