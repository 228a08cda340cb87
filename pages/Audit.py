"""Review neurons by hand: verdicts, names, tests, and whether reviewers agree."""

from explorer.ui.audit.view import show
from explorer.ui.frame import ensure_shell, page_header
from explorer.ui.run_picker import current_run

ensure_shell()
page_header("Audit", "Does each neuron really stand for what it is called? Say so, one neuron after the other.")
show(current_run())
