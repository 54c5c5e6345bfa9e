"""What operations watch: the meter behind /metrics, and what is read of the database for it."""
