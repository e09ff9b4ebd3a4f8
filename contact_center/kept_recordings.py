"""Where recordings are kept: a folder of this machine, as DJANGO_TWILIO_CALL_STORAGE says.

Files have names of their own drawing, in folders by their first letters; nobody outside names
one. They are served by us alone (contact_center/recordings.py), to whom they concern.
"""

import os
import secrets
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage
from django.utils.deconstruct import deconstructible

from contact_center.conf import current

#: What the sound is, and what its file is called.
ENDINGS = {"audio/mpeg": "mp3", "audio/x-wav": "wav", "audio/wav": "wav"}
CONTENT_TYPES = {"mp3": "audio/mpeg", "wav": "audio/x-wav"}


@deconstructible
class KeptRecordings(FileSystemStorage):
    """The storage ``recordings``: it asks the settings each time, and heeds no umask."""

    @property
    def base_location(self) -> str:
        """LOCAL_PATH."""
        return current().storage.local_path

    @property
    def location(self) -> str:
        """LOCAL_PATH, in full."""
        return str(Path(self.base_location).resolve())

    @property
    def base_url(self) -> str:
        """LOCAL_URL."""
        return current().storage.local_url

    @property
    def file_permissions_mode(self) -> int:
        """PERMISSIONS."""
        return current().storage.permissions

    @property
    def directory_permissions_mode(self) -> None:
        """Nothing: Django would change the umask of the whole process for a moment."""
        return None

    def _save(self, name: str, content: Any) -> str:
        make_folders(Path(self.path(name)).parent, below=Path(self.location))
        return super()._save(name, content)  # type: ignore[misc,no-any-return]


def make_folders(folder: Path, *, below: Path) -> None:
    """Make ``folder`` and what is missing on the way to it, from ``below`` on with
    DIRECTORY_PERMISSIONS, whatever the umask."""
    below.parent.mkdir(parents=True, exist_ok=True)
    for level in (*reversed(folder.relative_to(below).parents), folder.relative_to(below)):
        path = below / level
        try:
            path.mkdir()
        except FileExistsError:
            continue
        path.chmod(current().storage.directory_permissions)


def new_name(content_type: str) -> str:
    """Return a name for a new file; it says nothing but what kind of sound it is."""
    drawn = secrets.token_hex(16)
    return f"{drawn[:2]}/{drawn}.{ENDINGS.get(content_type, 'mp3')}"


def content_type_of(name: str) -> str:
    """Return what kind of sound a file is, by its name."""
    return CONTENT_TYPES.get(name.rpartition(".")[2], "application/octet-stream")


def why_not_writable() -> str:
    """Return why nothing can be kept in LOCAL_PATH, as half a sentence; "" when it can. Makes
    nothing."""
    path = Path(current().storage.local_path)
    if not path.is_absolute():
        return "is no absolute path"
    nearest = next(each for each in (path, *path.parents) if each.exists())
    if not nearest.is_dir():
        return f"cannot be a folder: {nearest} is a file"
    if not os.access(nearest, os.W_OK | os.X_OK):
        return f"cannot be written: this process has no right to write in {nearest}"
    return ""
