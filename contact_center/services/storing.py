"""Files of ours in the site's own storage: under names that nobody chose, and gone when unused."""

import secrets

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction


def keep_file(content: bytes, *, folder: str, ending: str) -> str:
    """Store ``content``; return its name, which nobody can guess."""
    name = f"{folder}/{secrets.token_urlsafe(24)}.{ending}"
    return default_storage.save(name, ContentFile(content))


def drop_file(name: str) -> None:
    """Delete a file at once: nothing has ever led to it."""
    default_storage.delete(name)


def forget_file(name: str | None) -> None:
    """Delete a file that nothing leads to any more, once that is certain."""
    if name:
        transaction.on_commit(lambda: default_storage.delete(name), robust=True)
