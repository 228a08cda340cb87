"""List the kinds of users that a run's data has; with --user or --likes one person: neurons, list, similar users.

A person who is not in the data (--likes) is made from titles, as by `steer`. With --item the score of one item is split
into what each neuron adds; the parts add up to it.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from explorer.cli.output import print_json, print_score, print_table
from explorer.errors import UserError
from explorer.text import number

EXAMPLES = 5
_WHOLE = "{:.0f}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `people`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    add_person_arguments(parser, required=False)
    parser.add_argument(
        "--item", metavar="ID_OR_TITLE", help="also the parts of this item's score: its id, title, or part of the title"
    )
    parser.add_argument(
        "--examples",
        metavar="N",
        type=int,
        default=EXAMPLES,
        help="users of each kind, at most (default: %(default)s)",
    )


def add_person_arguments(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """Whom a command is about: --user or --likes."""
    who = parser.add_mutually_exclusive_group(required=required)
    who.add_argument("--user", metavar="USER_ID", help="the user, by the data set's own id")
    who.add_argument(
        "--likes",
        metavar="ID_OR_TITLE",
        action="append",
        help="what a person who is not in the data likes: an id, a title or a part of one; can be repeated",
    )


def add_users_arguments(parser: argparse.ArgumentParser, text: str) -> None:
    """Which users a command is about: --users or --ids."""
    users = parser.add_mutually_exclusive_group()
    users.add_argument("--users", metavar="RULE", default="all", help=f"{text} (default: %(default)s)")
    users.add_argument("--ids", metavar="FILE", type=Path, help="file of user ids, one per line or a column user_id")


def cohort(opened, options: argparse.Namespace):
    """The users that --users or --ids names."""
    from explorer.experiments import cohort_of, cohort_of_file

    return cohort_of(opened, options.users) if options.ids is None else cohort_of_file(opened, options.ids)


def person(opened, options: argparse.Namespace):
    """Whom --user or --likes names."""
    from explorer.experiments.items import find_item
    from explorer.people import fold_in
    from explorer.steering import person_of

    if options.likes:
        return fold_in(opened, [find_item(opened, text) for text in options.likes])
    return person_of(opened, opened.dataset.user_row(options.user))


def likes_of(opened, who) -> list[dict] | None:
    """What a new person likes; None for a user of the data."""
    liked = opened.dataset.items.iloc[who.seen]
    return None if who.user is not None else liked[["item_id", "title"]].to_dict("records")


def run(options: argparse.Namespace) -> None:
    """Print the kinds of users, or a profile."""
    from explorer.audit import open_run
    from explorer.threads import use_threads

    if options.examples < 1:
        raise UserError(f"--examples {options.examples} must be at least 1.")
    if options.item is not None and options.user is None and not options.likes:
        raise UserError("--item needs --user or --likes, whose score of it is explained.")
    use_threads()
    opened = open_run(options.run_dir)
    if options.user is not None or options.likes:
        _profile(opened, options)
    else:
        _personas(opened, options)


def _personas(opened, options: argparse.Namespace) -> None:
    from explorer.people import personas_of

    ids = opened.dataset.users["user_id"]
    found = [
        {
            "name": persona.name,
            "why": persona.why,
            "users": len(persona.users),
            "examples": ids.iloc[persona.users[: options.examples]].tolist(),
        }
        for persona in personas_of(opened)
    ]
    if options.json:
        print_json({"personas": found})
    else:
        print_table(found, {"name": "kind", "users": "users", "examples": "examples", "why": "the first one"})


def _profile(opened, options: argparse.Namespace) -> None:
    from explorer.browse.users import recommended, similar_users, user_neurons
    from explorer.browse.waterfall import waterfall
    from explorer.experiments.items import find_item
    from explorer.people import profile

    who = person(opened, options)
    item = None if options.item is None else find_item(opened, options.item)
    found, nouns = profile(opened, who), opened.dataset.nouns
    score = None if item is None else {"user": who.user_id, **waterfall(opened, who, item).as_json(nouns)}
    neurons, listed, similar = user_neurons(opened, who), recommended(opened, who), similar_users(opened, who)
    if options.json:
        more = {"neurons": neurons, "recommended": listed.drop(columns="row"), "similar": similar.drop(columns="row")}
        tables = {name: table.to_dict("records") for name, table in more.items()}
        print_json({"user": who.user_id, "likes": likes_of(opened, who), **asdict(found), **tables, "score": score})
        return
    print(f"{'New person' if who.user is None else f'User {who.user_id}'}: {found.sentence}")
    own, average = 100 * found.popularity, 100 * found.average_popularity
    print(f"Mean popularity percentile {number(own, _WHOLE)}, average user {number(average, _WHOLE)}")
    print(f"Mean year {number(found.year, _WHOLE)}, average user {number(found.average_year, _WHOLE)}")
    columns = {"name": opened.dataset.nouns.facet, "share": "share", "average": "average user"}
    print_table(found.facets.head(8).to_dict("records"), columns)
    columns = {"neuron": "neuron", "label": "concept", "value": "value", "average": "average user"}
    print_table(found.concepts.to_dict("records"), columns)
    columns = {"rank": "rank", "title": "recommended", "score": "score", "held_out": "held out", "why": "main reason"}
    print_table(listed.assign(held_out=["●" if one else "" for one in listed["held_out"]]).to_dict("records"), columns)
    columns = {"user_id": "similar user", "similarity": "cosine", "items": "history", "shared": "in common"}
    print_table(similar.assign(user_id=similar["user_id"].astype(str)).to_dict("records"), columns)
    if score is not None:
        print_score(score)
