"""Browse the neurons of a run: which there are, and what one of them stands for."""

from explorer.ui.frame import ensure_shell, page_header
from explorer.ui.neurons.view import show
from explorer.ui.run_picker import current_run

ensure_shell()
page_header("Neurons", "What does each neuron stand for, and how sure can we be? Click a row, or press ? for the keys.")
show(current_run())
