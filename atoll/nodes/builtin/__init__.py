"""One file, one node type. The registry imports every module of this package."""
