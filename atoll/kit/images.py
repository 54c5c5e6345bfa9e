"""References of container images: what counts as pinned."""

import re

PINNED = r"^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$"


def pinned(reference: str) -> bool:
    """Whether it names one image for ever: name@sha256:digest, with a tag before the @ or without, never `latest`."""
    return re.fullmatch(PINNED[1:-1], reference) is not None and ":latest@" not in reference
