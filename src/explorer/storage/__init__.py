"""Files written whole or not at all, and what is added to a folder later."""
