"""Where recordings are kept, and who hears them: the settings of STORAGE, each by its effect."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.test import Client, override_settings
from django.urls import clear_url_caches, set_urlconf
from django.utils import timezone
from pytest_django import Settings

from contact_center.checks import check_configuration
from contact_center.kept_recordings import new_name
from contact_center.models import Queue, User, Voicemail, VoicemailStatus
from contact_center.models.voicemails import recordings
from tests.builders import offer, signed_in, waiting_call
from tests.cast import Cast, make_cast

SOUND = bytes(range(256)) * 20


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    path = tmp_path / "kept" / "recordings"
    settings.DJANGO_TWILIO_CALL_STORAGE = {"LOCAL_PATH": str(path)}
    return path


@pytest.fixture
def umask() -> Iterator[None]:
    """A process that lets nobody else read what it writes."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def keep() -> str:
    return recordings().save(new_name("audio/mpeg"), ContentFile(SOUND))


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- the settings --------------------------------------------------------------------------------


def test_recordings_are_kept_in_the_folder_of_the_setting(
    settings: Settings, tmp_path: Path, folder: Path
) -> None:
    assert (folder / keep()).read_bytes() == SOUND
    other = tmp_path / "other"
    settings.DJANGO_TWILIO_CALL_STORAGE = {"BACKEND": "local", "LOCAL_PATH": str(other)}
    name = keep()
    assert (other / name).read_bytes() == SOUND
    assert not (folder / name).exists()


def test_files_have_the_mode_of_the_setting_whatever_the_umask(
    settings: Settings, folder: Path, umask: None
) -> None:
    assert mode_of(folder / keep()) == 0o644
    settings.DJANGO_TWILIO_CALL_STORAGE = {"LOCAL_PATH": str(folder), "PERMISSIONS": 0o660}
    assert mode_of(folder / keep()) == 0o660


def test_every_folder_that_is_made_has_the_mode_of_the_setting_whatever_the_umask(
    settings: Settings, folder: Path, umask: None
) -> None:
    settings.DJANGO_TWILIO_CALL_STORAGE = {
        "LOCAL_PATH": str(folder),
        "DIRECTORY_PERMISSIONS": 0o775,
    }
    path = folder / keep()
    assert [mode_of(folder), mode_of(path.parent)] == [0o775, 0o775]
    assert os.umask(0o077) == 0o077


def test_other_back_ends_are_refused_until_they_are_built() -> None:
    bucket = {"BACKEND": "s3", "AWS_STORAGE_BUCKET_NAME": "ours"}
    with override_settings(DEBUG=True, DJANGO_TWILIO_CALL_STORAGE=bucket):
        (problem,) = check_configuration(None)
    assert problem.id == "contact_center.E013"
    assert "there is only 'local'" in problem.msg


def test_a_folder_that_cannot_be_written_is_said_before_the_site_starts(tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    kept = {"LOCAL_PATH": str(tmp_path / "a-file" / "recordings")}
    with override_settings(DEBUG=True, DJANGO_TWILIO_CALL_STORAGE=kept):
        (problem,) = check_configuration(None)
        assert problem.id == "contact_center.E023"
        with override_settings(DJANGO_TWILIO_CALL_CALL={"VOICEMAIL_ENABLED": False}):
            assert check_configuration(None) == []  # nothing is recorded there


def test_names_say_nothing_and_lead_nowhere_else(folder: Path) -> None:
    assert len({new_name("audio/mpeg") for _ in range(100)}) == 100
    for name in ("../outside.mp3", "/etc/passwd", "a/../../outside.mp3"):
        with pytest.raises(SuspiciousFileOperation):
            recordings().save(name, ContentFile(SOUND))


# --- who hears them ------------------------------------------------------------------------------


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def message(cast: Cast) -> Voicemail:
    """A message that somebody left for Support."""
    return a_message_for(cast.support)


def a_message_for(queue: Queue) -> Voicemail:
    work = waiting_call(queue)
    return Voicemail.objects.create(
        tenant=queue.tenant,
        queue=queue,
        left_in=waiting_call(queue),
        call=work,
        status=VoicemailStatus.KEPT,
        asked_at=timezone.now(),
        recording_sid=f"RE{work.pk:032x}",
        sound=keep(),
    )


def ask(user: User, message: Voicemail, **headers: str) -> tuple[int, bytes]:
    answer = signed_in(user).get(message.sound.url, headers=headers)
    return answer.status_code, answer.content


def test_a_message_is_played_to_those_whom_it_concerns_and_is_not_there_for_others(
    cast: Cast, message: Voicemail
) -> None:
    for user in (cast.alice.user, cast.carol, cast.dana):
        assert ask(user, message) == (200, SOUND)
    for user in (cast.dave, cast.erin.user):
        assert ask(user, message)[0] == 404
    assert Client().get(message.sound.url).status_code == 404


def test_who_serves_the_queue_no_more_hears_what_was_offered_to_them(
    cast: Cast, message: Voicemail
) -> None:
    cast.alice.memberships.all().delete()
    assert ask(cast.alice.user, message)[0] == 404
    assert message.call is not None
    offer(message.call, cast.alice)
    assert ask(cast.alice.user, message)[0] == 200


def test_a_player_can_seek_and_nothing_on_the_way_keeps_a_piece(
    cast: Cast, message: Voicemail
) -> None:
    browser = signed_in(cast.alice.user)
    whole = browser.get(message.sound.url)
    assert (whole.headers["Accept-Ranges"], whole.headers["Content-Type"]) == (
        "bytes",
        "audio/mpeg",
    )
    assert whole.headers["Cache-Control"] == "private, no-store"
    size = len(SOUND)
    for asked, piece in (
        ("bytes=10-19", SOUND[10:20]),
        ("bytes=-7", SOUND[-7:]),
        ("bytes=5000-", SOUND[5000:]),
        (f"bytes={size - 1}-{size + 9}", SOUND[-1:]),
    ):
        answer = browser.get(message.sound.url, headers={"range": asked})
        assert (answer.status_code, answer.content) == (206, piece), asked
        assert answer.headers["Content-Range"].endswith(f"/{size}")
    too_far = browser.get(message.sound.url, headers={"range": f"bytes={size}-"})
    assert (too_far.status_code, too_far.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert browser.get(message.sound.url, headers={"range": "lines=1-2"}).content == SOUND


def test_recordings_are_served_below_the_path_of_the_setting(
    cast: Cast, message: Voicemail, settings: Settings, folder: Path
) -> None:
    import importlib

    from contact_center import urls

    settings.DJANGO_TWILIO_CALL_STORAGE = {"LOCAL_PATH": str(folder), "LOCAL_URL": "/heard/"}
    assert message.sound.url.startswith("/heard/")
    try:
        importlib.reload(urls)
        clear_url_caches()
        assert ask(cast.alice.user, message) == (200, SOUND)
    finally:
        settings.DJANGO_TWILIO_CALL_STORAGE = {"LOCAL_PATH": str(folder)}
        importlib.reload(urls)
        clear_url_caches()
        set_urlconf(None)
