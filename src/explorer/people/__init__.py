"""Who the users are: personas found from the data, profiles, and persons who are not in it."""

from explorer.people.fold_in import fold_in
from explorer.people.personas import Persona, personas_of
from explorer.people.profile import Profile, profile

__all__ = [
    "Persona",
    "Profile",
    "fold_in",
    "personas_of",
    "profile",
]
