"""What the Data page is made of: the data sets there are, and four steps to one's own."""
