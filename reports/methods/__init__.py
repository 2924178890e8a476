"""Parts of the methods page: the values its text names and the tables beside it."""
