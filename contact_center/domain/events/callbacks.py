"""Callbacks: asked for, due, dialled, reached or not."""

from dataclasses import dataclass

from contact_center.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class CallbackAsked(Event):
    """A callback stands in line from now on, in the place of whoever asked for it."""

    name = "callback.asked"
    #: The call in which it was asked for.
    asked_in: int | None = None
    #: It is to ring another number than the one that called.
    elsewhere: bool = False
    #: When the customer was promised the call; "" for when his turn comes.
    promised_at: str = ""


@dataclass(frozen=True, kw_only=True)
class CallbackMerged(Event):
    """The same number was to be called back by the same queue already: one call is made."""

    name = "callback.merged"
    asked_in: int | None = None


@dataclass(frozen=True, kw_only=True)
class CallbackReplaced(Event):
    """Who was to be called back has rung himself, and stands where his callback stood."""

    name = "callback.replaced"
    #: The call that was to be made.
    callback: int | None = None


@dataclass(frozen=True, kw_only=True)
class CallbackDue(Event):
    """The customer may be called now: his turn can come."""

    name = "callback.due"


@dataclass(frozen=True, kw_only=True)
class CallbackDelayed(Event):
    """The customer may not be called now: the queue is closed, or it is night where he is."""

    name = "callback.delayed"
    #: When he may be again; "" when nobody knows.
    until: str = ""


@dataclass(frozen=True, kw_only=True)
class CallbackMoved(Event):
    """Somebody changed when the customer is called."""

    name = "callback.moved"
    to: str = ""


@dataclass(frozen=True, kw_only=True)
class CustomerDialled(Event):
    name = "customer.dialled"
    #: Counted from 1.
    attempt: int = 0


@dataclass(frozen=True, kw_only=True)
class CustomerAnswered(Event):
    """What the network thinks has answered: a person, a machine, a fax, or it does not know."""

    name = "customer.answered"
    answered_by: str = ""


@dataclass(frozen=True, kw_only=True)
class CustomerNotReached(Event):
    """Nobody can be spoken to; the callback is back in line, or ends."""

    name = "customer.not_reached"
    #: One of domain/callbacks.py.
    outcome: str = ""
    attempt: int = 0
    #: When the next attempt is due; "" for none.
    next_at: str = ""
