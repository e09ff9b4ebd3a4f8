"""Only Twilio gets in: the documented vectors, and everything a stranger may send instead."""

import base64
import hashlib
import hmac
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from contact_center.telephony.twilio.signature import is_genuine

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = "application/x-www-form-urlencoded"
FIELDS = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
#: The one in Twilio's documentation, for the five fields above.
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
SIGNATURE_SHA256 = "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s="
SHARED_KEY_HEADER = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"


def answer(
    *,
    url: str = URL,
    body: bytes | None = None,
    signature: str = SIGNATURE,
    content_type: str = FORM,
    tokens: tuple[str, ...] = (TOKEN,),
    signature_settings: str = "",
) -> bool:
    """Ask about one request as Django would hand it over."""
    sent = urlencode(FIELDS).encode() if body is None else body
    is_form = content_type.lower().startswith(FORM)
    return is_genuine(
        url=url,
        params=QueryDict(sent if is_form else b""),
        body=sent,
        signature=signature,
        content_type=content_type,
        tokens=tokens,
        signature_settings=signature_settings,
    )


def signed(url: str, pairs: list[tuple[str, str]], token: str = TOKEN) -> str:
    """Sign as Twilio's documentation describes it, without its library."""
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()


def test_the_request_of_the_documentation_is_genuine() -> None:
    assert answer()
    assert answer(content_type=f"{FORM}; charset=UTF-8")
    assert answer(content_type=FORM.upper())


@pytest.mark.parametrize(
    "change",
    [
        {"signature": ""},
        {"signature": "  "},
        {"signature": "RSOYDt4T1cUTdK1PDd93/VVr8B9="},
        {"signature": SIGNATURE[:-1]},
        {"signature": SIGNATURE + "A"},
        {"signature": "é\udcff\x00"},
        {"tokens": ("12346",)},
        {"tokens": ()},
        {"url": "https://mycompany.com/myapp.php?foo=1&bar=3"},
        {"url": "https://mycompany.com/myapp.php?bar=2&foo=1"},
        {"url": "http://mycompany.com/myapp.php?foo=1&bar=2"},
        {"url": "https://mycompany.com:8443/other.php?foo=1&bar=2"},
        {"url": "https://mycompany.com:port/myapp.php?foo=1&bar=2"},
        {"url": "https://[/myapp.php"},
        {"body": urlencode(FIELDS | {"To": "+18005551213"}).encode()},
        {"body": urlencode(FIELDS | {"Extra": ""}).encode() + b"&More=1"},
        {"body": b""},
        {"content_type": "text/plain"},
        {"content_type": "application/json"},
        {"content_type": ""},
        {"signature_settings": SHARED_KEY_HEADER},
        {"signature_settings": "key=k,algorithm=HMAC_MD5"},
    ],
    ids=repr,
)
def test_anything_changed_is_not_and_nothing_raises(change: dict[str, object]) -> None:
    assert answer(**change) is False


def test_while_the_token_is_replaced_both_are_good_and_afterwards_only_the_new_one() -> None:
    assert answer(tokens=("new-token", TOKEN))
    assert answer(tokens=(TOKEN, "new-token"))
    assert not answer(tokens=("new-token",))


def test_a_token_that_is_not_set_signs_nothing() -> None:
    pairs = list(FIELDS.items())
    assert not answer(tokens=("",), signature=signed(URL, pairs, token=""))


def test_a_shared_key_signs_with_sha256_and_only_where_the_header_says_so() -> None:
    assert answer(signature=SIGNATURE_SHA256, signature_settings=SHARED_KEY_HEADER)
    assert not answer(signature=SIGNATURE_SHA256)


def test_the_port_that_goes_without_saying_may_be_said_or_not() -> None:
    with_port = URL.replace(".com/", ".com:443/")
    pairs = list(FIELDS.items())
    assert answer(url=with_port, signature=SIGNATURE)
    assert answer(url=URL, signature=signed(with_port, pairs))

    ours = "http://localhost:8000/webhooks/voice/"
    assert answer(url=ours, signature=signed(ours, pairs))
    assert answer(url=ours, signature=signed("http://localhost/webhooks/voice/", pairs))
    assert not answer(url=ours, signature=signed("http://localhost:8001/webhooks/voice/", pairs))

    version_six = "http://[::1]:8000/webhooks/voice/"
    assert answer(url=version_six, signature=signed(version_six, pairs))
    assert answer(url=version_six, signature=signed("http://[::1]/webhooks/voice/", pairs))


def test_connection_overrides_after_the_hash_are_not_signed() -> None:
    assert answer(url=f"{URL}#rc=3&rp=ct,rt,5xx")


def test_repeated_and_empty_fields_are_signed_too() -> None:
    body = b"Digits=&StatusCallbackEvent=leave&StatusCallbackEvent=join&StatusCallbackEvent=join"
    pairs = [("Digits", ""), ("StatusCallbackEvent", "join"), ("StatusCallbackEvent", "leave")]

    assert answer(body=body, signature=signed(URL, pairs))
    assert not answer(body=body, signature=signed(URL, pairs[1:2]))
    assert not answer(body=body.replace(b"leave", b"mute"), signature=signed(URL, pairs))


class TestJson:
    """The body's hash is in the URL, and the URL is what is signed."""

    body = b'{"sid": "CA1"}'
    url = f"https://mycompany.com/myapp.php?bodySHA256={hashlib.sha256(body).hexdigest()}"

    def test_the_known_vector(self) -> None:
        known = (
            "https://mycompany.com/myapp.php?bodySHA256="
            "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
        )
        assert signed(known, []) == "y77kIzt2vzLz71DgmJGsen2scGs="

    def test_a_signed_body_is_genuine(self) -> None:
        signature = signed(self.url, [])
        assert answer(
            url=self.url, body=self.body, signature=signature, content_type="application/json"
        )

    def test_a_changed_body_is_not(self) -> None:
        signature = signed(self.url, [])
        for body in (b'{"sid": "CA2"}', b"", self.body + b" "):
            assert not answer(
                url=self.url, body=body, signature=signature, content_type="application/json"
            )

    def test_a_body_whose_hash_is_not_in_the_url_is_not(self) -> None:
        # The library raises TypeError here.
        assert not answer(
            url=URL, body=self.body, signature=signed(URL, []), content_type="application/json"
        )

    def test_calling_json_a_form_does_not_get_past_the_hash(self) -> None:
        signature = signed(self.url, [])
        assert not answer(url=self.url, body=b"sid=CA2", signature=signature, content_type=FORM)


def test_a_get_request_signs_its_url_alone() -> None:
    assert answer(body=b"", signature=signed(URL, []), content_type="")
    assert not answer(body=b"", signature=signed(URL + "&x=1", []), content_type="")


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(pairs=st.lists(st.tuples(names, values), max_size=8), token=names, query=values)
def test_whatever_twilio_signs_is_genuine_and_not_with_another_token(
    pairs: list[tuple[str, str]], token: str, query: str
) -> None:
    url = f"https://cc.example.org/webhooks/voice/?{urlencode({'q': query})}"
    body = urlencode(pairs).encode()
    signature = signed(url, pairs, token)

    assert answer(url=url, body=body, signature=signature, tokens=(token,))
    assert not answer(url=url, body=body, signature=signature, tokens=(token + "x",))


@given(
    url=st.text(max_size=60),
    body=st.binary(max_size=60),
    signature=st.text(max_size=40),
    content_type=st.sampled_from([FORM, "application/json", "multipart/form-data", "", "\x00"]),
    header=st.text(max_size=30),
)
def test_a_stranger_may_send_anything_and_gets_a_no(
    url: str, body: bytes, signature: str, content_type: str, header: str
) -> None:
    assert not answer(
        url=url,
        body=body,
        signature=signature,
        content_type=content_type,
        signature_settings=header,
    )
