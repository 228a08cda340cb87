"""What each neuron stands for, measured over the catalogue."""

from explorer.neurons.baselines import BASELINES, measure_baselines
from explorer.neurons.build import build_index
from explorer.neurons.columns import COLUMNS
from explorer.neurons.config import NeuronConfig
from explorer.neurons.describe import describe_neurons, neurons_for_genre
from explorer.neurons.index import ItemMeasures, NeuronIndex
from explorer.neurons.names import DEAD, POPULAR, UNCLEAR
from explorer.neurons.profiles import PROFILE_DEPTH
from explorer.neurons.search import clearest_neurons, find_neurons
from explorer.neurons.summary import genre_purity, summarise

__all__ = [
    "BASELINES",
    "COLUMNS",
    "DEAD",
    "POPULAR",
    "PROFILE_DEPTH",
    "UNCLEAR",
    "ItemMeasures",
    "NeuronConfig",
    "NeuronIndex",
    "build_index",
    "clearest_neurons",
    "describe_neurons",
    "find_neurons",
    "genre_purity",
    "measure_baselines",
    "neurons_for_genre",
    "summarise",
]
