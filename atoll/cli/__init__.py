"""The `atoll` command: the composition root. Here, and only here, the parts are put together."""
