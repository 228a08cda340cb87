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
    "Share of a neuron's 10 strongest items that carry one genre. 100 % means the neuron stands for that genre and "
    "nothing else.\n\n`purity@10 = items with the genre among the top 10 / 10`"
)
MEAN_PURITY = f"{PURITY}\n\nShown: for each genre its purest neuron, averaged over all genres."
EXPLAINED_VARIANCE = (
    "How much of the recommender's embeddings survives the translation into neurons and back: 100 % is a perfect "
    "copy, 0 % is no better than the average.\n\n`1 − Σ‖x−x̂‖² / Σ‖x−x̄‖²`"
)
LIFT = "How many times as frequent as in the whole catalogue.\n\n`purity / base rate`"
INTERVAL = (
    "Where the share would lie with 95 % confidence if the neuron had many more such items: ten items leave much room."
    "\n\n`Clopper–Pearson`"
)
P_VALUE = (
    "How likely as many items of the genre would be if they were drawn blindly from the catalogue, after allowing for "
    "all the neurons and genres that were looked at; below 0.01 it is no accident.\n\n"
    "`hypergeometric tail × neurons × genres`"
)
AUC = (
    "Pick one item with the genre and one without: how often the neuron fires more strongly on the first. 100 % "
    "separates them perfectly, 50 % is a coin."
)
AP = (
    "Going down all items by activation: the mean share of the genre among those above each item that has it. 100 % "
    "means that all of the genre comes first.\n\n`AP = Σ (R_i − R_{i−1}) · P_i`"
)
MS = (
    "How alike the neuron's 30 strongest items are to the recommender: 1 is the same direction, 0 unrelated. All items "
    "are alike to {base}.\n\n`MS = Σ a_i a_j cos(q_i, q_j) / Σ a_i a_j`"
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
