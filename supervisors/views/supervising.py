"""A supervisor is with a conversation: comes, is heard by others, takes it over, leaves."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from contact_center import telephony
from contact_center.conf.regions import locate
from contact_center.models import Supervision, User
from contact_center.selectors import access
from contact_center.selectors import supervising as shown
from contact_center.services import supervising, taking_over, talking
from supervisors import forms
from supervisors.doors import answered, checked, for_supervisors

#: A token outlives a long call and is renewed well before its end.
TOKEN_SECONDS = 3600


@require_POST
@for_supervisors
def claim(request: HttpRequest) -> HttpResponse:
    """Make the asking page the supervisor's phone, whichever was before."""
    phone = supervising.claim_phone(supervisor=access.supervisor(request.user))
    return answered({"lease": phone.key, "claimed": int(phone.claimed_at.timestamp() * 1000)})


@require_POST
@for_supervisors
def token(request: HttpRequest) -> HttpResponse:
    """Give this page's line a fresh token, and say where the network is found."""
    supervisor = access.supervisor(request.user)
    said = checked(forms.LeaseForm(request.POST))
    phone = supervising.held_phone(supervisor, said["lease"])
    network = telephony.network()
    return answered(
        {
            "token": network.browser_token(identity=phone.identity, ttl_seconds=TOKEN_SECONDS),
            "ttl": TOKEN_SECONDS,
            "gateway": network.browser_gateway(),
            # The softphone must enter the network where the content policy lets it.
            "edge": locate(settings.TWILIO_REGION, settings.TWILIO_EDGE).edge,
        }
    )


@require_POST
@for_supervisors
def join(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Come to a conversation. The page gets the token with which it connects, good for 30 s."""
    supervisor = access.supervisor(request.user)
    offer = access.supervised_offer(supervisor, offer_id)
    said = checked(forms.SuperviseForm(request.POST))
    supervision, join_token = supervising.join(
        offer=offer,
        supervisor=supervisor,
        lease_key=said["lease"],
        mode=said["mode"],
        private=said["private"],
    )
    return answered({"supervision": supervision.pk, "join": join_token})


@require_POST
@for_supervisors
def joined(request: HttpRequest, supervision_id: int) -> HttpResponse:
    """The browser says that its line is up. It is checked against the network."""
    stay = shown.own_supervision(access.supervisor(request.user), supervision_id)
    supervising.browser_joined(supervision=stay)
    return answered({"ok": True})


@require_POST
@for_supervisors
def failed(request: HttpRequest, supervision_id: int) -> HttpResponse:
    """The browser says that its line did not come up."""
    supervisor = access.supervisor(request.user)
    stay = shown.own_supervision(supervisor, supervision_id)
    said = checked(forms.FailureForm(request.POST))
    supervising.browser_failed(supervision=stay, supervisor=supervisor, reason=said["reason"])
    return answered({"ok": True})


@require_POST
@for_supervisors
def mode(request: HttpRequest, supervision_id: int) -> HttpResponse:
    """Ask that others hear the supervisor: nobody, the agent, or agent and caller."""
    supervisor = access.supervisor(request.user)
    stay = _still_to_be_helped(supervisor, supervision_id)
    said = checked(forms.ModeForm(request.POST))
    supervising.switch(supervision=stay, supervisor=supervisor, mode=said["mode"])
    return answered({"ok": True})


@require_POST
@for_supervisors
def take_over(request: HttpRequest, supervision_id: int) -> HttpResponse:
    """Become the one who talks to the caller."""
    supervisor = access.supervisor(request.user)
    stay = _still_to_be_helped(supervisor, supervision_id)
    taking_over.take_over(supervision=stay, supervisor=supervisor)
    return answered({"ok": True})


@require_POST
@for_supervisors
def leave(request: HttpRequest, supervision_id: int) -> HttpResponse:
    """Leave the conversation to agent and caller."""
    supervisor = access.supervisor(request.user)
    stay = shown.own_supervision(supervisor, supervision_id)
    supervising.leave(supervision=stay, supervisor=supervisor)
    return answered({"ok": True})


@require_POST
@for_supervisors
def hold(request: HttpRequest, supervision_id: int) -> HttpResponse:
    """Let the caller of a call that was taken over hear music and nobody else."""
    offer, agent = shown.own_conversation(access.supervisor(request.user), supervision_id)
    talking.hold(offer=offer, agent=agent)
    return answered({"ok": True})


@require_POST
@for_supervisors
def resume(request: HttpRequest, supervision_id: int) -> HttpResponse:
    """Bring that caller back from hold."""
    offer, agent = shown.own_conversation(access.supervisor(request.user), supervision_id)
    talking.resume(offer=offer, agent=agent)
    return answered({"ok": True})


@require_POST
@for_supervisors
def hang_up(request: HttpRequest, supervision_id: int) -> HttpResponse:
    """End a call that was taken over."""
    offer, agent = shown.own_conversation(access.supervisor(request.user), supervision_id)
    talking.hang_up(offer=offer, agent=agent)
    return answered({"ok": True})


def _still_to_be_helped(supervisor: User, supervision_id: int) -> Supervision:
    """Return a stay of this supervisor with an agent who is theirs to help.

    Who came while that was so and has been given another team since can leave, and no more.
    """
    stay = shown.own_supervision(supervisor, supervision_id)
    access.supervised_offer(supervisor, stay.offer_id)
    return stay
