"""Say anything to the site as the phone network, or as somebody who pretends to be it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from django.apps import apps
from django.http import HttpResponse, QueryDict
from django.test import Client
from twilio.request_validator import RequestValidator

from contact_center.conf import current

FORM = "application/x-www-form-urlencoded"
#: A caller of whom nothing was heard before.
STRANGER = "CA" + "5" * 32

VOICE_PATHS = (
    "/webhooks/voice/",
    "/webhooks/voice/menu/1/",
    "/webhooks/voice/wait/1/",
    "/webhooks/voice/queue-left/1/",
    "/webhooks/voice/connect/1/",
    "/webhooks/voice/after/1/",
    "/webhooks/voice/lost/1/",
    "/webhooks/voice/hold/1/",
    "/webhooks/voice/browser/",
    "/webhooks/voice/fallback/",
)
REPORT_PATHS = ("/webhooks/status/", "/webhooks/conference/", "/webhooks/recording/")
PATHS = VOICE_PATHS + REPORT_PATHS


class Wire:
    """Posts bodies to our site. What a view raises is raised in the test."""

    def __init__(self) -> None:
        """Open a line; cookies are kept by nobody."""
        self.client = Client()

    def say(self, path: str, fields: Mapping[str, str] | None = None, **more: str) -> HttpResponse:
        """Post ``fields`` about our account, signed as the network does."""
        return self.post(path, self.body(fields, **more))

    def body(self, fields: Mapping[str, str] | None = None, **more: str) -> bytes:
        """A form about our account, as it travels."""
        said = {"AccountSid": current().twilio.account_sid, **(fields or {}), **more}
        return urlencode(said).encode()

    def post(
        self,
        path: str,
        body: bytes,
        *,
        token: str | None = None,
        signature: str | None = None,
        signed_path: str | None = None,
        base: str | None = None,
        content_type: str = FORM,
        **headers: str,
    ) -> HttpResponse:
        """Post these bytes, rightly signed unless something else is said."""
        if signature is None:
            signature = self.sign(signed_path or path, body, token=token, base=base)
        answer: Any = self.client.post(
            path,
            body,
            content_type=content_type,
            headers={"X-Twilio-Signature": signature, **headers},
        )
        return answer  # type: ignore[no-any-return]

    def sign(
        self, path: str, body: bytes, *, token: str | None = None, base: str | None = None
    ) -> str:
        """The signature of ``body`` for ``path``, by our token and public address by default."""
        twilio = current().twilio
        key = token if token is not None else twilio.auth_token.get_secret_value()
        url = (base or twilio.webhook_base_url) + path
        return RequestValidator(key).compute_signature(url, QueryDict(body))


def verbs(answer: HttpResponse) -> list[str]:
    """The verbs of an answer that is instructions, in order: ``["Say", "Pause", "Redirect"]``."""
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/xml")
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "Response"
    return [verb.tag for verb in root]


def everything_written() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of ours, to be compared with itself later."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values_list())
        for model in apps.get_app_config("contact_center").get_models()
    }


def rows_by_table() -> dict[str, int]:
    """How many rows each table of ours has."""
    return {name: len(rows) for name, rows in everything_written().items()}
