"""Who we are at Twilio: the top-level TWILIO_ settings, read and checked."""

import re
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from contact_center.conf.problems import Problem, missing
from contact_center.conf.regions import REGION_OF_EDGE, Location, locate

E164 = re.compile(r"\+[1-9]\d{6,14}")
_SID_OF = {
    "TWILIO_ACCOUNT_SID": "AC",
    "TWILIO_API_KEY_SID": "SK",
    "TWILIO_TWIML_APP_SID": "AP",
    "TWILIO_SUBACCOUNT_SID": "AC",
}
_WHERE = {
    "TWILIO_ACCOUNT_SID": "It stands on the first page of the Twilio Console, AC and 32 digits.",
    "TWILIO_AUTH_TOKEN": "It stands below the account SID in the Twilio Console.",
    "TWILIO_PHONE_NUMBER": "Write the number people ring, like +14155550100.",
    "TWILIO_WEBHOOK_BASE_URL": "Write the public address of this site, like https://calls.example.org.",
    "TWILIO_API_KEY_SID": "Make an API key in the Twilio Console; browsers' phones need it.",
    "TWILIO_API_KEY_SECRET": "It is shown once when the API key is made.",
    "TWILIO_TWIML_APP_SID": "Make a TwiML App in the Twilio Console; browsers' phones need it.",
}
REQUIRED = tuple(_WHERE)


class TwilioAccount(BaseModel):
    """The account, its secrets and our own public address, checked."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    account_sid: str = ""
    #: One token, or several with commas between them while they are being changed: the first
    #: authenticates our requests, each may have signed the network's.
    auth_token: SecretStr = SecretStr("")
    phone_number: str = ""
    webhook_base_url: str = ""
    api_key_sid: str = ""
    api_key_secret: SecretStr = SecretStr("")
    twiml_app_sid: str = ""
    region: str | None = None
    edge: str | None = None
    subaccount_sid: str | None = None

    @property
    def location(self) -> Location:
        """Where Twilio processes our calls."""
        return locate(self.region, self.edge)

    @property
    def acting_sid(self) -> str:
        """The account in whose name calls are made: the subaccount, if there is one."""
        return self.subaccount_sid or self.account_sid


def load_account(settings: Any, problems: list[Problem]) -> TwilioAccount:
    """Return the account as the settings have it; what is wrong is added to `problems`.

    A malformed value is left empty, so that nothing is ever sent in its name.
    """
    values: dict[str, str] = {}
    for key in (*REQUIRED, "TWILIO_REGION", "TWILIO_EDGE", "TWILIO_SUBACCOUNT_SID"):
        value = getattr(settings, key, None)
        if value is not None and not isinstance(value, str):
            problems.append(Problem("E002", key, "is not text", "Write it as text, in quotes."))
            value = None
        values[key] = (value or "").strip()
        if not values[key] and key in REQUIRED:
            problems.append(missing(key, _WHERE[key]))
    for key, prefix in _SID_OF.items():
        if values[key] and not re.fullmatch(prefix + "[0-9a-fA-F]{32}", values[key]):
            problems.append(
                Problem(
                    "E002",
                    key,
                    f"is not a SID: {prefix} and 32 digits from 0-9 and a-f are needed",
                    "Copy it from the Twilio Console again.",
                )
            )
            values[key] = ""
    number = values["TWILIO_PHONE_NUMBER"]
    if number and not E164.fullmatch(number):
        problems.append(
            Problem(
                "E003",
                "TWILIO_PHONE_NUMBER",
                "is not a phone number in E.164 form",
                "Write + and the country code, without spaces: +14155550100.",
            )
        )
        values["TWILIO_PHONE_NUMBER"] = ""
    region, edge = _checked_place(values["TWILIO_REGION"], values["TWILIO_EDGE"], problems)
    return TwilioAccount(
        account_sid=values["TWILIO_ACCOUNT_SID"],
        auth_token=SecretStr(values["TWILIO_AUTH_TOKEN"]),
        phone_number=values["TWILIO_PHONE_NUMBER"],
        webhook_base_url=_checked_base_url(values["TWILIO_WEBHOOK_BASE_URL"], problems),
        api_key_sid=values["TWILIO_API_KEY_SID"],
        api_key_secret=SecretStr(values["TWILIO_API_KEY_SECRET"]),
        twiml_app_sid=values["TWILIO_TWIML_APP_SID"],
        region=region,
        edge=edge,
        subaccount_sid=values["TWILIO_SUBACCOUNT_SID"] or None,
    )


def _checked_base_url(url: str, problems: list[Problem]) -> str:
    """Return the public address without its trailing slash, or "" when it is none."""
    url = url.rstrip("/")
    if not url:
        return ""
    wrong = ""
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            wrong = "is not an absolute http(s) address"
        elif parts.username or parts.password:
            wrong = "holds a user name, which breaks the checking of signatures"
        elif parts.query or parts.fragment:
            wrong = "holds a query or a fragment"
        elif parts.port == 0:
            wrong = "has no usable port"
    except ValueError as error:
        wrong = f"is not an address ({error})"
    if wrong:
        key = "TWILIO_WEBHOOK_BASE_URL"
        problems.append(Problem("E004", key, wrong, _WHERE[key]))
        return ""
    return url


def _checked_place(
    region: str, edge: str, problems: list[Problem]
) -> tuple[str | None, str | None]:
    try:
        place = locate(region, edge)
    except ValueError as error:
        key = "TWILIO_EDGE" if edge and edge not in REGION_OF_EDGE else "TWILIO_REGION"
        problems.append(Problem("E006", key, str(error), "Write one of these, or leave it out."))
        return None, None
    if region in REGION_OF_EDGE:
        problems.append(
            Problem(
                "W002",
                "TWILIO_REGION",
                f"{region!r} is an edge; understood as region {place.region}, edge {place.edge}",
                f"Write TWILIO_REGION={place.region} and TWILIO_EDGE={place.edge}.",
            )
        )
    return place.region, place.edge
