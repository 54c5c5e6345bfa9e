"""Which runs this process holds: claimed, carried, renewed, handed on."""
