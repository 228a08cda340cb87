"""Step four: what each neuron means, measured over the catalogue."""

from explorer.neurons.config import NeuronConfig
from explorer.neurons.describe import describe_neurons, neurons_for_genre
from explorer.neurons.index import PROFILE_DEPTH, PURITY_DEPTHS, NeuronIndex, build_index
from explorer.neurons.labels import DEAD, POPULAR, UNCLEAR
from explorer.neurons.search import clearest_neurons, find_neurons

__all__ = [
    "DEAD",
    "POPULAR",
    "PROFILE_DEPTH",
    "PURITY_DEPTHS",
    "UNCLEAR",
    "NeuronConfig",
    "NeuronIndex",
    "build_index",
    "clearest_neurons",
    "describe_neurons",
    "find_neurons",
    "neurons_for_genre",
]
