"""Twilio, through its official client.

The simulator is not another adapter: it answers the same requests at another base URL.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from contact_center import conf
from contact_center.conf.twilio_account import TwilioAccount
from contact_center.domain.supervising import Mode
from contact_center.telephony.instructions import Instruction, Method
from contact_center.telephony.port import (
    LIVE_CALL_STATUSES,
    LIVE_CONFERENCE_STATUSES,
    AccountTruth,
    ApplicationTruth,
    CallTruth,
    ConferenceTruth,
    FormFields,
    NotSent,
    NumberTruth,
    OutcomeUnknown,
    ParticipantTruth,
    QueueMemberTruth,
    QueueTruth,
    RecordingTruth,
    Refused,
    Sound,
)
from contact_center.telephony.twilio import outcomes, payloads, tokens, twiml
from contact_center.telephony.twilio.signature import is_genuine

_NOT_FOUND = 404
_PAGE_SIZE = 1000
#: All that a leg can report of its way.
CALL_EVENTS = ("initiated", "ringing", "answered", "completed")
_CALL_NOT_IN_PROGRESS = 21220
_SOUND_NOT_READY = 21501
_RECORDING_SID = re.compile(r"RE[0-9a-f]{32}")

_Truth = TypeVar("_Truth")


class _OutcomeClient(Client):
    """The official client, except that what fails says whether it may have been applied.

    Every request passes through here, pages of lists included, with its headers still at hand:
    the library's own exceptions have lost Retry-After.
    """

    def request(self, *args: object, **kwargs: object) -> Response:
        try:
            response: Response = super().request(*args, **kwargs)
        except requests.RequestException as error:
            raise outcomes.of_exception(error) from error
        failure = outcomes.of_response(response)
        if failure is not None:
            raise failure
        return response


class TwilioTelephony:
    """The port `contact_center.telephony.port.Telephony`, spoken to Twilio. Safe for threads."""

    def __init__(
        self,
        account: TwilioAccount | None = None,
        *,
        simulator_url: str | None = None,
        http_client: HttpClient | None = None,
    ) -> None:
        """Take from the settings what is not given; `simulator_url` belongs to `account`.

        Raises ImproperlyConfigured without an account and its token.
        """
        if account is None:
            account = conf.current().twilio
            simulated = conf.current().general.mock_twilio
            simulator_url = settings.SIMULATOR_URL if simulated else None
        # The first authenticates our requests; each may have signed Twilio's: the next one while
        # it is being changed, and a subaccount's own.
        secrets = account.auth_token.get_secret_value().split(",")
        self._auth_tokens = [secret.strip() for secret in secrets if secret.strip()]
        if not (account.account_sid and self._auth_tokens):
            raise ImproperlyConfigured(
                "The phone network needs TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN. Copy both from "
                "the Twilio console, or set MOCK_TWILIO=1 to use the simulator."
            )
        self._account = account
        self._simulator_url = simulator_url
        if http_client is None:
            http_client = import_string(settings.TELEPHONY_HTTP_CLIENT)()
        self._client = _OutcomeClient(
            account.account_sid,
            self._auth_tokens[0],
            account.acting_sid,
            http_client=http_client,
            # Otherwise the client reads TWILIO_REGION and TWILIO_EDGE by itself and rewrites the
            # host we chose, the simulator's too. (An empty mapping would mean the environment.)
            environment={"TWILIO_REGION": "", "TWILIO_EDGE": ""},
        )
        self._client.api.base_url = simulator_url or f"https://{account.location.api_host}"

    # -- moving callers ---------------------------------------------------------------------

    def dequeue(self, *, queue_sid: str, call_sid: str, url: str) -> None:
        """See `Telephony.dequeue`."""
        self._client.queues(queue_sid).members(call_sid).update(url=url, method="POST")

    def redirect_call(self, *, call_sid: str, url: str) -> None:
        """See `Telephony.redirect_call`."""
        self._client.calls(call_sid).update(url=url, method="POST")

    def end_call(self, *, call_sid: str) -> None:
        """See `Telephony.end_call`."""
        try:
            self._client.calls(call_sid).update(status="completed")
        except Refused as refusal:
            if refusal.code != _CALL_NOT_IN_PROGRESS:
                raise

    # -- calling somebody -------------------------------------------------------------------

    def call_into_conference(
        self,
        *,
        conference_sid: str,
        to: str,
        from_: str,
        label: str,
        ring_seconds: int,
        longest_seconds: int,
        status_url: str,
        conference_url: str,
        answered_by_url: str = "",
        ends_conference: bool = True,
    ) -> str:
        """See `Telephony.call_into_conference`."""
        participants = self._client.conferences(conference_sid).participants
        detection = {
            "machine_detection": "Enable",
            "amd_status_callback": answered_by_url,
            "amd_status_callback_method": "POST",
        }
        made = participants.create(
            from_=from_,
            to=to,
            label=label,
            timeout=ring_seconds,
            time_limit=longest_seconds,
            early_media=True,
            beep="false",
            start_conference_on_enter=False,
            end_conference_on_exit=ends_conference,
            status_callback=status_url,
            status_callback_method="POST",
            status_callback_event=list(CALL_EVENTS),
            **(detection if answered_by_url else {}),
            # The network keeps those of whoever entered first; they are the same for every leg.
            conference_status_callback=conference_url,
            conference_status_callback_method="POST",
            conference_status_callback_event=twiml.CONFERENCE_EVENTS.split(),
        )
        return _sid_of(made.call_sid)

    def call_number(
        self,
        *,
        to: str,
        from_: str,
        url: str,
        ring_seconds: int,
        longest_seconds: int,
        status_url: str,
    ) -> str:
        """See `Telephony.call_number`."""
        made = self._client.calls.create(
            from_=from_,
            to=to,
            url=url,
            method="POST",
            timeout=ring_seconds,
            time_limit=longest_seconds,
            machine_detection="Enable",
            status_callback=status_url,
            status_callback_method="POST",
            status_callback_event=list(CALL_EVENTS),
        )
        return _sid_of(made.sid)

    # -- conferences ------------------------------------------------------------------------

    def end_conference(self, *, conference_sid: str) -> None:
        """See `Telephony.end_conference`."""
        with _absent_is_fine():
            self._client.conferences(conference_sid).update(status="completed")

    def hold(
        self, *, conference_sid: str, call_sid: str, music_url: str, music_method: Method = "POST"
    ) -> None:
        """See `Telephony.hold`."""
        participant = self._client.conferences(conference_sid).participants(call_sid)
        participant.update(hold=True, hold_url=music_url, hold_method=music_method)

    def resume(self, *, conference_sid: str, call_sid: str) -> None:
        """See `Telephony.resume`."""
        self._client.conferences(conference_sid).participants(call_sid).update(hold=False)

    def set_muted(self, *, conference_sid: str, call_sid: str, muted: bool) -> None:
        """See `Telephony.set_muted`."""
        self._client.conferences(conference_sid).participants(call_sid).update(muted=muted)

    def supervise(
        self, *, conference_sid: str, call_sid: str, mode: Mode, coached_sid: str = ""
    ) -> None:
        """See `Telephony.supervise`."""
        participant = self._client.conferences(conference_sid).participants(call_sid)
        coaching = {"call_sid_to_coach": coached_sid} if mode is Mode.COACH else {}
        participant.update(muted=mode is Mode.LISTEN, coaching=mode is Mode.COACH, **coaching)

    def remove_participant(self, *, conference_sid: str, call_sid: str) -> None:
        """See `Telephony.remove_participant`."""
        with _absent_is_fine():
            self._client.conferences(conference_sid).participants(call_sid).delete()

    # -- reading the truth ------------------------------------------------------------------

    def fetch_call(self, *, call_sid: str) -> CallTruth | None:
        """See `Telephony.fetch_call`."""
        with _absent_is_fine():
            return payloads.call(self._client.calls(call_sid).fetch())
        return None

    def fetch_live_calls(self, *, status: str = "") -> list[CallTruth]:
        """See `Telephony.fetch_live_calls`. One list per status."""
        live = {}
        for each in (status,) if status else LIVE_CALL_STATUSES:
            for truth in _all(self._client.calls, payloads.call, status=each):
                live[truth.sid] = truth
        return list(live.values())

    def fetch_conference_named(self, *, name: str) -> ConferenceTruth | None:
        """See `Telephony.fetch_conference_named`."""
        for status in LIVE_CONFERENCE_STATUSES:
            found = _all(
                self._client.conferences, payloads.conference, friendly_name=name, status=status
            )
            for truth in found:
                if truth.name == name:
                    return truth
        return None

    def fetch_live_conferences(self, *, status: str = "") -> list[ConferenceTruth]:
        """See `Telephony.fetch_live_conferences`. One list per status."""
        live = {}
        for each in (status,) if status else LIVE_CONFERENCE_STATUSES:
            for truth in _all(self._client.conferences, payloads.conference, status=each):
                live[truth.sid] = truth
        return list(live.values())

    def fetch_participants(self, *, conference_sid: str) -> list[ParticipantTruth]:
        """See `Telephony.fetch_participants`."""
        with _absent_is_fine():
            participants = self._client.conferences(conference_sid).participants
            return _all(participants, payloads.participant)
        return []

    def fetch_queues(self) -> list[QueueTruth]:
        """See `Telephony.fetch_queues`."""
        return _all(self._client.queues, payloads.queue)

    def fetch_queue_members(self, *, queue_sid: str) -> list[QueueMemberTruth]:
        """See `Telephony.fetch_queue_members`."""
        with _absent_is_fine():
            members = _all(self._client.queues(queue_sid).members, payloads.queue_member)
            return sorted(members, key=lambda one: one.position)
        return []

    # -- recordings -------------------------------------------------------------------------

    def fetch_recordings(self, *, call_sid: str) -> list[RecordingTruth]:
        """See `Telephony.fetch_recordings`."""
        with _absent_is_fine():
            return _all(self._client.calls(call_sid).recordings, payloads.recording)
        return []

    def fetch_sound(self, *, recording_sid: str, most_bytes: int) -> Sound:
        """See `Telephony.fetch_sound`."""
        if not _RECORDING_SID.fullmatch(recording_sid):
            raise ValueError(f"{recording_sid!r} is no name of a recording.")
        account = self._account
        uri = f"{self._client.api.base_url}/2010-04-01/Accounts/{account.acting_sid}"
        try:
            answer = self._client.http_client.download(
                f"{uri}/Recordings/{recording_sid}.mp3",
                auth=(account.account_sid, self._auth_tokens[0]),
                most_bytes=most_bytes,
            )
        except requests.RequestException as error:
            raise outcomes.of_exception(error) from error
        if not 200 <= answer.status < 300:
            said = Response(answer.status, answer.body.decode(errors="replace"), answer.headers)
            failure = outcomes.of_response(said)
            if isinstance(failure, Refused) and failure.code == _SOUND_NOT_READY:
                wait = outcomes.retry_after_seconds(said)
                raise NotSent(reason=failure.message, retry_after_seconds=wait)
            raise failure or OutcomeUnknown(reason="its answer is none")
        names = {name.lower(): value for name, value in answer.headers.items()}
        content_type = names.get("content-type", "").partition(";")[0].strip().lower()
        if not content_type.startswith("audio/"):
            raise _no_sound(answer.status, f"what it sent is {content_type or 'nothing'}, no sound")
        if len(answer.body) > most_bytes:
            raise _no_sound(answer.status, f"the sound has more than {most_bytes} bytes")
        return Sound(content_type=content_type, body=answer.body)

    # -- the account ------------------------------------------------------------------------

    def fetch_account(self) -> AccountTruth:
        """See `Telephony.fetch_account`."""
        return payloads.account(self._client.api.accounts(self._account.acting_sid).fetch())

    def fetch_numbers(self) -> list[NumberTruth]:
        """See `Telephony.fetch_numbers`."""
        return _all(self._client.incoming_phone_numbers, payloads.number)

    def fetch_application(self, *, application_sid: str) -> ApplicationTruth | None:
        """See `Telephony.fetch_application`."""
        with _absent_is_fine():
            return payloads.application(self._client.applications(application_sid).fetch())
        return None

    def point_number(
        self, *, number: str, voice_url: str, fallback_url: str | None, status_url: str
    ) -> NumberTruth:
        """See `Telephony.point_number`."""
        # Twilio's filter is a pattern; the comparison makes it exact.
        for one in _all(self._client.incoming_phone_numbers, _as_it_is, phone_number=number):
            if one.phone_number == number:
                updated = one.update(
                    voice_url=voice_url,
                    voice_method="POST",
                    voice_fallback_url=fallback_url or "",
                    voice_fallback_method="POST",
                    status_callback=status_url,
                    status_callback_method="POST",
                    voice_application_sid="",
                )
                return payloads.number(updated)
        raise Refused(code=None, message=f"the account has no number {number}", status=_NOT_FOUND)

    def point_application(
        self, *, application_sid: str, voice_url: str, status_url: str
    ) -> ApplicationTruth:
        """See `Telephony.point_application`."""
        updated = self._client.applications(application_sid).update(
            voice_url=voice_url,
            voice_method="POST",
            status_callback=status_url,
            status_callback_method="POST",
        )
        return payloads.application(updated)

    # -- browsers ---------------------------------------------------------------------------

    def browser_token(self, *, identity: str, ttl_seconds: int) -> str:
        """See `Telephony.browser_token`."""
        account = self._account
        secret = account.api_key_secret.get_secret_value()
        if not (account.api_key_sid and secret and account.twiml_app_sid):
            raise ImproperlyConfigured(
                "Browsers cannot call without TWILIO_API_KEY_SID, TWILIO_API_KEY_SECRET and "
                "TWILIO_TWIML_APP_SID. Make an API key and a TwiML application in the Twilio "
                "console (in the subaccount, if you use one) and set all three."
            )
        key = tokens.SigningKey(
            account_sid=account.acting_sid,
            key_sid=account.api_key_sid,
            secret=secret,
            application_sid=account.twiml_app_sid,
            region=account.location.region,
        )
        return tokens.browser_token(key, identity=identity, ttl_seconds=ttl_seconds)

    def browser_gateway(self) -> str | None:
        """See `Telephony.browser_gateway`."""
        return urlsplit(self._simulator_url).netloc if self._simulator_url else None

    # -- webhooks ---------------------------------------------------------------------------

    def render(self, instructions: Sequence[Instruction]) -> str:
        """See `Telephony.render`."""
        return twiml.render(instructions)

    def verify(
        self,
        *,
        url: str,
        params: FormFields,
        body: bytes,
        signature: str,
        content_type: str,
        signature_settings: str = "",
    ) -> bool:
        """See `Telephony.verify`."""
        ours = {self._account.account_sid, self._account.subaccount_sid}
        if any(sid not in ours for sid in params.getlist("AccountSid")):
            return False
        return is_genuine(
            url=url,
            params=params,
            body=body,
            signature=signature,
            content_type=content_type,
            tokens=self._auth_tokens,
            signature_settings=signature_settings,
        )


def _all(resource: Any, read: Callable[[Any], _Truth], **criteria: str) -> list[_Truth]:
    """Return everything a list resource has, every page of it, in our words.

    Raises OutcomeUnknown when an answer of success is not such a list: the library then raises
    whatever it stumbles over.
    """
    try:
        return [read(one) for one in resource.list(page_size=_PAGE_SIZE, **criteria)]
    except (TwilioException, AttributeError, KeyError, TypeError, ValueError) as error:
        raise OutcomeUnknown(reason="its answer is not the list it was asked for") from error


def _no_sound(status: int, message: str) -> Refused:
    return Refused(code=None, message=message, status=status)


def _sid_of(made: str | None) -> str:
    """Return the name of what was made. Raises OutcomeUnknown when the answer has none."""
    if not made:
        raise OutcomeUnknown(reason="its answer does not name the call")
    return made


def _as_it_is(instance: Any) -> Any:
    return instance


@contextmanager
def _absent_is_fine() -> Iterator[None]:
    """Pass over Twilio's answer that there is no such thing (any more)."""
    try:
        yield
    except Refused as refusal:
        if refusal.status != _NOT_FOUND:
            raise
