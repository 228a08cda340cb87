"""How much a reader takes: more is refused in a sentence, before it fills the memory or the pages.

With the limits of text a run can be opened again, whose tables have limits in bytes (`storage.tables`).
"""

MAX_ID_LENGTH = 200
"""In characters, like the others."""
MAX_TITLE_LENGTH = 2_000
MAX_GENRE_LENGTH = 100
MAX_GENRES = 5_000
"""Different genres in a catalogue: each is a column of `Dataset.genre_matrix`."""
MAX_GENRES_PER_ITEM = 500
