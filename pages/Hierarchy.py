"""How broad concepts split into finer ones: as a tree, on a map, and in a user's list level by level."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from explorer import glossary
from explorer.figures import (
    CONFIG,
    SHAPES,
    chosen_neuron,
    export_html,
    export_png,
    export_svg,
    highlight_trace,
    locator_figure,
    tree_figure,
)
from explorer.hierarchy import MIN_STRENGTH, Hierarchy
from explorer.jobs import control
from explorer.jobs.drawing import drawing
from explorer.maps import MAP_KINDS, Colours, available_colours, colour_values, find_points, selected_positions
from explorer.runs import Run
from explorer.steering import level_lists
from explorer.text import md_escape, number, percent
from explorer.ui.cache import (
    TREE_NAME,
    OpenMap,
    open_hierarchy,
    open_map,
    open_map_figure,
    runs_by_name,
    theme,
)
from explorer.ui.cards import metric_row, neuron_link, neuron_sentence
from explorer.ui.downloads import csv_button
from explorer.ui.errors import fragment, run_callback, show_callback_error
from explorer.ui.frame import ensure_shell
from explorer.ui.run_picker import choose_run, current_run
from explorer.ui.tables import edge_columns, hierarchy_columns, item_columns, point_columns, show_table

MAP_TITLES = {"neurons": "Neurons", "items": "Items", "together": "Users and items"}
COLOUR_TITLES = {
    "genre": "Genre",
    "level": "Level",
    "purity": "Purity",
    "density": "Density",
    "popularity": "Popularity",
    "year": "Year",
    "activation": "Activation of the chosen neuron",
}
NEURON = "hierarchy:neuron"
PICKED = "hierarchy:picked"
MARKS = {"tree": "hierarchy:on-tree", "map": "hierarchy:on-map"}
"""What is marked on each. A chart that changes forgets its zoom, so a choice made on it is not marked on itself."""
HEIGHT = 480
TOP_ITEMS = 8


def introduction() -> None:
    st.title("Hierarchy")
    st.caption(
        "How do broad concepts split into finer ones? A dictionary trained in levels has its broad concepts in the "
        "first neurons; later ones are kinds of them. Choose a concept in the tree or on the map."
    )


def summary(run: Run, found: Hierarchy) -> None:
    if found.reason:
        st.info(
            f"{found.reason} The maps work all the same. For a hierarchy, train with the preset Matryoshka.",
            icon=":material/info:",
        )
        if TREE_NAME in runs_by_name():
            st.button(
                "Open the built-in run that has one",
                icon=":material/account_tree:",
                on_click=choose_run,
                args=(TREE_NAME, "pages/Hierarchy.py"),
            )
        return
    later = int((found.flags["living"] & (found.flags["level"] > 1)).sum())
    orphans = len(found.orphans())
    trend = found.trends.set_index("measure").loc["popularity"]
    cards = [
        ("Levels", str(len(found.levels)), f"{', '.join(map(str, found.levels))} neurons", glossary.LEVEL),
        ("With a parent", f"{len(found.edges)} of {later}", f"later neurons, {orphans} have none", glossary.EDGE),
        (
            "Split",
            str(int(found.flags["split"].sum())),
            f"broad concepts, {int(found.flags['absorbs'].sum())} absorbed",
            glossary.SPLIT,
        ),
        (
            "Mainstream first",
            "yes" if trend["holds"] else "no",
            f"ρ {number(trend['spearman'], '{:+.2f}')}, p {number(trend['p'], '{:.3f}')}",
            glossary.MAINSTREAM,
        ),
    ]
    metric_row(cards)


# --- the tree


def tree(run: Run, found: Hierarchy) -> None:
    st.markdown("**Tree of concepts**", help=glossary.TREE)
    if found.reason:
        st.caption("There is no tree to show.")
        return
    shape = st.segmented_control(
        "Shape",
        SHAPES,
        default=SHAPES[0],
        required=True,
        format_func=str.capitalize,
        key="hierarchy:shape",
        persist_state="session",
        label_visibility="collapsed",
    )
    neurons = run.index.neurons
    flags = found.flags
    parents = {
        int(row.neuron): None if row.level == 1 else int(row.parent) for row in flags[flags["living"]].itertuples()
    }
    about = [
        f"level {level}, fires on {percent(share)} of items"
        for level, share in zip(flags["level"], neurons["density_items"], strict=True)
    ]
    st.plotly_chart(
        tree_figure(
            parents,
            neurons["label"].tolist(),
            flags["level"].tolist(),
            neurons["density_items"].tolist(),
            about,
            shape,
            theme(),
            HEIGHT,
            st.session_state.get(MARKS["tree"]),
        ),
        key=f"hierarchy:tree:{shape}",
        on_select=lambda: choose(chosen_neuron(st.session_state[f"hierarchy:tree:{shape}"].selection.points), "tree"),
        config={"displayModeBar": False},
        alt="Tree of neurons: broad ones inside, their kinds around them",
    )
    st.caption(
        "A sector is a neuron, as large as the share of items on which it and its kinds fire; its colour is its level."
    )


def choose(neuron: int | None, origin: str = "") -> None:
    """Choose a neuron and mark it, but where it was clicked; a click on nothing leaves the one that is."""
    if neuron is not None:
        st.session_state[NEURON] = neuron
        for place, mark in MARKS.items():
            if place != origin:
                st.session_state[mark] = neuron


# --- the map


def show_map(run: Run, found: Hierarchy, neuron: int) -> None:
    st.markdown("**Map**", help=glossary.MAP)
    kind_box, colour_box, names_box = st.columns(3)
    kind = kind_box.selectbox(
        "Map of", MAP_KINDS, format_func=MAP_TITLES.get, key="hierarchy:kind", persist_state="session"
    )
    opened = open_map(run, kind)
    by = colour_box.selectbox(
        "Colour",
        available_colours(run, kind),
        format_func=COLOUR_TITLES.get,
        key=f"hierarchy:colour:{kind}",
        persist_state="session",
    )
    zooms = sorted(opened.names["zoom"].unique().tolist())
    sizes = {zoom: int((opened.names["zoom"] == zoom).sum()) for zoom in zooms}
    zoom = names_box.selectbox(
        "Names of groups",
        [None, *zooms],
        index=min(2, len(zooms)),
        format_func=lambda level: "none" if level is None else f"{sizes[level]} groups",
        key=f"hierarchy:zoom:{kind}",
        persist_state="session",
        help=glossary.GROUPS,
    )
    shown_neuron = neuron if by == "activation" else None
    colours = colour_values(run, opened.projection.table, by, shown_neuron)
    key = f"hierarchy:map:{run.name}:{kind}:{by}:{shown_neuron}:{zoom}:{opened.projection.method}"
    figure = open_map_figure(run, kind, opened, colours, shown_neuron, zoom, HEIGHT)
    marked = marks(run, found, opened)
    if marked:
        positions, names = zip(*marked.items(), strict=True)
        figure = go.Figure(figure).add_trace(highlight_trace(opened.projection.table, positions, names, theme()))
    st.plotly_chart(
        figure,
        key=key,
        on_select=lambda: pick(run, key, kind, opened),
        selection_mode=("points", "box", "lasso"),
        config=CONFIG,
        alt=f"Map of {MAP_TITLES[kind].lower()}, coloured by {by}",
    )
    how_it_was_made(run, opened)
    exports(run, kind, opened, colours, zoom, figure)


def marks(run: Run, found: Hierarchy, opened: OpenMap) -> dict[int, str]:
    """Positions on the map and names of what was chosen elsewhere: a neuron with its relatives, or its top items."""
    neuron = st.session_state.get(MARKS["map"])
    if neuron is None or not 0 <= neuron < run.index.n:
        return {}
    table = opened.projection.table
    if opened.projection.kind == "neurons":
        rows = [neuron, *found.parents_of(neuron), *found.children_of(neuron)]
        wanted = {row: str(row) for row in rows}
    else:
        top = run.index.top_items
        rows = top.loc[(top["neuron"] == neuron) & (top["rank"] <= TOP_ITEMS), "row"]
        wanted = dict.fromkeys(map(int, rows), "")
    entity = "neuron" if opened.projection.kind == "neurons" else "item"
    places = {
        int(row): i for i, (row, of) in enumerate(zip(table["row"], table["entity"], strict=True)) if of == entity
    }
    return {places[row]: name for row, name in wanted.items() if row in places}


def pick(run: Run, key: str, kind: str, opened: OpenMap) -> None:
    """What was clicked or drawn around on the map; a second click on the same point leaves it chosen."""
    positions = selected_positions(st.session_state[key].selection.points, len(opened.projection.table))
    if not len(positions):
        return
    st.session_state[PICKED] = (run.path, kind, positions.tolist())
    if kind == "neurons" and len(positions) == 1:
        choose(int(opened.projection.table["row"].iloc[positions[0]]), "map")


def how_it_was_made(run: Run, opened: OpenMap) -> None:
    st.caption(f"{md_escape(opened.projection.describe())}.", help=glossary.TRUSTWORTHINESS)
    if opened.projection.method == "umap":
        return
    state = drawing(run.path)
    if state is not None and state.state != "failed":
        fragment(show_drawing, run_every=1.0)(run)
        return
    if state is not None:
        st.error(md_escape(state.error or "The maps could not be drawn."))
    st.caption("This is a preview by PCA: quick, and good for the large directions only.")
    st.button(
        "Draw it by UMAP",
        icon=":material/map:",
        key="hierarchy:draw",
        on_click=run_callback,
        args=(control.start_maps, run.path),
        help=glossary.DRAW,
    )


def show_drawing(run: Run) -> None:
    """How the drawing of the maps gets on; the whole page again when it has ended."""
    state = drawing(run.path)
    if state is None or state.state == "failed":
        st.rerun()
    st.progress(min(1.0, state.done), text=md_escape(f"Drawing by UMAP: {state.message or 'starting'}"))


def exports(run: Run, kind: str, opened: OpenMap, colours: Colours, zoom: int | None, figure: go.Figure) -> None:
    table, caption = opened.projection.table, opened.projection.describe()
    title = f"{MAP_TITLES[kind]} of {run.name}"
    with st.popover("Save the map", icon=":material/download:"):
        options = {"clusters": opened.names, "zoom": zoom, "theme": theme(), "title": title, "caption": caption}
        for form, export, mime in (("PNG", export_png, "image/png"), ("SVG", export_svg, "image/svg+xml")):
            st.download_button(
                form,
                lambda export=export: export(table, colours, **options),
                f"{run.name}-{kind}.{form.lower()}",
                mime,
                on_click="ignore",
                key=f"hierarchy:{form}",
            )
        st.download_button(
            "HTML",
            lambda: export_html(figure, theme(), title),
            f"{run.name}-{kind}.html",
            "text/html",
            on_click="ignore",
            key="hierarchy:HTML",
            help="A page that can be zoomed, with everything in it.",
        )


# --- what was chosen


def choose_by_name(run: Run) -> int:
    """The chosen neuron; it can be searched by its name."""
    labels = run.index.neurons["label"].tolist()
    if st.session_state.get(NEURON, -1) not in range(len(labels)):
        by_number = {str(neuron): neuron for neuron in range(len(labels))}
        st.session_state[NEURON] = by_number.get(st.query_params.get("neuron", ""), 0)
    return st.selectbox(
        "Concept",
        range(len(labels)),
        format_func=lambda neuron: f"{neuron} {labels[neuron]}",
        key=NEURON,
        persist_state="session",
        on_change=lambda: choose(st.session_state[NEURON]),
        help="Type a name or a number, or click in the tree or on the map.",
    )


def chosen(run: Run, found: Hierarchy, neuron: int) -> None:
    labels = run.index.neurons["label"]
    left, middle, right = st.columns([2, 3, 2])
    with left:
        st.markdown("**Kind of**")
        parents = found.parents_of(neuron) if not found.reason else []
        for parent in parents:
            neuron_button(labels, parent, "parent")
        if not parents:
            st.caption(why_no_parent(found, neuron))
        st.markdown("**Kinds of it**")
        children = found.children_of(neuron) if not found.reason else []
        for child in children:
            neuron_button(labels, child, "child")
        if not children:
            st.caption("None.")
        for remark in remarks(found, neuron):
            st.caption(remark)
    with middle, st.container(border=True):
        st.markdown(f"**{neuron} {md_escape(labels[neuron])}**")
        st.caption(neuron_sentence(run, neuron))
        top = run.index.top_items
        rows = top[(top["neuron"] == neuron) & (top["rank"] <= TOP_ITEMS)]
        show_table(
            run.dataset.items.iloc[rows["row"]].assign(rank=rows["rank"].to_numpy()),
            item_columns("rank", "title", "genres", "year"),
            alt="Its strongest items",
        )
        neuron_link(run, neuron, "Open its card")
    with right:
        if st.session_state.get(MARKS["map"]) != neuron:  # else the map itself shows it
            where(run, neuron, [*parents, *children])
        evidence(found, neuron)


def remarks(found: Hierarchy, neuron: int) -> list[str]:
    """What is odd about its place in the hierarchy, with the numbers behind it."""
    row, said = found.flags.iloc[neuron], []
    if row["split"]:
        said.append(
            f":material/call_split: Split: {row['parts']} of its kinds divide {percent(row['covered'])} of its items "
            f"among themselves ({percent(row['covered_by_chance'])} by chance)."
        )
    if row["absorbs"]:
        said.append(
            f":material/input: It fires in its parent's place: on {percent(row['absorbed'])} of its items the parent "
            f"is silent although its direction is there ({percent(row['absorbed_elsewhere'])} elsewhere)."
        )
    if row["absorbed_by"] > 0:
        said.append(f":material/output: {row['absorbed_by']} of its kinds fire in its place.")
    if row["too_few"]:
        said.append("It fires on too few items and users to tell what it is a kind of.")
    return said


def evidence(found: Hierarchy, neuron: int) -> None:
    """What speaks for its parent, or was not enough."""
    rows = found.candidates[(found.candidates["child"] == neuron) & (found.candidates["parent"] >= 0)]
    if rows.empty:
        return
    row = rows.iloc[0]
    st.markdown("**Evidence**", help=glossary.EDGES)
    verdict = "is its parent" if row["is_edge"] else "comes nearest, which is not enough"
    st.caption(
        f"Neuron {row['parent']} {verdict}: score {row['score']:.2f} (by chance {row['null_99']:.2f}), strength "
        f"{row['strength']:.2f} of at least {MIN_STRENGTH:g}, found in {percent(row['confidence'])} of "
        f"resamples; fires on {percent(row['p_parent_given_child_items'])} of this neuron's activity; "
        f"cosine {row['cosine']:.2f}."
    )


def why_no_parent(found: Hierarchy, neuron: int) -> str:
    flags = found.flags.iloc[neuron]
    if found.reason or not flags["living"]:
        return "–" if found.reason else "It never fires."
    if flags["level"] == 1:
        return "It is one of the first level, which has no parents."
    return "No earlier neuron is, by the evidence, what this is a kind of."


def neuron_button(labels: pd.Series, neuron: int, role: str) -> None:
    st.button(
        md_escape(f"{neuron} {labels[neuron]}"),
        key=f"hierarchy:{role}:{neuron}",
        on_click=choose,
        args=(neuron,),
        type="tertiary",
    )


def where(run: Run, neuron: int, relatives: list[int]) -> None:
    """Where it and its relatives are on the map of neurons."""
    opened = open_map(run, "neurons")
    table = opened.projection.table
    places = {int(row): position for position, row in enumerate(table["row"])}
    wanted = [number for number in (neuron, *relatives) if number in places]
    st.markdown("**On the map of neurons**")
    if not wanted:
        st.caption("It never fires, so it is not on the map.")
        return
    st.plotly_chart(
        locator_figure(table, [places[number] for number in wanted], [str(number) for number in wanted], theme()),
        key="hierarchy:locator",
        config={"displayModeBar": False},
        alt="Where the chosen neuron, its parent and its kinds are on the map of neurons",
    )


# --- below


def points(run: Run) -> None:
    """Points by name, or drawn around on the map, as a list to take away."""
    shown = st.session_state.get("hierarchy:kind", "neurons")
    of, kind, positions = st.session_state.get(PICKED, (run.path, shown, []))
    if of != run.path:  # what was drawn around on another run's map
        kind, positions = shown, []
    text = st.text_input(
        "Search the map by name", key="hierarchy:search", persist_state="session", icon=":material/search:"
    )
    if text.strip():
        kind = shown
        positions = find_points(open_map(run, kind).facts["name"], text, 500).tolist()
    opened = open_map(run, kind)
    positions = [position for position in positions if position < len(opened.projection.table)]
    if not positions:
        st.caption("Nothing is selected. Draw around points with the lasso or the box above the map, or type a name.")
        return
    table = opened.projection.table.iloc[positions].join(opened.facts)
    st.caption(f"{len(positions):,} on the map of {MAP_TITLES[kind].lower()}")
    left, right = st.columns([3, 2])
    with left:
        show_table(table, point_columns(), alt="The selected points", height=320)
        csv_button(table, f"{run.name}-{kind}-selection")
    with right:
        st.plotly_chart(
            locator_figure(opened.projection.table, positions, None, theme(), 340),
            key="hierarchy:selected",
            config={"displayModeBar": False},
            alt="Where the selected points are on the map",
        )


def levels(run: Run, found: Hierarchy) -> None:
    st.caption(glossary.LEVELS)
    show_table(found.level_metrics, hierarchy_columns(), alt="Measures of each level")
    for trend in found.trends.to_dict("records"):
        name = {
            "popularity": "popularity of a neuron's items",
            "breadth": "number of genres among its own items",
            "breadth_50": "number of genres among its 50 strongest items",
        }[trend["measure"]]
        verdict = "falls from level to level" if trend["holds"] else "does not fall from level to level"
        st.markdown(
            f"- The {name} **{verdict}**: rank correlation {number(trend['spearman'], '{:+.2f}')}, "
            f"p {number(trend['p'], '{:.3f}')}, {trend['neurons']} neurons."
        )


def edges(run: Run, found: Hierarchy) -> None:
    labels = run.index.neurons["label"]
    table = found.candidates[found.candidates["parent"] >= 0]
    table = table.assign(
        child_name=labels.iloc[table["child"]].to_numpy(), parent_name=labels.iloc[table["parent"]].to_numpy()
    )
    st.caption(glossary.EDGES)
    show_table(
        table.rename(columns={"share": "takes"}),
        edge_columns(),
        alt="Every neuron with its best candidate for a parent",
        height=380,
    )
    csv_button(table, f"{run.name}-edges")


def by_level(run: Run) -> None:
    """A user's list with the dictionary cut at each level."""
    ids = run.dataset.users["user_id"].astype(str).tolist()
    user = st.selectbox("User", ids, key="hierarchy:user", persist_state="session", help="Type to search for an id.")
    lists = level_lists(run, run.dataset.user_row(user))
    widths = [level.width for level in lists.levels]
    width = (
        st.select_slider(
            "Dictionary cut after",
            widths,
            value=widths[-1],
            format_func=lambda value: f"{value} neurons",
            key="hierarchy:cut",
            help=glossary.CUT,
        )
        if len(widths) > 1
        else widths[0]
    )
    level = lists.levels[widths.index(width)]
    labels = run.index.neurons["label"]
    own, cut = st.columns(2)
    with own:
        st.markdown("**Recommender's list**")
        st.caption("The base model itself, unchanged.")
        show_table(lists.recommender, item_columns("rank", "title", "genres"), alt="The recommender's list")
    with cut:
        st.markdown(f"**First {width} neurons alone**")
        st.caption(
            f"Agreement with the recommender, RBO@20: {number(level.agreement, '{:.2f}')}; "
            f"{percent(level.shared)} of the items.",
            help=glossary.RBO_OF_USER,
        )
        show_table(
            level.table.assign(move=["new" if new else "" for new in level.table["new"]]),
            item_columns("rank", "move", "title", "genres"),
            alt=f"The list from the first {width} neurons",
        )
    added = ", ".join(f"{neuron} {labels[neuron]}" for neuron in level.neurons[:12]) or "none fire for this user"
    new = int(level.table["new"].sum())
    what = "" if width == widths[0] else f" It brings {new} of {len(level.table)} items that the level before had not."
    st.caption(f"This level adds the neurons {md_escape(added)}.{what}")


ensure_shell()
introduction()
run = current_run()
show_callback_error()
found = open_hierarchy(run)
summary(run, found)
neuron = choose_by_name(run)
left, right = st.columns([2, 3])
with left:
    tree(run, found)
with right:
    show_map(run, found, neuron)
chosen(run, found, neuron)
tabs = st.tabs(
    ["Levels", "A user, level by level", "Edges", "Selected points"], key="hierarchy:tabs", on_change="rerun"
)
for tab, part in zip(
    tabs,
    (
        lambda: levels(run, found),
        lambda: fragment(by_level)(run),
        lambda: edges(run, found),
        lambda: points(run),
    ),
    strict=True,
):
    if tab.open:
        with tab:
            part()
