"""Recordings as a browser hears them: to those whom they concern, and to nobody else.

The path is a setting (STORAGE.LOCAL_URL), built in contact_center/urls.py. A player asks for pieces
(RFC 9110 §14), to seek; nothing on the way may keep any of them.
"""

import re

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from contact_center.kept_recordings import content_type_of
from contact_center.models.voicemails import recordings
from contact_center.selectors import access

#: The most of a sound in one answer to who asks for a piece; the player asks for the next.
PIECE = 1024 * 1024
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@require_safe
def recording(request: HttpRequest, name: str) -> HttpResponse:
    """The sound of a message. Whoever it does not concern learns nothing of it: 404."""
    message = access.heard_voicemail(request.user, name)
    assert message.sound.name == name
    if not recordings().exists(name):
        return _answer(HttpResponse(status=404))
    with recordings().open(name) as file:
        size = file.size
        wanted = _piece(request.headers.get("Range", ""), size)
        if wanted is None:
            answer = HttpResponse(file.read(), content_type=content_type_of(name))
        elif not wanted:
            answer = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        else:
            file.seek(wanted.start)
            answer = HttpResponse(
                file.read(len(wanted)), status=206, content_type=content_type_of(name)
            )
            last = wanted.stop - 1
            answer.headers["Content-Range"] = f"bytes {wanted.start}-{last}/{size}"
    return _answer(answer)


def _answer(answer: HttpResponse) -> HttpResponse:
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Disposition"] = "inline"
    return answer


def _piece(asked: str, size: int) -> range | None:
    """Return which bytes are asked for; none of them where there are none; None for all.

    What we do not understand (several pieces, another unit) is answered with all, as one may.
    """
    found = _RANGE.fullmatch(asked.replace(" ", ""))
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        start, stop = max(size - int(last), 0), size  # the last so many
    else:
        start, stop = int(first), min(int(last) + 1 if last else size, size)
    return range(start, min(stop, start + PIECE))
