"""Own data: one description of the files (`source.toml`), by which they are guessed, shown, checked and read."""
