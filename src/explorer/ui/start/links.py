"""Links from the start page: they carry the run and what they are about, and nothing that a page showed before."""

from __future__ import annotations

from urllib.parse import urlencode

from explorer.browse.filters import NeuronFilter, filter_text
from explorer.browse.overview import Part
from explorer.text import html_escape
from explorer.ui.address import EVERYWHERE, parameters_of


def attributes(page: str, **new: str) -> str:
    """Of an `<a>` that leads to a page inside the session (`explorer.ui.follow`)."""
    parameters = {name: text for name, text in parameters_of(page).items() if name in EVERYWHERE} | new
    route = page.removeprefix("pages/").removesuffix(".py")
    return f'data-inside href="{html_escape(f"{route}?{urlencode(parameters)}")}"'


def part_attributes(*parts: Part) -> str:
    """The same, to the neurons of these parts of the dictionary."""
    return attributes("pages/Neurons.py", where=filter_text(NeuronFilter(part=parts)))


def neuron_attributes(neuron: int) -> str:
    """The same, to a neuron."""
    return attributes("pages/Neurons.py", neuron=str(neuron))
