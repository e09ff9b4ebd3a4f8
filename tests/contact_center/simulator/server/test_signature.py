"""Signatures: Twilio's own example, and the official library's opinion on everything else."""

from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from contact_center.simulator.server.signature import signature

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def test_twilios_documented_example() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"

    assert signature("12345", url, form.items()) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@settings(deadline=None)  # two cores shared by many: a slow example proves nothing
@given(TEXT, st.dictionaries(TEXT, TEXT, max_size=8), TEXT)
def test_the_official_validator_takes_every_signature(
    token: str, form: dict[str, str], query: str
) -> None:
    url = f"http://localhost:8000/webhooks/voice/?x={len(query)}"

    assert RequestValidator(token).validate(url, form, signature(token, url, form.items()))


def test_the_fragment_is_not_signed_and_everything_else_is() -> None:
    url = "http://localhost:8000/voice?a=1"
    form = [("From", "+14155550142")]
    signed = signature("token", url, form)

    assert signature("token", url + "#rc=2", form) == signed
    for other in (url + "&b=2", url.replace("8000", "8001"), url.replace("http", "https")):
        assert signature("token", other, form) != signed
    assert signature("other", url, form) != signed
    assert signature("token", url, [("From", "+14155550143")]) != signed
