"""Where chance comes from: streams of numbers named after what they decide.

Each part of a universe draws from a stream of its own, so that one thing left out (a caller who
stays at home, a fault that is not done) changes as little as possible of everything else.
"""

import random


def stream(seed: int, *names: object) -> random.Random:
    """Return the stream of ``seed`` for what ``names`` say; the same names, the same numbers."""
    return random.Random(":".join(str(part) for part in (seed, *names)))
