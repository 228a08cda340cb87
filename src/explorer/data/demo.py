"""The built-in demo: an invented film catalogue with planted concepts, made from a seed.

Every item belongs to a leaf of a two-level genre tree (some to two), has a release year and a long-tailed
popularity. Users have a taste for a few leaves, for an era and for popular or obscure items, and draw their
items from exactly that. So the truth about every concept is known, which real data never offers.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from explorer.data.dataset import Dataset

GENRE_TREE: dict[str, tuple[str, ...]] = {
    "Horror": ("Slasher", "Ghost story", "Creature feature"),
    "Comedy": ("Romantic comedy", "Satire", "Slapstick"),
    "Science fiction": ("Space opera", "Cyberpunk", "Time travel"),
    "Crime": ("Heist", "Detective", "Gangster"),
    "Fantasy": ("Sword and sorcery", "Fairy tale", "Urban fantasy"),
    "Drama": ("Family drama", "Courtroom", "Biography"),
    "Adventure": ("Sea voyage", "Treasure hunt", "Survival"),
    "Music": ("Musical", "Concert film", "Dance"),
}

# Words for invented titles, by leaf: "The {adjective} {noun}" and the like.
_NOUNS = {
    "Slasher": "Cellar Scream Blade Mask Prom Cabin Butcher Stairwell",
    "Ghost story": "Haunting Séance Attic Apparition Manor Whisper Mourner Lantern",
    "Creature feature": "Swarm Claw Hatchery Leviathan Brood Lagoon Mutation Nest",
    "Romantic comedy": "Wedding Proposal Roommate Honeymoon Valentine Bouquet Matchmaker Crush",
    "Satire": "Campaign Ministry Scandal Boardroom Committee Pundit Bureau Slogan",
    "Slapstick": "Pratfall Butler Piano Banana Blunder Parade Pie Plumber",
    "Space opera": "Nebula Armada Starship Galaxy Outpost Comet Throneworld Corsair",
    "Cyberpunk": "Circuit Neon Mainframe Implant Firewall Megacity Replica Signal",
    "Time travel": "Paradox Hourglass Yesterday Chronicle Loop Tomorrow Pendulum Epoch",
    "Heist": "Vault Score Getaway Safecracker Diamond Blueprint Crew Alarm",
    "Detective": "Alibi Clue Stranger Witness Inspector Cipher Footprint Motive",
    "Gangster": "Syndicate Bootlegger Kingpin Racket Informer Territory Cartel Debt",
    "Sword and sorcery": "Sword Barbarian Citadel Rune Warlock Quest Amulet Warband",
    "Fairy tale": "Princess Spindle Woodcutter Wishing-Well Swan Slipper Giant Enchantment",
    "Urban fantasy": "Nightmarket Gargoyle Hex Subway Familiar Covenant Alley Shapeshifter",
    "Family drama": "Inheritance Reunion Daughter Homecoming Brothers Orchard Farewell Kitchen",
    "Courtroom": "Verdict Juror Testimony Appeal Objection Defender Oath Statute",
    "Biography": "Painter Chancellor Inventor Composer Aviator Poet Champion Surgeon",
    "Sea voyage": "Voyage Harbour Mutiny Lighthouse Trade-Wind Captain Reef Galleon",
    "Treasure hunt": "Map Idol Temple Relic Expedition Canyon Doubloon Tomb",
    "Survival": "Avalanche Desert Raft Summit Blizzard Jungle Crevasse Wilderness",
    "Musical": "Overture Broadway Chorus Melody Showgirl Duet Serenade Encore",
    "Concert film": "Tour Amplifier Arena Setlist Unplugged Soundcheck Festival Rehearsal",
    "Dance": "Tango Ballroom Footwork Waltz Rhythm Pointe Marathon Choreography",
}
_ADJECTIVES = (
    "Crimson Silent Golden Last Broken Hidden Electric Forgotten Distant Velvet Hollow Burning Second Northern "
    "Paper Midnight Glass Restless Emerald Secret Iron Borrowed Perfect Endless Crooked Winter Scarlet Lonely Blue"
)
_PATTERNS = (
    "The {a} {n}",
    "{a} {n}",
    "{n} of the {a} {m}",
    "A {a} {n}",
    "The {n} and the {m}",
    "{n} at {a} {m}",
)

ITEMS_PER_LEAF = 30
N_USERS = 1600
SECOND_LEAF_SHARE = 0.1
FAN_SHARE = 0.55
MEDIAN_HISTORY = 50
TASTE_STRENGTH = 1.8
YEARS = (1950, 2023)
SEED = 2026


def genre_parents() -> dict[str, str]:
    """Leaf genre → the broader genre it was planted under."""
    return {leaf: parent for parent, leaves in GENRE_TREE.items() for leaf in leaves}


def generate(
    n_users: int = N_USERS, items_per_leaf: int = ITEMS_PER_LEAF, seed: int = SEED
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Interactions and items as `build_dataset` wants them; the same for the same arguments.

    n_users: users, of about 50 items each.
    items_per_leaf: items of each genre of the lower level.
    """
    rng = np.random.default_rng(seed)
    leaves = list(genre_parents())
    parents = list(GENRE_TREE)
    parent_of = np.array([parents.index(genre_parents()[leaf]) for leaf in leaves])
    n_items = len(leaves) * items_per_leaf

    first = np.repeat(np.arange(len(leaves)), items_per_leaf)
    second = np.where(rng.random(n_items) < SECOND_LEAF_SHARE, rng.integers(len(leaves), size=n_items), first)
    year = rng.triangular(YEARS[0], 2005, YEARS[1] + 1, n_items).astype(int)
    log_popularity = -0.85 * np.log(rng.permutation(n_items) + 8.0)

    taste = _tastes(rng, n_users, parent_of)
    liking = np.log(np.maximum(taste[:, first], taste[:, second]))
    era = rng.uniform(YEARS[0] + 10, YEARS[1], n_users)
    era_width = np.where(rng.random(n_users) < 0.5, 9.0, 40.0)  # half the users stick to their era
    era_fit = -0.5 * ((year[None, :] - era[:, None]) / era_width[:, None]) ** 2
    mainstream = rng.gamma(4.0, 0.3, n_users)
    utility = TASTE_STRENGTH * liking + era_fit + mainstream[:, None] * log_popularity[None, :]

    # Drawing without replacement in proportion to exp(utility): the n largest after adding Gumbel noise.
    order = np.argsort(-(utility + rng.gumbel(size=utility.shape)), axis=1)
    length = np.clip(rng.lognormal(np.log(MEDIAN_HISTORY), 0.45, n_users), 14, 140).astype(int)
    user = np.repeat(np.arange(n_users), length)
    item = np.concatenate([row[:n] for row, n in zip(order, length, strict=True)])

    genres = [
        list(dict.fromkeys([parents[parent_of[a]], leaves[a], parents[parent_of[b]], leaves[b]]))
        for a, b in zip(first, second, strict=True)
    ]
    titles = _titles(rng, [leaves[leaf] for leaf in first])
    items = pd.DataFrame({"item_id": np.arange(1, n_items + 1), "title": titles, "genres": genres})
    items["year"] = pd.array(year, dtype="Int64")
    shuffled = rng.permutation(n_items)  # so that neighbours in the table are not neighbours in the tree
    items = items.iloc[shuffled].reset_index(drop=True)
    items["item_id"] = np.arange(1, n_items + 1)
    new_number = np.argsort(shuffled) + 1
    return pd.DataFrame({"user_id": user + 1, "item_id": new_number[item]}), items


def _tastes(rng: np.random.Generator, n_users: int, parent_of: np.ndarray) -> np.ndarray:
    """How much each user likes each leaf, `[n_users, n_leaves]`, rows summing to 1, nothing quite zero.

    About half the users are fans of one or two broad genres and like all their leaves alike; the others like one to
    three single leaves and nothing else of their genres. So both levels of the tree are real.

    parent_of: the broad genre of each leaf, `[n_leaves]`.
    """
    n_parents, n_leaves = parent_of.max() + 1, len(parent_of)

    def favourites(max_favourites: int, among: int) -> np.ndarray:
        rank = np.argsort(rng.random((n_users, among)), axis=1).argsort(axis=1)
        chosen = rank < rng.integers(1, max_favourites + 1, n_users)[:, None]
        weight = np.where(chosen, rng.uniform(0.5, 1.5, chosen.shape), 0.0)
        return weight / weight.sum(axis=1, keepdims=True)

    broad = favourites(2, n_parents)[:, parent_of] * rng.uniform(0.8, 1.2, (n_users, n_leaves))
    narrow = favourites(3, n_leaves)
    is_fan = rng.random(n_users) < FAN_SHARE
    taste = np.where(is_fan[:, None], broad / broad.sum(axis=1, keepdims=True), narrow) + 0.002
    return taste / taste.sum(axis=1, keepdims=True)


def _titles(rng: np.random.Generator, leaves: list[str]) -> list[str]:
    """One invented title per item, no two alike."""
    adjectives = _ADJECTIVES.split()
    titles: dict[str, None] = {}
    for leaf in leaves:
        nouns = _NOUNS[leaf].split()
        while True:
            n, m = rng.choice(nouns, 2, replace=False)
            title = str(rng.choice(_PATTERNS)).format(a=rng.choice(adjectives), n=n, m=m)
            title = re.sub(r"^A (?=[EIO])", "An ", title.replace("-", " "))
            if title not in titles:
                titles[title] = None
                break
    return list(titles)


def planted_concepts(dataset: Dataset) -> dict[str, np.ndarray]:
    """The truth about a demo data set: concept → bool `[n_items]`, for every genre of both levels, every
    decade, and `popular` (the most popular tenth)."""
    concepts = {genre: dataset.genre_matrix[:, i] for i, genre in enumerate(dataset.genres)}
    decade = dataset.items["year"].to_numpy(dtype=int) // 10 * 10
    concepts |= {f"{start}s": decade == start for start in np.unique(decade)}
    popularity = dataset.items["popularity"].to_numpy()
    concepts["popular"] = popularity >= np.quantile(popularity, 0.9)
    return concepts
