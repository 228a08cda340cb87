"""What the numbers mean, in the words of the pages: one explanation per number, used wherever it is shown."""

from __future__ import annotations

NDCG = (
    "How well the list predicts what a user chose: 5 choices of each user were hidden, and the list scores when it "
    "has them, more the higher they stand. 1 is perfect.\n\n`NDCG@20 = Σ hits 1/log₂(rank+1) / best possible`"
)
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
COUNT = "Users who had the item, in the part of the data that the recommender was trained on."
MOVE = "Rank in the recommender's own list, and the way the item moved."
HIT = "● = one of the user's choices that were hidden for testing."
