"""What this is, how good the chosen run is, and the concepts it has found."""

from explorer.ui.cache import open_audit
from explorer.ui.frame import ensure_shell, page_header
from explorer.ui.run_picker import current_run
from explorer.ui.start.view import next_steps, show

ensure_shell()
page_header(
    "What has this recommender learned?",
    "A recommender keeps users and items as long rows of numbers that nobody can read. Here they are translated "
    "into **neurons**, each of which stands for one concept.",
)
run = current_run()
next_steps()
show(run, open_audit(run))
