"""How broad concepts split into finer ones: as a tree, on a map, and in a user's list level by level."""

from collections.abc import Callable

import streamlit as st

from explorer import glossary
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.explain import NO_MORE_THAN_CHANCE, beyond_chance, trend_sentences, with_parent
from explorer.runs import Run
from explorer.steering import level_lists
from explorer.text import md_escape, number, p_value, percent
from explorer.ui.cache import TREE_NAME, open_codes, open_hierarchy, runs_by_name
from explorer.ui.cards import metric_row
from explorer.ui.concept import chosen_concept
from explorer.ui.downloads import csv_button
from explorer.ui.errors import fragment, show_callback_error
from explorer.ui.frame import ensure_shell, page_header, page_title
from explorer.ui.links import item_links
from explorer.ui.map_panel import map_panel, selected_points
from explorer.ui.place_panel import place_panel
from explorer.ui.run_picker import choose_run, current_run
from explorer.ui.tables import edge_columns, hierarchy_columns, item_columns, show_table
from explorer.ui.tree_panel import tree_panel
from explorer.ui.widgets import md

HEIGHT = 480
SHOWN_NEURONS = 12


def why_no_tree(found: Hierarchy) -> None:
    """One sentence on why there is no tree, and for a dictionary of one level the way to a run that has one."""
    st.info(found.reason, icon=":material/info:")
    if not found.has_levels and TREE_NAME in runs_by_name():
        st.button(
            "Open the built-in run in two levels",
            icon=":material/account_tree:",
            on_click=choose_run,
            args=(TREE_NAME,),
        )


def summary(found: Hierarchy) -> None:
    counted = found.with_parent
    trend = found.trends.set_index("measure").loc["popularity"]
    cards = [
        ("Levels", str(len(found.levels)), f"{', '.join(map(str, found.levels))} neurons", glossary.LEVEL),
        *(
            [
                (
                    "With a parent",
                    percent(counted.share),
                    f"{counted.with_parent} of {counted.neurons}; random directions {percent(counted.random_share)}",
                    glossary.WITH_PARENT,
                )
            ]
            if counted
            else []
        ),
        (
            "Split",
            str(int(found.flags["split"].sum())),
            f"broad concepts, {int(found.flags['absorbs'].sum())} absorbed",
            glossary.SPLIT,
        ),
    ]
    if trend.notna()["spearman"]:
        cards.append(
            (
                "Popular concepts come first",
                "yes" if trend["holds"] else "no",
                f"ρ = {number(trend['spearman'], '{:+.2f}')}, {p_value(trend['p'])}",
                glossary.MAINSTREAM,
            )
        )
    metric_row(cards)
    if counted and not beyond_chance(found):
        st.caption(f":material/warning: {with_parent(found)} {NO_MORE_THAN_CHANCE}")


def levels(run: Run, found: Hierarchy) -> None:
    st.caption(glossary.LEVELS)
    show_table(found.level_metrics, hierarchy_columns(run.dataset.nouns), alt="Measures of each level")
    for sentence in trend_sentences(found, run.dataset.nouns):
        st.markdown(f"- {sentence}")


def parents(run: Run, found: Hierarchy) -> None:
    labels = run.index.neurons["label"]
    table = found.candidates[found.candidates["parent"] >= 0]
    table = table.assign(
        child_name=labels.iloc[table["child"]].to_numpy(), parent_name=labels.iloc[table["parent"]].to_numpy()
    )
    st.caption(glossary.EDGES)
    show_table(table, edge_columns(), alt="Every neuron with its best candidate for a parent", height=380)
    csv_button(table, f"{run.name}-edges")


def by_level(run: Run) -> None:
    """A user's list with the dictionary cut at each level."""
    nouns = run.dataset.nouns
    ids = run.dataset.users["user_id"].astype(str).tolist()
    user_box, cut_box = st.columns(2)
    user = user_box.selectbox(
        "User", ids, key="hierarchy:user", persist_state="session", help="Type to search for an id."
    )
    lists = level_lists(run, run.dataset.user_row(user))
    widths = [level.width for level in lists.levels]
    width = cut_box.select_slider(
        "Dictionary cut after",
        widths,
        value=widths[-1],
        format_func=lambda value: f"{value} neurons",
        key="hierarchy:cut",
        help=glossary.CUT,
    )
    level = lists.levels[widths.index(width)]
    own, cut = st.columns(2)
    with own:
        st.markdown("**Recommender's list**")
        st.caption("The base model itself, unchanged.")
        show_table(
            lists.recommender,
            item_columns("rank", "title", "genres", nouns=nouns),
            alt="The recommender's list",
            links=item_links(lists.recommender, run, user=user),
        )
    with cut:
        st.markdown(f"**Rebuilt from the first {width} neurons**")
        st.caption(
            f"List agreement, RBO@20: {number(level.agreement, '{:.2f}')}. "
            f"{percent(level.shared)} of the {nouns.items} are in both lists.",
            help=glossary.RBO_OF_USER,
        )
        columns = item_columns("rank", "move", "title", "genres", nouns=nouns)
        columns["move"] |= {"label": "New", "help": "Not in the list of the level before."}
        if width == widths[0]:
            del columns["move"]
        show_table(
            level.table.assign(move=["new" if new else None for new in level.table["new"]]),
            columns,
            alt=f"The list rebuilt from the first {width} neurons",
            links=item_links(level.table, run, user=user),
        )
    labels = run.index.neurons["label"]
    added = ", ".join(f"{neuron} {labels[neuron]}" for neuron in level.neurons[:SHOWN_NEURONS])
    st.caption(f"Neurons of this level that fire for this user: {md_escape(added) or 'none'}.")
    if width != widths[0]:
        new = int(level.table["new"].sum())
        st.caption(f"{new} of its {len(level.table)} {nouns.items} are not in the list of the level before.")


def parts(run: Run, found: Hierarchy) -> dict[str, Callable[[], None]]:
    """The tabs that have something to show, by their names."""
    shown = {}
    if found.has_levels:
        shown["Levels"] = lambda: levels(run, found)
        shown["A user, level by level"] = lambda: fragment(by_level)(run)
    if (found.candidates["parent"] >= 0).any():
        shown["Parents"] = lambda: parents(run, found)
    return {**shown, "Selected points": lambda: selected_points(run)}


ensure_shell()
page_header("Hierarchy", "How do broad concepts split into finer ones? Choose a concept by name or on the map.")
run = current_run()
open_codes(run)
show_callback_error()
found = open_hierarchy(run)
neuron = chosen_concept(run)
page_title("Hierarchy")
if found.reason:
    why_no_tree(found)
if found.has_levels:
    summary(found)
if found.reason:
    map_panel(run, found, neuron, HEIGHT)
else:
    left, right = st.columns([2, 3])
    with left:
        tree_panel(run, found, HEIGHT)
    with right:
        map_panel(run, found, neuron, HEIGHT)
place_panel(run, found, neuron)
shown = parts(run, found)
if len(shown) == 1:
    ((name, part),) = shown.items()
    st.markdown(md("**{name}**", name=name))
    part()
else:
    for tab, part in zip(st.tabs(list(shown), key="hierarchy:tabs", on_change="rerun"), shown.values(), strict=True):
        if tab.open:
            with tab:
                part()
