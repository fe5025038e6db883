"""A page for each problem type, and the list of them."""
