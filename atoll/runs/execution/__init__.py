"""One run is carried out: the loop over what the engine decides, its nodes, and what they see."""
