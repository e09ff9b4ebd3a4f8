"""Wait music from a file: uploaded, heard by callers, replaced and removed; and what is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from contact_center.models import EventLog, Queue
from contact_center.services import keeping_queues, queueing
from contact_center.telephony.instructions import Play
from tests.builders import signed_in
from tests.cast import Cast
from tests.contact_center.domain.test_sounds import FRAME, wav
from tests.supervisors.test_setting_up_queues import page, said

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MP3 = FRAME * 400
Committing = Callable[..., Any]


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """The site's own storage, in a folder of this test."""
    backend = "django.core.files.storage.FileSystemStorage"
    options = {"location": tmp_path, "base_url": None}
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend, "OPTIONS": options}}
    return tmp_path


def upload(queue: Queue, content: bytes, name: str = "song.mp3", user: Any = None) -> Any:
    sent = {"file": SimpleUploadedFile(name, content)}
    return signed_in(user).post(page("music", queue), sent)


def kept(folder: Path) -> list[str]:
    return [str(found.relative_to(folder)) for found in folder.rglob("*") if found.is_file()]


def played(queue: Queue) -> str:
    """What callers of a queue are given to hear."""
    heard = queueing.music(Queue.objects.get(pk=queue.pk))
    assert isinstance(heard, Play)
    return heard.url


def path_of(address: str) -> str:
    return address.removeprefix("http://localhost:8000")


@pytest.mark.parametrize(
    ("content", "ending", "content_type"),
    [(MP3, "mp3", "audio/mpeg"), (wav(6), "wav", "audio/wav")],
)
def test_what_an_admin_uploads_callers_hear_and_the_network_fetches_without_signing_in(
    cast: Cast, folder: Path, content: bytes, ending: str, content_type: str
) -> None:
    # Whatever it was called: what is in it decides.
    answer = upload(cast.support, content, "../../Our song.exe", cast.dana)
    assert answer.status_code == 302
    address = played(cast.support)
    assert address.startswith("http://localhost:8000/wait-music/")
    assert address.endswith(f".{ending}")
    assert "song" not in address
    assert len(path_of(address)) > 40
    [name] = kept(folder)
    assert "song" not in name

    fetched = Client().get(path_of(address))
    assert fetched.status_code == 200
    assert fetched["Content-Type"] == content_type
    assert fetched["X-Content-Type-Options"] == "nosniff"
    assert b"".join(fetched) == content  # type: ignore[attr-defined]  # it is streamed
    assert Client().post(path_of(address)).status_code == 405

    shown = signed_in(cast.dana).get(page("queue", cast.support))
    assert "Callers hear Our song.exe" in said(shown)
    assert f'<audio controls preload="none" src="{path_of(address)}"' in shown.content.decode()
    assert played(cast.sales) == "http://localhost:8000/static/hold_music.mp3"
    event = EventLog.objects.get(name="queue.changed")
    assert event.queue_id == cast.support.pk
    assert event.details == {"changes": {"music": ["", "Our song.exe"]}}


def test_a_file_goes_before_an_address(cast: Cast) -> None:
    Queue.objects.filter(pk=cast.support.pk).update(music_url="https://example.com/music.mp3")
    assert played(cast.support) == "https://example.com/music.mp3"
    upload(cast.support, MP3, user=cast.dana)
    assert "/wait-music/" in played(cast.support)


def test_a_new_file_has_a_new_address_and_the_old_one_is_gone_once_it_is_certain(
    cast: Cast, folder: Path, django_capture_on_commit_callbacks: Committing
) -> None:
    upload(cast.support, MP3, user=cast.dana)
    first = played(cast.support)
    with django_capture_on_commit_callbacks(execute=False) as waiting:
        upload(cast.support, wav(6), "other.wav", cast.dana)
    assert len(kept(folder)) == 2  # until the change is certain
    for forget in waiting:
        forget()
    assert [name.rpartition(".")[2] for name in kept(folder)] == ["wav"]
    assert played(cast.support) != first
    assert Client().get(path_of(first)).status_code == 404


def test_a_file_that_is_removed_is_gone_and_callers_hear_the_setting_again(
    cast: Cast, folder: Path, django_capture_on_commit_callbacks: Committing
) -> None:
    upload(cast.support, MP3, user=cast.dana)
    address = played(cast.support)
    dana = signed_in(cast.dana)
    with django_capture_on_commit_callbacks(execute=True):
        assert dana.post(page("music-remove", cast.support)).status_code == 302
    assert played(cast.support) == "http://localhost:8000/static/hold_music.mp3"
    assert kept(folder) == []
    assert Client().get(path_of(address)).status_code == 404
    # To remove what is not there is no event.
    dana.post(page("music-remove", cast.support))
    assert EventLog.objects.filter(name="queue.changed").count() == 2


def test_with_a_queue_its_file_goes(
    cast: Cast, folder: Path, django_capture_on_commit_callbacks: Committing
) -> None:
    queue = Queue.objects.create(tenant=cast.tenant, name="Returns")
    upload(queue, MP3, user=cast.dana)
    with django_capture_on_commit_callbacks(execute=True):
        keeping_queues.remove_queue(queue_id=queue.pk, actor=cast.dana)
    assert kept(folder) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"<html>" * 5000, "This is no sound that telephones play."),
        (wav(6, width=3), "Save it as MP3, or as WAV with 8 or 16 bits."),
        (wav(2), "This lasts less than 5 seconds."),
        (FRAME * 4700, "This lasts more than 120 seconds."),
        (FRAME * 13_000, "This file has more than 5 MB."),
    ],
)
def test_a_file_that_is_no_wait_music_is_refused_in_a_sentence_and_not_kept(
    cast: Cast, folder: Path, content: bytes, sentence: str
) -> None:
    answer = upload(cast.support, content, user=cast.dana)
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert kept(folder) == []
    assert not EventLog.objects.exists()


def test_who_chooses_no_file_is_told_so(cast: Cast) -> None:
    answer = signed_in(cast.dana).post(page("music", cast.support))
    assert answer.status_code == 422
    assert "Choose a file first." in said(answer)


def test_nobody_else_uploads_or_removes_or_learns_that_one_could(cast: Cast, folder: Path) -> None:
    upload(cast.support, MP3, user=cast.dana)
    before = kept(folder)
    for user in (cast.alice.user, cast.carol, cast.dave, cast.erin.user):
        assert upload(cast.support, MP3, user=user).status_code == 404
        assert signed_in(user).post(page("music-remove", cast.support)).status_code == 404
    assert upload(cast.other_queue, MP3, user=cast.dana).status_code == 404
    assert kept(folder) == before


def test_nothing_else_of_the_storage_is_served(cast: Cast, folder: Path) -> None:
    (folder / "wait-music").mkdir()
    left_over = "x" * 32 + ".mp3"
    (folder / "wait-music" / left_over).write_bytes(MP3)
    (folder / "secret.mp3").write_bytes(MP3)
    for name in (left_over, "secret.mp3", "..%2Fsecret.mp3", ".mp3", "x.html", "%00" * 32 + ".mp3"):
        assert Client().get(f"/wait-music/{name}").status_code == 404


def test_a_file_that_the_storage_has_lost_is_not_found(cast: Cast, folder: Path) -> None:
    upload(cast.support, MP3, user=cast.dana)
    (folder / kept(folder)[0]).unlink()
    assert Client().get(path_of(played(cast.support))).status_code == 404
