"""The site's sockets with little patience: who stalls need not be fed two megabytes in a test."""

from contact_center.asgi import application
from realtime import sockets

__all__ = ["application"]

#: Some twenty snapshots of the demo's floor.
sockets.MAX_UNSEEN = 200_000
