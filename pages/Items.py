"""One item: which neurons fire on it, what is near it, and whom it is recommended to."""

from explorer.ui.frame import ensure_shell, page_header
from explorer.ui.items.view import show
from explorer.ui.run_picker import current_run

ensure_shell()
page_header("Items", "Which concepts does one item have, and who gets it recommended?")
show(current_run())
