"""What pages and commands show of neurons, items and users: tables, cards, families, searches, exports."""
