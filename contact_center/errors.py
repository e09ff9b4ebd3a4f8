"""Everything this product raises on purpose.

ContactCenterError
├── IllegalTransition       an event that its state machine has no row for
├── StaleState              somebody was faster: the row is no longer in the state we read
├── NotAllowed              a person may not do this now; the sentence says why
│   ├── OfferGone           the offer ended before it was answered (HTTP 410)
│   ├── OfferTaken          the offer was already answered (HTTP 409)
│   ├── PhoneElsewhere      another tab holds the agent's phone (HTTP 409)
│   └── SwitchedOff         the site or the organisation does not have this (HTTP 403)
└── UnknownNumber           a call for a number that nobody has set up

The message of each is a sentence for a person; it may be shown as it is.
"""


class ContactCenterError(Exception):
    """Base of all our exceptions. ``str(error)`` is a sentence for a person."""


class IllegalTransition(ContactCenterError):
    """An event arrived for which the state has no row in its table."""

    def __init__(self, event_name: str, state: str) -> None:
        super().__init__(f"'{event_name}' cannot happen while '{state}'")
        self.event_name = event_name
        self.state = state


class StaleState(ContactCenterError):
    """A conditional update changed no row: another process moved it first."""


class NotAllowed(ContactCenterError):
    """A person asked for something that is not possible now."""

    #: For programs: the HTTP status a door answers with.
    status = 409
    #: For programs: a short name of the refusal.
    code = "not-allowed"


class OfferGone(NotAllowed):
    """The offer ended (caller left, time ran out, withdrawn) before the answer."""

    status = 410
    code = "gone"


class OfferTaken(NotAllowed):
    """The offer was answered already, here or in another tab."""

    code = "taken"


class PhoneElsewhere(NotAllowed):
    """Another tab of the same agent holds the phone."""

    code = "phone-elsewhere"


class SwitchedOff(NotAllowed):
    """A setting of the site or of the organisation rules this out for everybody."""

    status = 403
    code = "switched-off"


class UnknownNumber(ContactCenterError):
    """A call came in for a number that is not in our table."""
