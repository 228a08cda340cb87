"""What the numbers mean, in the words of the pages: one explanation per number, used wherever it is shown."""

from __future__ import annotations

NDCG = (
    "How well the list predicts what a user chose: 5 choices of each user were hidden, and the list scores when it "
    "has them, more the higher they stand. 1 is perfect.\n\n`NDCG@20 = Σ hits 1/log₂(rank+1) / best possible`"
)
RECALL = "Share of the 5 hidden choices of a user that are in the list of 20, mean over users."
_RBO = (
    "How alike two lists are, mostly at the top: 1 is the same list, 0 has nothing in common. Here: {lists}.\n\n"
    "`RBO = Σ_d p^(d−1)·|A_d ∩ B_d|/d ÷ Σ_d p^(d−1)`, p = 0.9"
)
RBO = _RBO.format(lists="the recommender's own list of 30 and the one made from neurons alone")
RBO_OF_USER = _RBO.format(lists="the recommender's own list of 20 and the steered one")
PURITY = (
    "Share of a neuron's 10 strongest items that carry one genre. 100% means the neuron stands for that genre and "
    "nothing else.\n\n`purity@10 = items with the genre among the top 10 / 10`"
)
MEAN_PURITY = f"{PURITY}\n\nShown: for each genre its purest neuron, averaged over all genres."
EXPLAINED_VARIANCE = (
    "How much of the recommender's embeddings survives the translation into neurons and back: 100% is a perfect "
    "copy, 0% is no better than the average.\n\n`1 − Σ‖x−x̂‖² / Σ‖x−x̄‖²`"
)
LIFT = "How many times as frequent as in the whole catalogue.\n\n`purity / base rate`"
INTERVAL = (
    "Where the share would lie with 95% confidence if the neuron had many more such items: ten items leave much room."
    "\n\n`Clopper–Pearson`"
)
P_VALUE = (
    "How likely as many items of the genre would be if they were drawn blindly from the catalogue, after allowing for "
    "all the neurons and genres that were looked at; below 0.01 it is no accident.\n\n"
    "`hypergeometric tail × neurons × genres`"
)
AUC = (
    "Pick one item with the genre and one without: how often the neuron fires more strongly on the first. 100% "
    "separates them perfectly, 50% is a coin."
)
AP = (
    "Going down all items by activation: the mean share of the genre among those above each item that has it. 100% "
    "means that all of the genre comes first.\n\n`AP = Σ (R_i − R_{i−1}) · P_i`"
)
MS = (
    "How alike the neuron's 30 strongest items are to the recommender: 1 is the same direction, 0 unrelated. All items "
    "are alike to {base}.\n\n`MS = Σ a_i a_j cos(q_i, q_j) / Σ a_i a_j`"
)
MONOSEMANTICITY = (
    "How alike a neuron's 30 strongest items are to the recommender: 1 is the same direction, 0 unrelated."
)
SIGNIFICANT = (
    "Share of all directions with a genre among their 20 strongest items that is no accident (corrected p < 0.01). "
    "In brackets: share that fires on 20 items at all."
)
BASELINES = (
    "The same numbers for what is no autoencoder, by the same code. Raw dimensions and principal components count "
    "twice, once for each sign. Shuffled genres: these very neurons, with the genres dealt out to the items at random; "
    "what they reach is luck."
)
LEVEL = (
    "The first neurons of the dictionary alone, as a recommender of their own: the broad concepts, without those that "
    "later levels add."
)
L0 = "How many neurons fire for one item (one user) on average; all others are exactly zero."
DENSITY = "Share of all items (of all users) on which the neuron fires, that is, has an activation above zero."
ACTIVATION = (
    "How strongly the neuron fires.\n\n`z = act(((x − m)/s)·W_enc + b_enc)` with the embedding x of the item or user"
)
POPULARITY = "Mean popularity of the neuron's 50 strongest items: 100 is the most popular item of all, 50 is average."
YEAR = "Mean release year of the neuron's 50 strongest items."
BASE_RATE = "Share of all ranked items that carry the genre: what a neuron without meaning would show."
EFFECT = (
    "What raising the neuron to the strongest value of any user adds to an item's score.\n\n"
    "`max · s · ⟨d, q⟩` with the neuron's direction d and the item's embedding q"
)
EFFECT_ON_USERS = (
    "What raising the neuron by {dose:g} × the strongest value of any user adds to an item's score. This recommender's "
    "score depends on the user in a curved way, so this is the mean over some users; half the dose need not do half."
)
EXACT = (
    "**Exact** moves the user's own embedding by the change of the neurons, so without a change the list is the "
    "recommender's, item for item: `x' = x + s·(z' − z)·W_dec`. **Paper** rebuilds the user from neurons alone: "
    "`x' = s·z'·W_dec + m`; its list differs even before any change."
)
SLIDER = (
    "1 is the strongest this neuron gets for any user, 0 is off, below 0 suppresses the concept. "
    "The slider starts where the user is."
)
NAME = (
    "Proposed from the 20 strongest items: genres and decades that are in at least half of them and far more "
    "frequent than chance would have it, and whether the items are popular. 'unclear' if there is no such thing."
)
REASON = (
    "The user's neuron that adds most to this item's score, compared with what it adds to the average item.\n\n"
    "`s·z·⟨d, q − q̄⟩`"
)
REASON_BY_ABLATION = (
    "The user's neuron without which this item's score would fall most, compared with the average item: found by "
    "switching each neuron off, because this recommender's score does not split into parts."
)
COUNT = "Users who had the item, in the part of the data that the recommender was trained on."
MOVE = "Rank in the recommender's own list, and the way the item moved."
HIT = "● = one of the user's choices that were hidden for testing."
BASE_MODEL = (
    "The recommender that is to be explained. It is trained first, then never changed again. All four keep a row of "
    "numbers per user and per item; they differ in how these become a score."
)
ACTIVATIONS = (
    "How it is decided which few neurons fire. `batchtopk`: a number per item on average, the best we know; `topk`: "
    "the same number for every item; `relu`: as many as penalties allow, as in the paper."
)
OVERLAP = "Share of the recommender's list of 30 that is also in the list made from neurons alone, whatever the rank."
NEURONS = "Size of the dictionary: how many concepts there can be."
DEAD = "Neurons that fire on no item and no user."
SECONDS = "Wall-clock seconds of the whole training, the base model included."
SAME_SPACE = (
    "Both runs explain the same trained recommender, so a neuron's direction in one can be compared with the "
    "directions in the other: likeness is their cosine."
)
OTHER_SPACE = (
    "The runs explain two separately trained recommenders, whose embeddings cannot be compared with each other. So "
    "each neuron is compared by what it does to the scores of the {shared} items that both have: likeness is the "
    "correlation."
)
OTHER_SCORE = (
    "The runs explain two separately trained recommenders, and the score of one is no dot product, so directions say "
    "little across them. Each neuron is compared by where it fires on the {shared} items that both have: likeness is "
    "the correlation of activations."
)
BASES = {"directions": SAME_SPACE, "effects": OTHER_SPACE, "activations": OTHER_SCORE}
LIKENESS = (
    "How alike a neuron and the most similar one of the other run are: 1 is the same, 0 unrelated.\n\n"
    "`cos(d, d′)` in one space, `corr(⟨d, q⟩, ⟨d′, q′⟩)` over shared items between two"
)
BY_CHANCE = "What the best of as many random directions reaches for this neuron."
FOUND_AGAIN = (
    "Share of the neurons whose like in the other run is more similar than {limit}, which 99% of neurons do not reach "
    "with random directions."
)
MUTUAL = "Each of the two is the other's most similar neuron."
EDGE = (
    "A neuron is a kind of an earlier one if that one is far stronger on its items and users than chance allows, and "
    "at least half as strong there as on its own. One that has no such parent has none."
)
SPLIT = (
    "Broad concepts that a few finer neurons divide among themselves, and finer neurons that fire in their parent's "
    "place, so that it is silent where it should speak."
)
MAINSTREAM = (
    "Whether the items of early neurons are more popular than those of late ones: rank correlation of level and "
    "popularity, with the chance of one as strong if the levels were dealt at random."
)
TREE = "Inside the neurons of the first level, around them their kinds. A click on a sector chooses it and zooms in."
MAP = (
    "What lies close together is alike to the recommender. Directions and distances over the whole map mean little. "
    "Scroll to zoom; the lasso and the box above the map select points."
)
GROUPS = "Points that lie together, named after what most of them have in common and others have not; none if unclear."
TRUSTWORTHINESS = (
    "How far close neighbours on the map are close in truth: 1 is always, about 0.5 is chance.\n\n"
    "`1 − 2/(n·k·(2n−3k−1)) Σ_i Σ_j (r(i,j) − k)` over neighbours j on the map that are none in truth, k = 15"
)
DRAW = "Takes from some seconds to minutes, in a process of its own; it is kept with the run."
LEVELS = (
    "What sets the levels apart: how often their neurons fire, how popular and how varied their items are, and how "
    "well the first neurons up to there recommend by themselves. Means over a level's own neurons."
)
BREADTH = (
    "Effective number of genres among the items that a neuron stands for: 1 is one genre only.\n\n`exp(−Σ p_g ln p_g)`"
)
BREADTH_RANDOM = "The same if the neuron's items were drawn blindly: few items have fewer genres anyway."
YEAR_SPREAD = (
    "Spread of the release years of a neuron's 50 strongest items, median: half of them lie within so many years."
)
EDGES = (
    "Every later neuron with its best candidate for a parent, and the evidence. Only ticked ones are in the tree; the "
    "others show what was not enough."
)
EDGE_SCORE = (
    "How much stronger the candidate is on the neuron's items and users than on all, in standard deviations: by firing "
    "together or by its direction in their embeddings, whichever says more.\n\n`mean over sides of max(Σ w t, Σ w r)`"
)
EDGE_NULL = "What the best of all candidates reaches in 99% of shuffled dictionaries."
STRENGTH = (
    "How strong the candidate is on the neuron's items, in parts of what it is on its own; at least 0.5 for an edge."
)
CONFIDENCE = "Share of 20 resamples of items and users in which the same edge is found."
FIRES_TOO = "Share of the neuron's activity on items on which the candidate fires as well."
COSINE = (
    "Of the two directions. A finer concept is what the broad one leaves over, so this is small even for true kinds."
)
TAKES = "Share of the candidate's own items that the neuron takes."
CUT = "Both the user and the items are rebuilt from the first neurons only; later ones are left out."
