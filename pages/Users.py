"""One user: which neurons fire, and which of them explain the recommendations."""

from explorer.ui.frame import ensure_shell, page_header
from explorer.ui.run_picker import current_run
from explorer.ui.users.view import show

ensure_shell()
page_header("Users", "Which concepts does one user have, and which of them explain the recommendations?")
show(current_run())
