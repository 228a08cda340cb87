"""Every term of the pages explained once: the only home of these sentences, for tooltips, run cards, the command line
and docs/glossary.md.

A sentence has at most 25 words, and says no more than the number beside it.
"""

from __future__ import annotations


class Term(str):
    """What a term means. As a string it is the whole explanation in Markdown, ready for a tooltip.

    `title`: the term itself. `sentence`: the explanation in one sentence. `details`: what else must be known, or "".
    `formula`: how it is computed, or "".
    """

    __slots__ = ("details", "formula", "sentence", "title")

    def __new__(cls, title: str, sentence: str, details: str = "", formula: str = "") -> Term:
        explanation = f"{sentence} {details}".strip()
        term = super().__new__(cls, f"{explanation}\n\n`{formula}`" if formula else explanation)
        term.title, term.sentence, term.details, term.formula = title, sentence, details, formula
        return term

    def __getnewargs__(self) -> tuple[str, str, str, str]:
        return self.title, self.sentence, self.details, self.formula


# How good a recommender's lists are, and how well neurons reproduce them.

NDCG = Term(
    "NDCG@20",
    "How well a list of 20 predicts a user's held-out positives: each one in it counts, more the higher it stands.",
    "Held-out positives are interactions that training never saw. 1 is perfect.",
    "NDCG@20 = Σ hits 1/log₂(rank+1) / best possible",
)
RECALL = Term("Recall@20", "Share of a user's held-out positives that are in the list of 20, mean over users.")
HIT_RATE = Term("Hit rate@20", "Share of users with at least one held-out positive in the list of 20.")
_RBO_FORMULA = "RBO = Σ_d p^(d−1)·|A_d ∩ B_d|/d ÷ Σ_d p^(d−1), p = 0.9"
_RBO_SCALE = "The top counts most: 1 is the same list, 0 has nothing in common."
RBO = Term(
    "List agreement, RBO@30",
    "Agreement of two lists of 30: the recommender's own, and the one from users and items rebuilt from neurons.",
    _RBO_SCALE,
    _RBO_FORMULA,
)
RBO_OF_USER = Term(
    "List agreement, RBO@20",
    "Agreement of two lists of 20 of one user: the recommender's own, and the changed one.",
    _RBO_SCALE,
    _RBO_FORMULA,
)
OVERLAP = Term(
    "Shared items, overlap@30",
    "Share of the recommender's list of 30 that is also in the list rebuilt from neurons, whatever the rank.",
)
KENDALL = Term(
    "Kendall's τ@30",
    "Rank correlation of the recommender's list of 30 and the one rebuilt from neurons; a missing item ranks 31st.",
    "1 is the same order; lists with nothing in common have −0.67.",
)
EXPLAINED_VARIANCE = Term(
    "Explained variance",
    "How much of the embeddings' variance is left after translating them into neurons and back.",
    "100% is a perfect copy, 0% is what the mean embedding alone would give.",
    "1 − Σ‖x−x̂‖² / Σ‖x−x̄‖²",
)
HIT = Term("Hit", "● = a held-out positive of this user: an interaction that training never saw.")
COUNT = Term("Interactions", "Users with this item in the training data.")
SECONDS = Term("Training time", "Wall-clock seconds of the whole training, the base model included.")

DATA_SIZE = Term("Size of the data", "Users, items and interactions that the run was trained and tested on.")
DIMENSIONS = Term("Dimensions", "Length of the embedding of a user or an item.")

# The training of the autoencoder.

LOSSES = Term(
    "Losses",
    "What training makes smaller, mean over the steps of an epoch; the total is the weighted sum of all.",
    "Embedding: distance of the rebuilt embeddings from the true ones. Prediction: distance of the scores made from "
    "them from the base model's; 1 is worthless. Revival: what wakes neurons that have fallen silent.",
)
LEVEL_LOSS = Term(
    "Loss by level",
    "Loss of each level by itself: of the first so many neurons, without the later ones.",
    "Larger levels have more neurons to work with, so they should end lower.",
)
ON_SAMPLE = Term(
    "Sample during training",
    "Measured every few epochs on a fixed sample of users and items, with the autoencoder as it would be used.",
)
SILENT = Term(
    "Dead neurons during training",
    "Neurons that have not fired for some epochs; on the sample, those that fire on no user and no item.",
    "They take part in nothing: the fewer the better.",
)

# The dictionary.

BASE_MODEL = Term(
    "Base model",
    "The recommender to be explained. It is trained first, then never changed again.",
    "Every base model keeps a row of numbers per user and per item; they differ in how these become a score.",
)
ACTIVATIONS = Term(
    "Autoencoder",
    "The rule that decides which few neurons fire.",
    "`mp`, the default: matching pursuit, a search for the given number of neurons that explain a row best. `topk`: "
    "the same number for every item. `batchtopk`: a given number per item on average. `relu`: as many as penalties "
    "allow, as in the paper.",
)
NEURONS = Term("Neurons", "Size of the dictionary: the largest number of concepts it can hold.")
DEAD = Term("Dead neurons", "Neurons that fire on no item and no user.")
L0 = Term(
    "Active per item, per user (L0)", "How many neurons fire for one item (one user) on average; all others are zero."
)
ALIVE = Term(
    "Live neurons",
    "Share of the neurons that fire on at least 10 ranked items and on at least 20 users.",
    "Others fire too rarely to be judged.",
)
ANTIPODAL = Term(
    "Antipodal neurons",
    "Share of the live neurons that have another live one pointing the opposite way.",
    "Such a pair is one axis with its two signs. A dictionary of them is mostly a rotation of the embeddings.",
    "cos(d, d′) < −0.9",
)
ACTIVE = Term(
    "Neurons per user, per item",
    "How many neurons fire at once, from the row with the fewest over percentiles to the row that 95% do not exceed.",
    "A mean hides rows without any.",
)
LEVEL = Term(
    "Level",
    "The first neurons of the dictionary, used without the later ones as a recommender of their own.",
    "They hold the broad concepts; later levels add finer ones.",
)
DENSITY = Term(
    "Density", "Share of all items (of all users) on which the neuron fires, that is, has an activation above zero."
)
ACTIVATION = Term(
    "Activation",
    "How strongly the neuron fires on an item or user with embedding x.",
    formula="z = code((x/l − m)/s)",
)

# What a neuron stands for.

GENRE = Term(
    "Best facet",
    "The facet that the neuron detects best by average precision, compared with the facet's base rate.",
    formula="max over facets of (AP − base rate) / (1 − base rate)",
)
PURITY = Term(
    "Purity@K",
    "Share of a neuron's K strongest items that carry one facet.",
    "Read it beside the base rate. 100% says nothing about weaker items, and these items may have other facets too.",
    "purity@K = items with the facet among the top K / K",
)
MEAN_PURITY = Term(
    "Mean purity@K",
    "For each facet the highest share of it among any neuron's K strongest items, averaged over facets.",
    "The best of many random directions reaches high values too: compare the baselines.",
    "mean over facets of max over neurons of purity@K",
)
BASE_RATE = Term(
    "Base rate", "Share of all ranked items that carry the facet: what items drawn at random would show on average."
)
LIFT = Term("Lift", "How many times the base rate the purity is.", formula="purity / base rate")
INTERVAL = Term(
    "95% interval",
    "The shares that a random sample of K items would leave plausible.",
    "A neuron's strongest items are chosen, not sampled: further down its ranking the share often lies below.",
    "Clopper–Pearson",
)
P_VALUE = Term(
    "p",
    "Probability of as many items of the facet among K random ones, times the number of neurons and facets tested.",
    "p < .01 counts as significant. Random directions often pass too: compare the baselines.",
    "hypergeometric tail × neurons × facets",
)
SIGNIFICANT = Term(
    "Significant (p < .01)",
    "Share of all neurons or directions that have a significant facet (corrected p < .01) among their 20 strongest "
    "items.",
    "In parentheses: share that fires on at least 20 ranked items.",
)
AUC = Term(
    "AUC",
    "Pick one item with the facet and one without: how often the neuron fires more strongly on the first.",
    "100% separates them perfectly; 50% is what chance alone reaches.",
)
AP = Term(
    "Average precision (AP)",
    "Going down all items by activation: the mean share of the facet among those above each item that has it.",
    "100% means that every item of the facet comes first.",
    "AP = Σ (R_i − R_{i−1}) · P_i",
)
MS = Term(
    "Monosemanticity score (MS)",
    "How similar the neuron's 30 strongest items are to the recommender: 1 is the same direction, 0 unrelated.",
    "It says little by itself: compare the mean over all items, and the baselines.",
    "MS = Σ a_i a_j cos(q_i, q_j) / Σ a_i a_j",
)
HELD_OUT_PURITY = Term(
    "Held-out purity@K",
    "Purity@K of each facet's best neuron on items that it was not chosen on, averaged over facets.",
    "The ranked items are halved at random 20 times; the neuron is chosen on one half and measured on the other. "
    "Behind ± stands the standard deviation over the halvings.",
)
HELD_OUT_AP = Term(
    "Held-out average precision",
    "Average precision of each facet's best neuron on items that it was not chosen on, averaged over facets.",
    "The ranked items are halved as for held-out purity.",
)
HELD_OUT_NEURON = Term(
    "Held-out purity@10 of a neuron",
    "Purity@10 of the neuron's best facet on items that the facet was not chosen on.",
    "The ranked items are halved at random 20 times: the facet is chosen on one half and measured on the other. The "
    "mean over those halvings in which the neuron fires on 10 items of both halves.",
)
NAMED = Term(
    "Named neurons",
    "Share of the live neurons that have a name from what is known of the items.",
    "Being popular or little known does not count as a name.",
)
NAMES_HOLD = Term(
    "Names that hold",
    "Share of a named neuron's items that bear its name, among strong ones that it was not named after; mean.",
)
COVERAGE = Term(
    "Coverage",
    "Share of the users' code energy in live neurons with a name: how much of what is said of users can be read.",
    "Energy is the squared activation, summed over users.",
    "Σ_named z² / Σ z²",
)
PART_CONFIRMED = Term(
    "Named and confirmed",
    "Neurons with a name that people found to stand for one concept: most of those who judged it, or what they agreed "
    "on.",
)
PART_NAMED = Term(
    "Named",
    "Neurons with a name that holds on items it was not made from, or with one that people gave, not yet confirmed.",
    "A neuron that people found to stand for nothing, or cannot agree on, does not count as named.",
)
PART_OPEN = Term(
    "Open",
    "Neurons that fire but have no name that holds; they are called after examples.",
    "Those that fire too rarely to be judged are among them, and those whose name people rejected or dispute.",
)
PART_POPULARITY = Term(
    "Popularity only",
    "Neurons without another name that follow how popular items are, more than random directions do.",
)
PART_SILENT = Term("Silent", "Neurons that fire on no item and no user.")
TASTE = Term(
    "Users’ taste",
    "How much of what the dictionary says of users is said by these neurons: their share of the users' code energy.",
    "Energy is the squared activation, summed over users.",
    "Σ_these z² / Σ z²",
)
CLEAR_NEURONS = Term(
    "Clear neurons",
    "Neurons without a name whose strongest items are more alike to the recommender than those of random directions.",
    "They fire on at least 10 ranked items and 20 users, and people did not find that they stand for nothing. The "
    "number is their share of the users' code energy.",
)
TIMES_CHANCE = Term(
    "× better",
    "How many times as much as what stands beside it reaches by the same measure.",
    "At 1 × both do as well.",
    "value / value of what it is compared to",
)
MOST_POPULAR = Term(
    "Popularity baseline",
    "The same list for everybody: the most popular items that a user does not know yet.",
    "Its accuracy is measured like the recommender's, on the same held-out positives.",
)
COVERED_LIFT = Term(
    "Coverage of the lists",
    "Share of the scores by which recommended items stand above the average item that is lost without named neurons.",
    "It is measured on lists of 20, by taking the named neurons out of each user's own embedding.",
)
NAMED_ALONE = Term(
    "Lists from named neurons",
    "Agreement and accuracy of the lists when all other neurons are switched off for users and items.",
)
BASELINES = Term(
    "Baselines",
    "The same measures, by the same code, without an autoencoder.",
    "Each writes a row in as many coordinates as neurons fire on it. Where a direction and its opposite "
    "both count, it counts twice. FastICA and k-means are of the items. Rows are rebuilt from FastICA, k-means and "
    "random directions by least squares. Shuffled facets: these very neurons, with the facets dealt out to the items "
    "at random.",
)
POPULARITY = Term(
    "Popularity",
    "Mean popularity of the neuron's 50 strongest items: 100 is the most popular item, 50 the middle.",
)
POPULARITY_CORRELATION = Term(
    "Popularity correlation", "Largest rank correlation of any neuron or direction with popularity, whatever its sign."
)
YEAR = Term("Mean year", "Mean release year of the neuron's 50 strongest items.")
NAME = Term(
    "Proposed name",
    "What half or more of the neuron's strongest items have: facets, a pair of facets, years.",
    "It is made from the odd ranks among the 40 strongest, at a corrected p < .01 and twice the base rate or more. "
    "Of a facet that fewer items have, as many as have it are looked at. "
    "It is kept if it holds on the even ranks. Neurons of one name are told apart by a further facet or an example. "
    "A neuron without a name is called after its strongest items; popularity alone is not a name.",
)
NAME_HOLDS = Term(
    "Name holds",
    "Share of the even-ranked items that bear the name, which was made from the odd-ranked ones.",
    "Of the 40 strongest items. A name that holds for fewer than half of them is not shown.",
    "even ranks that bear it / even ranks",
)
NAME_MASS = Term(
    "Name's share of activation",
    "Share of the neuron's activation over all ranked items that is on items which bear its name.",
    formula="Σ z_i over items with the name / Σ z_i",
)
STRENGTH = Term("Part of its range", "The activation as a part of the neuron's largest, in words.")
ACTIVATION_HISTOGRAM = Term(
    "Activation histogram",
    "How many items or users have an activation of each size, from just above zero to the largest.",
    "Those on which the neuron is silent are not counted.",
)
ACTIVATION_MEAN = Term(
    "Mean activation", "Mean over the items or users on which the neuron fires.", formula="Σ z_i / #(z_i > 0)"
)
ACTIVATION_SD = Term(
    "Standard deviation of the activation",
    "How far activations lie from their mean, over the items or users on which the neuron fires.",
    formula="√(Σ (z_i − mean)² / #(z_i > 0))",
)
ALIKE_BY_DIRECTION = Term(
    "Alike by direction",
    "Neurons whose directions in the dictionary are closest: they push scores the same way.",
    formula="cos(d, d′)",
)
ALIKE_BY_ITEMS = Term(
    "Alike by items",
    "Neurons that fire on the same ranked items in the same proportions.",
    "0 means that they never fire together.",
    "cos(z, z′) = Σ z_i z′_i / (|z| |z′|)",
)
BASELINE_REACHES = Term(
    "What baselines reach",
    "Purity@K of the best of all directions of a baseline, chosen for this facet; and what 95% of them do not exceed.",
    "All are measured by the same code as neurons, at as many active coordinates.",
)
AUDIENCE_SHARE = Term(
    "Share in histories",
    "Mean share of the facet in the training histories of the neuron's 50 strongest users.",
    "The whisker is a 95% interval of that mean by Student's t.",
)
NAME_RECALL = Term("Share of the name", "Share of the ranked items that bear the name on which the neuron fires.")
NARROWER = Term(
    "Narrower than its name",
    "The neuron fires on fewer than half of the ranked items that bear its name.",
    "It stands for some kind of them, which the metadata does not tell apart.",
    "items with the name on which it fires / items with the name < 0.5",
)
LOWERS = Term(
    "Lowers items of its own facet",
    "The neuron lowers the scores of a quarter or more of the ranked items that bear its name.",
    "A random direction lowers half of them. Only for recommenders whose score is a dot product.",
    "share of items with the name where s·⟨d, q⟩ < 0, at least 0.25",
)
DISGUISE = Term(
    "Popularity in disguise",
    "The neuron follows popularity more than random directions do, and equally popular items bear its name nearly as "
    "often.",
    "So it is not called by that name.",
    "|ρ| beyond 99% of random directions, share < 2 × share among items of the same tenth of popularity",
)

# Whether it is found in another training.

STABLE_SEED = Term(
    "Stable with another seed",
    "Share of neurons whose closest match in trainings with another seed has a cosine of at least 0.7 (0.9).",
    "Of neurons that fire on at least 10 ranked items and 20 users, mean over trainings. Trainings that start from the "
    "same data agree by that alone: samples are the stricter test.",
    "max_l cos(d_k, d′_l) ≥ 0.7",
)
STABLE_SAMPLE = Term(
    "Stable on 80% of the data",
    "Share of neurons whose closest match in trainings on a random 80% of users and items has such a cosine.",
    "The base model stays; its embeddings of the other users and items are left out. Each training has its own sample "
    "and its own seed.",
    "max_l cos(d_k, d′_l) ≥ 0.7",
)
STABILITY_COSINE = Term(
    "Cosine of the closest match",
    "Cosine of a neuron's direction and the closest one in another training on the same base model.",
    "1 is the same direction. Directions of as many random neurons show what chance alone reaches.",
    "max_l cos(d_k, d′_l)",
)
STABILITY_CORRELATION = Term(
    "Correlation of the closest match",
    "Correlation over all items of a neuron's activations and those of the neuron of another training that fires most "
    "like it.",
    formula="max_l corr_i(z_ik, z′_il)",
)
MATCHED_IN = Term(
    "Stability",
    "In how many further trainings the neuron has a match with a cosine of at least 0.7, and the mean cosine.",
    "A neuron that only one training finds is as much that training's as the recommender's.",
)
MEASURE_STABILITY = Term(
    "Measure stability",
    "Trains further dictionaries on the same base model, three with another seed and three on samples.",
    "Takes some minutes, in a process of its own; the result is kept with the run.",
)
STABILITY_BASELINES = Term(
    "Stability of the baselines",
    "Independent components (FastICA) are fitted anew in the same way; random directions take the place of the further "
    "dictionary.",
    "Both by the same code as the neurons. Components count twice, once for each sign, and code items as sparsely.",
)

# Steering.

EXACT = Term(
    "Exact and paper mode",
    "**Exact** adds the change of the neurons to the user's own embedding.",
    "Without a change its list is the recommender's, item for item: `x' = x + s·(z' − z)·W_dec`. **Paper** rebuilds "
    "the user from neurons: `x' = s·z'·W_dec + m`. Its list differs even before any change.",
)
SLIDER = Term(
    "Slider",
    "1 is the strongest this neuron gets for any user, 0 is off, below 0 suppresses the concept.",
    "The slider starts where the user is.",
)
SLIDERS = Term(
    "Which sliders",
    "**Strongest**: the neurons of which this person has most. **Concepts**: the same of whole concepts.",
    "**Most causal**: the neurons without which most items leave this list; each is switched off to see. "
    "**Pinned only**: those that were chosen by hand or on the map.",
)
CONCEPT = Term(
    "Concept as a slider",
    "Several neurons that mean one thing, moved together: those of a facet, or those that share a name.",
    "A neuron is of a facet if its name says so, or most of its 20 strongest items are of it. It weighs as much as "
    "the share of these items that are.",
    "value = Σ w·z / (Σ w·z of the strongest user)",
)
FIND_SLIDERS = Term(
    "Search for sliders",
    "Finds concepts and neurons by name or number, and neurons by the titles of their strongest items.",
    "Of one item it says which neurons recommend it to this person: their share of what lifts its score above the "
    "average item's.",
)
PRESET = Term(
    "Preset",
    "A setting with a name. Those that come with the product are computed from the run and for this person.",
    "They add to what is changed, and turn knobs no further than it takes to exchange a quarter of the list. Your own "
    "presets replace what is changed.",
)
ITEM_SLIDER = Term(
    "Slider of an item",
    "1 is the strongest this neuron gets for any item of the data, 0 is off, below 0 pushes against the concept.",
    "The slider starts where the item is.",
)
AUDIENCE = Term(
    "Audience",
    "The users whom an item is to reach: everybody, or those who fit a rule.",
    "Rules are such as `top 10% of Horror`, `neuron 17 >= 0.5` or `history >= 50`, joined by `and`.",
)
FANS = Term("Fans", "The tenth of all users with the largest share of it in their histories.")
GIVES_WAY = Term(
    "Gives way",
    "The last item of a list falls out when another one comes in; it is counted once for each list.",
)
HIDDEN_ITEMS = Term(
    "Hidden items",
    "Items on which a neuron fires at least a fifth as strongly as on its strongest item, or whatever share is chosen.",
    "Only the steered list skips them; the next best take their places.",
)
REASON = Term(
    "Main reason",
    "The user's neuron that adds most to this item's score, compared with what it adds to the average item.",
    formula="s·z·⟨d, q − q̄⟩",
)
REASON_BY_ABLATION = Term(
    "Main reason, by ablation",
    "The user's neuron without which this item's score would fall most, compared with the average item.",
    "Found by switching each neuron off, because this recommender's score does not split into parts.",
)
EFFECT = Term(
    "Effect",
    "What raising the neuron to the strongest value of any user adds to an item's score.",
    "d is the neuron's direction, q the item's embedding.",
    "max · s · ⟨d, q⟩",
)
EFFECT_ON_USERS = Term(
    "Effect, averaged over users",
    "What raising the neuron to the strongest value of any user adds to an item's score, mean over some users.",
    "This recommender's score is not linear in the user, so it differs from user to user.",
)
EFFECT_AT_HALF = Term(
    "Effect at half",
    "What raising the neuron by half the strongest value of any user adds to an item's score, mean over some users.",
    "The score is not linear in the user, so this need not be half the whole effect.",
)
KIND_OF_USER = Term(
    "Kind of user",
    "Users who have much more of something than the average user, or are at one end of something, found from the data.",
    "A fan's share is at least 1.5 times the average user's, at the lower end of its 95% interval.",
)
NEW_PERSON = Term(
    "New person",
    "Somebody who is not in the data: what is chosen becomes an embedding by the base model's own training objective.",
    "A few choices say little, so the mean of the users who point most towards them is mixed in.",
    "u = (n · own + 10 · similar users) / (n + 10)",
)
HISTORY_LENGTH = Term(
    "Length of a history", "Known interactions of the person, without held-out ones; the percentage is of all users."
)
HISTORY_POPULARITY = Term(
    "Popularity of a history",
    "Mean popularity percentile of what the person has: 100% is the most popular in the catalogue.",
)
HISTORY_YEAR = Term("Year of a history", "Mean release year of what the person has, where it is known.")
HISTORY_SHARE = Term(
    "Share of a history", "How much of what the person has it is; the mark is the mean of this share over all users."
)
MOVE = Term("Move", "How the item moved from its rank in the recommender's own list.")

# Experiments on many users.

LIST_SHARE = Term(
    "Share in the lists", "Share of a list's items that have what the experiment is about, mean over users."
)
LIST_AGREEMENT = Term(
    "Agreement with the own lists",
    "How much a changed list agrees with the recommender's own list of the same user, mean over users.",
    _RBO_SCALE,
    _RBO_FORMULA,
)
LIST_KEPT = Term("Items kept", "Share of a user's own list that is in the changed one too, mean over users.")
LIST_NDCG = Term(
    "Accuracy of the changed lists",
    "How well the first 20 places of the lists predict held-out positives, mean over the users who have some.",
    "Held-out positives are interactions that training never saw. 1 is perfect.",
)
LIST_POPULARITY = Term(
    "Popularity of the lists", "Mean popularity percentile of the items in a list: 100% is the most popular item."
)
LIST_YEAR = Term("Year of the lists", "Mean release year of the items in a list, where it is known.")
GINI = Term(
    "Gini of exposure",
    "How unevenly the places of all lists fall to the items of the catalogue: 0 is evenly.",
    "1 is everything to one item. Fewer places than items make it large by themselves: compare equal cohorts only.",
    "Σ (2i − N − 1)·e_i / (N·Σ e_i), e ascending",
)
LIST_COVERAGE = Term("Catalogue shown", "Share of the catalogue that is in the list of at least one of the users.")
LIST_VARIETY = Term(
    "Variety of the lists",
    "Effective number of facets in a user's list, mean over users: 1 is a single facet.",
    formula="exp(−Σ p_g ln p_g)",
)
CONSUMED_SHARE = Term(
    "Share of what was taken",
    "The same share of all items that a user has taken up to this round, mean over users.",
)
CONSUMED_VARIETY = Term(
    "Variety of what was taken", "Effective number of facets of all items that a user has taken up to this round."
)
ROUNDS = Term(
    "Repeated rounds",
    "Each round every user takes some items of her list, better ranks more often, and never gets them again.",
    "Both policies meet the same random choices. The base model is not trained again.",
    "P(rank r) ∝ 0.9^(r−1)",
)
REACH = Term(
    "Reach", "Share of the audience that gets the item in its list; users who have had it before are left out."
)
REACH_OTHERS = Term("Reach beyond the audience", "Share of the other users who get the item in their lists.")
REACH_RANK = Term("Median rank", "The item's median rank among all items that a user of the audience has not had.")
BAND = Term(
    "95% band",
    "Where the value would lie for most other cohorts of this size.",
    "± 1.96 standard errors, by 200 resamples of the users (50 for Gini and catalogue shown).",
)
DOSE = Term(
    "Dose",
    "The value that a concept is raised or lowered to: 0 is off, 1 is the strongest user of the data.",
    "A nudge lowers nobody, and suppressing raises nobody.",
)
EQUAL_EFFECT = Term(
    "At equal effect",
    "What another way costs at the dose at which it reaches the same share in the lists.",
    "Read from its curve by linear interpolation.",
)
ARMS = {
    "own": Term("Own lists", "The recommender's own lists, with nothing changed."),
    "neuron": Term("One neuron", "The chosen neuron is moved; of a concept, the neuron that is strongest by itself."),
    "concept": Term("Concept", "All neurons of the concept are moved together, each by its weight."),
    "steered": Term("Steered lists", "Every user is brought to the dose in every round."),
    "causal": Term(
        "Causal neurons only",
        "Only those neurons of the concept are moved that change this user's list when they alone are moved.",
        "Each is tried first: it needs half the effect of the one that does most for this list. After SteerX.",
    ),
    "control": Term(
        "Control neuron",
        "A neuron that fires on about as many users and is unrelated to the concept, by the same length.",
    ),
    "random": Term("Random directions", "Random directions of the embeddings, by the same length; mean over them."),
    "centroid": Term(
        "Centroid",
        "The mean embedding of the labelled items less that of all items, by the same length.",
        "It needs labels and no autoencoder.",
    ),
    "audience": Term(
        "Towards the audience",
        "An item is moved straight towards the mean embedding of the audience, by the same length.",
        "It needs neither labels nor an autoencoder, and stands for nothing that can be named.",
    ),
}
"""What is moved in an experiment."""

# The same concept in another run.

SAME_SPACE = Term(
    "Matched by directions",
    "Both runs explain the same trained recommender, so their neurons' directions can be compared.",
    "Similarity is their cosine.",
)
OTHER_SPACE = Term(
    "Matched by effects",
    "The runs explain two separately trained recommenders, whose embeddings cannot be compared with each other.",
    "So each neuron is compared by what it does to the scores of the items that both have. Similarity is the "
    "correlation.",
)
OTHER_SCORE = Term(
    "Matched by activations",
    "The runs explain two separately trained recommenders, and the score of one is not a dot product.",
    "Directions say little across them. So each neuron is compared by where it fires on the items that both have. "
    "Similarity is the correlation of activations.",
)
BASES = {"directions": SAME_SPACE, "effects": OTHER_SPACE, "activations": OTHER_SCORE}
"""What two runs are compared by (`comparison.matching.Basis`)."""
SIMILARITY = Term(
    "Similarity",
    "How similar a neuron and its closest match in the other run are: 1 is the same, 0 unrelated.",
    formula="cos(d, d′) in one space, corr(⟨d, q⟩, ⟨d′, q′⟩) over shared items between two",
)
BY_CHANCE = Term(
    "Expected by chance", "Similarity of this neuron to the best of as many random directions, mean over draws."
)
MATCHED = Term(
    "Matched",
    "Share of the neurons whose closest match is more similar than chance alone reaches.",
    "The limit is the similarity that 99% of neurons do not reach with random directions.",
)
MUTUAL = Term("Mutual", "Each of the two neurons is the other's closest match.")

# The hierarchy.

EDGE = Term(
    "Parent and child",
    "A neuron is the child of an earlier one that is far stronger on its items and users than expected by chance.",
    "In nested prefixes the parent must be at least half as strong there as on its own items. Where levels stand alone "
    "it must fire on most of the child's activity, more than random directions reach. A neuron without such an earlier "
    "one has no parent.",
)
SPLIT = Term(
    "Split and absorbed",
    "A concept is split if a few children divide its items among themselves, more than expected by chance.",
    "It is absorbed if it is silent on items of a child that fires in its place.",
)
SPLIT_SHARE = Term(
    "Share of a child",
    "Share of a concept's own items that go to a child: to the one that holds them strongest; the rest stays.",
    "An item can only go to a child that has it among its own. Strength is in parts of the child's mean activation on "
    "its own items. All shares and what stays add up to 100%.",
    "items i of the concept with argmax_c z_ic / s_c = child ÷ its own items",
)
MAINSTREAM = Term(
    "Popular concepts come first",
    "Rank correlation ρ of a neuron's level with the popularity of its items; below 0, early neurons are more popular.",
    "p is the probability of one as strong if the levels were dealt at random.",
)
TREE = Term(
    "Tree of concepts",
    "Inside are the neurons of the first level, around them their children.",
    "A click on a sector chooses it and zooms in.",
)
LEVELS = Term(
    "Levels",
    "What sets the levels apart: how often their neurons fire, and how popular and how varied their items are.",
    "Means over the neurons that a level adds. The last columns are the dictionary cut after that level.",
)
LIVE = Term("Live neurons added", "Neurons of this level that fire on some item or user.")
BREADTH = Term(
    "Breadth",
    "Effective number of facets among the items that a neuron stands for: 1 is a single facet.",
    formula="exp(−Σ p_g ln p_g)",
)
BREADTH_RANDOM = Term(
    "Breadth expected by chance", "The same for as many random items: few items have fewer facets anyway."
)
YEAR_SPREAD = Term(
    "Spread of years",
    "Years between the first and third quartile of release of a neuron's 50 strongest items; median over neurons.",
)
EDGES = Term(
    "Evidence for parents",
    "Every later neuron with its best candidate for a parent, and the evidence.",
    "Only ticked ones are in the tree; the others show what was not enough.",
)
EDGE_SCORE = Term(
    "Score of a parent",
    "How much stronger the candidate is on the neuron's items and users than on all, in standard deviations.",
    "By firing together or by its direction in their embeddings, whichever is larger. Where levels stand alone: the "
    "share of the neuron's strongest activity on which the candidate fires as well.",
    "mean over sides of max(Σ w t, Σ w r)",
)
EDGE_NULL = Term(
    "Score expected by chance", "The score that the best of all candidates exceeds in 1% of shuffled dictionaries."
)
EDGE_RANDOM = Term(
    "Score of random directions",
    "The score that 1% of random directions exceed which fire on as many items and users as the neuron does.",
)
WITH_PARENT = Term(
    "With a parent",
    "Share of later neurons that have a parent, beside the share of random directions that would have one.",
    "A random direction fires on as many items and users as a neuron does, and is judged by the same rule. Where as "
    "many of them have a parent, the tree says more about the data than about the dictionary.",
)
STRENGTH = Term(
    "Strength",
    "How strong the candidate is on the neuron's items, as a fraction of its strength on its own; an edge needs 0.5.",
)
CONFIDENCE = Term("Confidence", "Share of 20 resamples of items and users in which the same edge is found.")
PARENT_FIRES = Term(
    "Parent also fires", "Share of the neuron's activity on items that is on items where the candidate fires as well."
)
COSINE = Term(
    "Cosine",
    "Cosine of the two directions.",
    "A finer concept is what the broad one leaves over, so this is small even for true children.",
)
SHARE_OF_PARENT = Term("Share of parent", "Share of the candidate's own items that are also the neuron's own.")
CUT = Term("Cut dictionary", "Users and items are rebuilt from the first neurons only; later ones are left out.")
LEVEL_CURVES = Term(
    "Faithfulness of a level",
    "How accurate lists are, and how near the recommender's, with the dictionary cut after each level.",
    "Baselines keep as many coordinates of each user and item as the level's neurons fire on; k-means has as many "
    "centroids as neurons.",
)
BY_LEVEL = Term(
    "Level by level",
    "The list that this user would get from each level alone, and the concept that brought each new item.",
    "It is the level's neuron with the largest part of what the level adds to the score above the average item.",
    "part_k,i = l·s·z_k·⟨d_k, q̂_i − q̄⟩, this level's less the one before",
)

# Items and users.

SCORE_PARTS = Term(
    "Parts of a score",
    "What each of the user's neurons adds to the recommender's score of an item; all parts add up to it.",
    "z is the activation, d the neuron's direction, q the item, m the mean user, e what neurons do not explain. b are "
    "biases, l the user's length where users are read at unit length, else 1.",
    "u·q + b = Σ l·s·z·⟨d, q⟩ + l·⟨m, q⟩ + ⟨e, q⟩ + b",
)
SCORE_PARTS_BY_ABLATION = Term(
    "Parts of a score, by ablation",
    "What the recommender's score of an item loses when one of the user's neurons is switched off.",
    "Such parts need not add up to the score; a bar of its own says how much is missing.",
)
SHARE_OF_RANGE = Term(
    "Share of the range", "How strongly a neuron fires, in per cent of its strongest item or, for a user, user."
)
RANK_ON_NEURON = Term(
    "Rank on the neuron", "The item's place among the neuron's strongest items; empty further down than these reach."
)
NEAREST_ITEMS = Term(
    "Nearest items",
    "Cosine of the recommender's own embeddings of two items; 1 is the same direction.",
    formula="cos(q, q′)",
)
SAME_NEURONS = Term(
    "The same neurons",
    "Cosine of the activations of two items, each as a share of the neuron's strongest item.",
    "Looked for among the 200 nearest items by embedding and the 10 strongest of each of its neurons.",
)
SHARED_NEURONS = Term("Neurons of both", "Up to three neurons that fire on both items, the strongest first.")
RANK_IN_LIST = Term(
    "Rank in the list", "The item's place in the user's own list of 20; items the user has had are left out."
)
BRINGS = Term(
    "Neurons that set an item's users apart",
    "What a neuron adds to the item's score, mean over those who get it; beside it, the mean over all users.",
    "Neurons are sorted by the difference. Of more than 200 users, 200 drawn at random are counted.",
)
STRONGER_THAN = Term(
    "Stronger than",
    "Share of the users for whom the neuron fires more weakly, or not at all.",
    "Counted on up to 1,000 users.",
)
SIMILAR_USERS = Term("Similar users", "Cosine of the recommender's own embeddings of two users.", formula="cos(u, u′)")

# Maps.

MAP = Term(
    "Map",
    "Points that lie close together are similar to the recommender.",
    "Directions and distances over the whole map mean little. Drag to move, scroll to zoom; lasso and box above it, "
    "or Shift and drag, select points. With Ctrl they add to the selection, with Alt they take away from it.",
)
GROUPS = Term(
    "Groups of points",
    "Points that lie together, named after what most of them share and the other points rarely have.",
    "Groups without such a name are not shown.",
)
TRUSTWORTHINESS = Term(
    "Trustworthiness",
    "How far close neighbours on the map are close in the embeddings too: 1 is always, about 0.5 is chance.",
    "j runs over neighbours on the map that are not among the k = 15 nearest embeddings, r is their rank there.",
    "1 − 2/(n·k·(2n−3k−1)) Σ_i Σ_j (r(i,j) − k)",
)
DRAW = Term(
    "Compute UMAP",
    "Takes from some seconds to minutes, in a process of its own; the result is kept with the run.",
)

# A selection on a map.

SELECTION = Term(
    "Selection",
    "Points that were drawn around or found on the map; the same points have the same short id in the address.",
    "Random sets of as many points show nothing significant in 99 of 100 cases. Drawn ones are not random.",
)
FIRES_STRONGLY = Term(
    "Fires strongly",
    "The neuron's strongest items or users, as many as carry most of its energy; weak activations are not counted.",
    "z is its activation. A neuron with m equal activations has all m of them.",
    "the (Σ z²)² / Σ z⁴ strongest",
)
SELECTION_LIFT = Term(
    "Lift of a selection",
    "How many times as common it is in the selection as elsewhere.",
    "Empty where it is found only in the selection.",
    "share here / share elsewhere",
)
SELECTION_P = Term(
    "p of a selection",
    "Probability of as many in a random set of as many points, times the number of things tested in this table.",
    "p < .01 counts as significant.",
    "hypergeometric tail × tests",
)
FOND = Term(
    "More than expected",
    "How many of them a history holds beside the number expected if it were drawn like everybody's.",
    "p is the larger of two, for random points and for random histories of this length, times the number of tests.",
    "lift = count / expected, expected = length × share of all interactions",
)
TOWARD = Term(
    "Steer toward this",
    "Opens Steering with up to 5 of these concepts, each set to what the user has who has most of them.",
    "You see for a person of your choice what enters and what leaves the list.",
)

# Auditing by hand.

QUEUE_ORDER = Term(
    "Order of the queue",
    "By use and doubt: first the neurons that carry much of the users' taste and of which least is settled.",
    "Use is the share of the users' code energy. Doubt is high where a name does not hold, held-out purity is near a "
    "half, nobody judged or reviewers differ. The random order gives everybody the same random sample.",
    "use × mean(1 − name holds, 4h(1 − h), 1 − m/(r + 1))",
)
INTRUDER_TEST = Term(
    "Intruder test",
    "Find the one of six items on which the neuron does not fire; the other five are among its strongest.",
    "The intruder is about as popular and as old as the others, so neither gives it away. Guessing is right one time "
    "in six.",
)
FORWARD_TEST = Term(
    "Forward test",
    "Find, from the neuron's name alone, those of ten items on which it fires.",
    "It fires on five of them, from weak to strong. The other five are about as popular and as old. Guessing gets half "
    "of the ten right.",
)
TEST_SCORE = Term(
    "Test score",
    "Share of correct decisions in a test that people took, beside what guessing reaches.",
    "Of a run: mean over the neurons tested, so each counts the same. Answers on one neuron are alike, so its interval "
    "is wider than that of as many independent ones. p is the probability of as many by guessing.",
)
HUMAN_CORRELATION = Term(
    "People and computed scores",
    "Rank correlation ρ, over neurons, of what people say or score with held-out purity.",
    "Near 1 the computed number ranks neurons as people do. The interval is from a bootstrap over neurons.",
)
REVIEWERS_AGREE = Term(
    "Agreement of reviewers",
    "Share of pairs of reviewers who gave a neuron the same verdict, mean over the neurons that two or more judged.",
    "Skipped and inherited verdicts do not count.",
)
KAPPA = Term(
    "Cohen's κ",
    "Agreement of two reviewers beyond what chance gives: 1 is always, 0 is as often as by chance.",
    "It is undefined where everybody always says the same. The interval is from a bootstrap over neurons.",
    "κ = (A − E) / (1 − E), E = Σ_v p_v q_v",
)
FLEISS = Term(
    "Fleiss's κ",
    "The same as Cohen's κ for three or more reviewers, who need not all have judged every neuron.",
    formula="κ = (A − E) / (1 − E), E = Σ_v p_v²",
)
ALPHA = Term(
    "Krippendorff's α",
    "Agreement beyond chance for any number of reviewers, where real against not weighs more than real against partly.",
    formula="α = 1 − D_o / D_e",
)
CONFIRMED = Term(
    "Confirmed",
    "A neuron is confirmed if most of its reviewers judge it real, or if that is what they agreed on.",
    "By 2 people: two or more of them say so. Skipped and inherited verdicts do not count.",
)
REVIEW_CONFIDENCE = Term(
    "Confidence in a verdict", "How sure the reviewer is: 1 is a guess, 2 is fairly sure, 3 is sure."
)
RANDOM_SAMPLE = Term(
    "Random sample",
    "Share of all neurons that fire which are real, estimated from those at the top of the random order.",
    "The interval says how far the estimate may be off. It shrinks to nothing once all are judged.",
)
INHERITED = Term(
    "Inherited",
    "Carried over from the most similar neuron of an earlier run, and not confirmed yet.",
    "It counts nowhere until its reviewer judges the neuron in this run. Carried over are neurons that are each "
    "other's closest match at a similarity of at least 0.7.",
)

UNSEEN = Term(
    "Unseen positives",
    "Accuracy is measured only where the recommender has not seen the held-out positives.",
    "An own model is taken to have seen them unless somebody says what it was trained on.",
)

# What a data set is, and what its columns are.

DATA_USERS = Term("Users of a data set", "Users with at least one positive, and so with a vector in the base model.")
DATA_ITEMS = Term("Items of a data set", "Items with at least one positive; the others are left out, and counted.")
DATA_POSITIVES = Term(
    "Interactions of a data set",
    "Pairs of a user and an item that count as liking: the positives, before the split into training and test.",
)
DENSITY_OF_DATA = Term(
    "Density of a data set",
    "Share of all pairs of user and item that are positives.",
    "",
    "positives / (users × items)",
)
LONG_TAIL = Term(
    "Long tail",
    "Share of all interactions that the most popular tenth of the items has.",
    "10% would be an even spread; the higher, the fewer items everybody has.",
)
FACET = Term(
    "Facet",
    "A property by which items are grouped, such as category or brand; neurons are named by its values.",
)
ROLE_USER = Term("Column of users", "Who interacted: an id of a customer, listener, session or basket.")
ROLE_ITEM = Term("Column of items", "What a user interacted with: an id, or a name if there is no id.")
ROLE_RATING = Term("Column of ratings", "How much a user likes an item; from which value on that counts is asked.")
ROLE_COUNT = Term("Column of counts", "How often a user had an item, such as plays or purchases; repeated rows add up.")
ROLE_TIME = Term("Column of times", "When it happened; used to show histories in order.")
ROLE_ID = Term("Column of item ids", "The column of the items' table that holds the same ids as the interactions.")
ROLE_TITLE = Term("Column of titles", "What items are called on all pages; without one, their ids.")
ROLE_YEAR = Term("Column of years", "A year, or a date of which the year is taken; eras are made of it.")

TERMS = tuple(
    sorted(
        {value for value in (*globals().values(), *ARMS.values()) if isinstance(value, Term)},
        key=lambda term: term.title.lower(),
    )
)
"""All of them, by title."""


def find(words: str) -> list[Term]:
    """The terms that have these words in their title, whatever the case; all of them for no words."""
    return [term for term in TERMS if words.strip().lower() in term.title.lower()]


def as_markdown(terms: tuple[Term, ...] | list[Term] = TERMS) -> str:
    """Terms as Markdown: a paragraph each, with its formula."""
    return "\n\n".join(f"**{term.title}.** {' '.join(str(term).split())}" for term in terms)
