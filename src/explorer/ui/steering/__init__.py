"""Parts of the page on which a person's concepts are turned."""
