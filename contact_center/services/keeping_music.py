"""The wait music of a queue: uploaded, replaced and taken away by admins.

A file lies in the site's own storage, under a name that nobody chose and nobody can guess: whoever
has its address may fetch it, as the phone network does, which cannot sign in.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.domain.sounds import (
    LONGEST_SECONDS,
    MOST_BYTES,
    SHORTEST_SECONDS,
    Unfit,
    read_sound,
)
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import User
from contact_center.services import storing
from contact_center.services.keeping_queues import queue_of

FOLDER = "wait-music"


def give_music(*, queue_id: int, content: bytes, label: str, actor: User) -> None:
    """Let the callers of a queue hear the file ``content``; ``label`` is what it is called.

    Raises NotAllowed with a sentence when it is no music for a queue, or the queue is gone.
    """
    sound = read_sound(content)
    if isinstance(sound, Unfit):
        raise NotAllowed(_why_not(sound))
    name = storing.keep_file(content, folder=FOLDER, ending=sound.kind)
    try:
        _write(queue_id, actor, name=name, label=_tidy(label), seconds=round(sound.seconds))
    except BaseException:
        # Nothing leads to it.
        storing.drop_file(name)
        raise


def take_music_away(*, queue_id: int, actor: User) -> None:
    """Let the callers of a queue hear what they would without a file. Raises NotAllowed when the
    queue is gone."""
    _write(queue_id, actor, name="", label="", seconds=None)


@transaction.atomic
def _write(queue_id: int, actor: User, *, name: str, label: str, seconds: int | None) -> None:
    queue = queue_of(actor, queue_id)
    before, was_called = queue.music.name, queue.music_label
    if name == before:
        return
    queue.music.name, queue.music_label, queue.music_seconds = name, label, seconds
    queue.save()
    record(
        ev.QueueChanged(
            tenant_id=queue.tenant_id,
            actor_id=actor.pk,
            queue_id=queue.pk,
            changes={"music": (was_called, label)},
        )
    )
    storing.forget_file(before)


def _why_not(unfit: Unfit) -> str:
    return {
        Unfit.EMPTY: _("This file is empty."),
        Unfit.TOO_LARGE: _("This file has more than %(most)s MB. Save it as MP3, or shorter."),
        Unfit.NO_SOUND: _(
            "This is no sound that telephones play. Save it as MP3, or as WAV with 8 or 16 bits."
        ),
        Unfit.TOO_SHORT: _("This lasts less than %(shortest)s seconds. Choose a longer piece."),
        Unfit.TOO_LONG: _(
            "This lasts more than %(longest)s seconds. Callers are told their place between two "
            "rounds of it: choose a shorter piece."
        ),
    }[unfit] % {
        "most": MOST_BYTES // 1024 // 1024,
        "shortest": SHORTEST_SECONDS,
        "longest": LONGEST_SECONDS,
    }


def _tidy(label: str) -> str:
    """Return what a file was called, as it can be shown."""
    shown = "".join(sign for sign in label if sign.isprintable()).strip()
    return shown[:100] or _("Music")
