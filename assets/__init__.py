"""What is produced: importers, warehouse, statistics, synthetic police, pages and releases."""
