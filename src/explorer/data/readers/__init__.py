"""One module per layout of files that a data set can be read from."""
