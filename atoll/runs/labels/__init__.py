"""What data of a run are labelled with, and who may have them: asked at each sink, counted at each crossing."""
