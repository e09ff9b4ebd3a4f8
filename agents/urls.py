"""The agent's doors. Paths that do something are POST only."""

from django.urls import path

from agents.views import (
    calling_out,
    calls,
    consults,
    contacts,
    desk,
    helping,
    language,
    offers,
    phone,
    presence,
    transfers,
    voicemails,
    wrap_up,
)
from contact_center.domain.consults import Wish

app_name = "agents"

urlpatterns = [
    # what is seen
    path("", desk.desk, name="desk"),
    path("panels/", desk.panels, name="panels"),
    path("calls/", desk.calls, name="calls"),
    path("language/", language.choose, name="language"),
    # whom they know
    path("contacts/", contacts.contacts, name="contacts"),
    path("contacts/new/", contacts.new, name="contact-new"),
    path("contacts/<int:contact_id>/", contacts.contact, name="contact"),
    path("contacts/<int:contact_id>/remove/", contacts.remove, name="contact-remove"),
    path(
        "contacts/<int:contact_id>/together/<int:other_id>/",
        contacts.bring_together,
        name="contacts-together",
    ),
    # the tab that is the phone
    path("phone/claim/", phone.claim, name="phone-claim"),
    path("phone/report/", phone.report, name="phone-report"),
    path("beat/", phone.beat, name="beat"),
    path("token/", phone.token, name="token"),
    # what the agent chooses
    path("on-duty/", presence.on_duty, name="on-duty"),
    path("off-duty/", presence.off_duty, name="off-duty"),
    path("presence/", presence.change, name="presence"),
    path("next-presence/", presence.choose_next, name="next-presence"),
    path("come-back/", presence.come_back, name="come-back"),
    # a call that the agent makes
    path("call/", calling_out.call, name="call-out"),
    path("offers/<int:offer_id>/read/", calling_out.read, name="call-read"),
    # an offer, from ringing to finished
    path("offers/<int:offer_id>/accept/", offers.accept, name="offer-accept"),
    path("offers/<int:offer_id>/decline/", offers.decline, name="offer-decline"),
    path("offers/<int:offer_id>/joined/", offers.joined, name="offer-joined"),
    path("offers/<int:offer_id>/failed/", offers.failed, name="offer-failed"),
    path("offers/<int:offer_id>/hold/", calls.hold, name="call-hold"),
    path("offers/<int:offer_id>/resume/", calls.resume, name="call-resume"),
    path("offers/<int:offer_id>/mute/", calls.mute, name="call-mute"),
    path("offers/<int:offer_id>/unmute/", calls.unmute, name="call-unmute"),
    path("offers/<int:offer_id>/hang-up/", calls.hang_up, name="call-hang-up"),
    path("offers/<int:offer_id>/targets/", transfers.targets, name="transfer-targets"),
    path(
        "offers/<int:offer_id>/to-queue/<int:queue_id>/",
        transfers.to_queue,
        name="transfer-to-queue",
    ),
    path(
        "offers/<int:offer_id>/to-agent/<int:agent_id>/",
        transfers.to_agent,
        name="transfer-to-agent",
    ),
    path("offers/<int:offer_id>/to-number/", transfers.to_number, name="transfer-to-number"),
    path(
        "offers/<int:offer_id>/consult/<int:agent_id>/",
        consults.ask,
        name="consult-ask",
    ),
    path(
        "offers/<int:offer_id>/consult/queue/<int:queue_id>/",
        consults.ask_queue,
        name="consult-ask-queue",
    ),
    path(
        "offers/<int:offer_id>/consult/number/",
        consults.ask_number,
        name="consult-ask-number",
    ),
    path(
        "offers/<int:offer_id>/consult/customer/",
        consults.wish,
        {"wished": Wish.CUSTOMER},
        name="consult-customer",
    ),
    path(
        "offers/<int:offer_id>/consult/colleague/",
        consults.wish,
        {"wished": Wish.COLLEAGUE},
        name="consult-colleague",
    ),
    path(
        "offers/<int:offer_id>/consult/together/",
        consults.wish,
        {"wished": Wish.TOGETHER},
        name="consult-together",
    ),
    path(
        "offers/<int:offer_id>/consult/complete/",
        consults.wish,
        {"wished": Wish.COMPLETE},
        name="consult-complete",
    ),
    path(
        "offers/<int:offer_id>/consult/cancel/",
        consults.wish,
        {"wished": Wish.CANCEL},
        name="consult-cancel",
    ),
    path("consults/<int:consult_id>/accept/", consults.accept, name="consult-accept"),
    path("consults/<int:consult_id>/decline/", consults.decline, name="consult-decline"),
    path("consults/<int:consult_id>/joined/", consults.joined, name="consult-joined"),
    path("consults/<int:consult_id>/failed/", consults.failed, name="consult-failed"),
    path("consults/<int:consult_id>/leave/", consults.leave, name="consult-leave"),
    path("offers/<int:offer_id>/not-reached/", calls.not_reached, name="call-not-reached"),
    path("offers/<int:offer_id>/help/", helping.ask, name="help-ask"),
    path("offers/<int:offer_id>/help/withdraw/", helping.withdraw, name="help-withdraw"),
    path("offers/<int:offer_id>/done/", voicemails.done, name="voicemail-done"),
    path("offers/<int:offer_id>/put-back/", voicemails.put_back, name="voicemail-put-back"),
    path("offers/<int:offer_id>/call-back/", voicemails.call_back, name="voicemail-call-back"),
    path("offers/<int:offer_id>/wrap-up/", wrap_up.save, name="wrap-up-save"),
    path("offers/<int:offer_id>/more-time/", wrap_up.extend, name="wrap-up-extend"),
    path("offers/<int:offer_id>/promise/", wrap_up.promise, name="callback-promise"),
    path("offers/<int:offer_id>/finish/", wrap_up.finish, name="wrap-up-finish"),
]
