"""What keeps persons out of reach: pseudonym keys, erasure, retention clocks and the archive of aggregates."""
