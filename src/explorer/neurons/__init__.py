"""What each neuron stands for, measured over the catalogue."""

from explorer.neurons.alive import alive_neurons
from explorer.neurons.baselines import Baselines, measure_baselines
from explorer.neurons.bases import BASELINES
from explorer.neurons.build import build_index
from explorer.neurons.columns import COLUMNS, LATER
from explorer.neurons.config import NeuronConfig
from explorer.neurons.describe import FLAGS, describe_neurons, neurons_for_genre
from explorer.neurons.health import measure_health
from explorer.neurons.held_out import held_out
from explorer.neurons.index import ItemMeasures, NeuronIndex
from explorer.neurons.item_measures import ItemFacts
from explorer.neurons.name_table import compare_names
from explorer.neurons.names import DEAD, POPULAR, UNCLEAR
from explorer.neurons.profiles import PROFILE_DEPTH
from explorer.neurons.ranking import Ranking
from explorer.neurons.search import find_neurons
from explorer.neurons.summary import genre_purity, summarise

__all__ = [
    "BASELINES",
    "COLUMNS",
    "DEAD",
    "FLAGS",
    "LATER",
    "POPULAR",
    "PROFILE_DEPTH",
    "UNCLEAR",
    "Baselines",
    "ItemFacts",
    "ItemMeasures",
    "NeuronConfig",
    "NeuronIndex",
    "Ranking",
    "alive_neurons",
    "build_index",
    "compare_names",
    "describe_neurons",
    "find_neurons",
    "genre_purity",
    "held_out",
    "measure_baselines",
    "measure_health",
    "neurons_for_genre",
    "summarise",
]
