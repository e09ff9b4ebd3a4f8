"""Serves the wait music that admins have uploaded (services/keeping_music.py).

The phone network fetches it without signing in, so its address is the secret: 192 random bits. A
new file has a new address, so what was fetched may be kept.
"""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from contact_center.domain.sounds import CONTENT_TYPES, Kind
from contact_center.models import Queue
from contact_center.services.keeping_music import FOLDER

KEPT_SECONDS = 24 * 3600


@require_safe
def wait_music(request: HttpRequest, name: str) -> HttpResponseBase:
    """Serve a file that is the music of some queue; whatever else lies in the storage is not."""
    stored = f"{FOLDER}/{name}"
    if not Queue.objects.filter(music=stored).exists():
        raise Http404
    try:
        content = default_storage.open(stored)
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(content, content_type=CONTENT_TYPES[Kind(name.rpartition(".")[2])])
    # Named after nothing that somebody wrote.
    response.headers["Content-Disposition"] = "inline"
    patch_cache_control(response, private=True, max_age=KEPT_SECONDS)
    return response
