"""How broad concepts split into finer ones: as a tree, on a map, and in a user's list level by level."""

from explorer.ui.frame import ensure_shell, page_header
from explorer.ui.hierarchy.view import show
from explorer.ui.run_picker import current_run

ensure_shell()
page_header(
    "Hierarchy", "How do broad concepts split into finer ones? Choose a concept by name, in the tree or on the map."
)
show(current_run())
