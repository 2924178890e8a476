"""When and how it runs: definitions, jobs, settings, command line."""
