"""What is done with rows as plain arrays: put in order, cut into segments, joined into components."""
