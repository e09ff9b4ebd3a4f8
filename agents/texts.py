"""What the desk's modules say to people: translated here, sent with the page."""

from django.utils.translation import gettext as _

from contact_center.softphone_texts import softphone_texts


def page_texts() -> dict[str, str]:
    """Return every text by its key; ``{holes}`` are filled in the browser."""
    return softphone_texts() | {
        # the two lights
        "connection-connecting": _("Connecting"),
        "connection-live": _("Connected"),
        "connection-lost": _("Reconnecting"),
        "connection-line-reconnecting": _("Line reconnecting"),
        "microphone-off": _("Microphone off"),
        "microphone-ready": _("Microphone ready"),
        "microphone-on": _("Microphone on"),
        "microphone-muted": _("Microphone muted"),
        "microphone-blocked": _("Microphone blocked"),
        "microphone-made": _("Speaking for you"),
        # live updates
        "live-lost": _(
            "Live updates lost. Everything here is as of {clock}. Asking again every {seconds} s. "
            "Calls go on."
        ),
        "as-of": _("as of {clock}"),
        "live-again": _("Live updates are back."),
        # the phone tab
        "phone-elsewhere": _(
            "Your phone is in another tab or on another computer; calls ring there."
        ),
        "phone-nowhere": _("You are on duty, but no tab is your phone: calls ring nowhere."),
        "phone-moved-in-call": _(
            "Your phone moved to another tab. The call you are on stays here until it ends."
        ),
        # going on duty
        "check-phone": _("asking"),
        "check-phone-ok": _("yes"),
        "check-microphone": _("asking your browser; say yes there"),
        "check-microphone-ok": _("open. Say something: the bar moves"),
        "check-ring": _("playing now"),
        "check-ring-ok": _("it played"),
        "check-network": _("asking"),
        "check-network-ok": _("your line is ready"),
        "on-duty": _("You are on duty."),
        "ring-played": _("The ring played. If you did not hear it, turn up your speakers."),
        "ring-unheard": _(
            "The browser did not play the ring. See that this tab is not muted and a speaker is "
            "connected, then try again."
        ),
        "sound-blocked": _("The browser keeps this page silent until you click once. Do it now."),
        # the microphone
        "microphone-refused": _(
            "The browser does not let callers hear you. Allow the microphone beside the address, "
            "then go on duty again."
        ),
        "microphone-missing": _("There is no microphone. Connect one, then go on duty again."),
        "microphone-silent": _("Nothing comes from your microphone"),
        # the devices
        "device-of-computer": _("What the computer uses"),
        "device-not-connected": _("{device} (not connected)"),
        "device-unnamed": _("Browsers name devices once you have gone on duty."),
        "device-no-choice": _(
            "This browser lets no page choose; choose in the computer's settings."
        ),
        "device-gone-microphone": _(
            "{device} is not connected. Callers hear you through what the computer uses until it "
            "is there again."
        ),
        "device-gone-speaker": _(
            "{device} is not connected. You hear callers on what the computer uses until it is "
            "there again."
        ),
        "device-gone-ring": _(
            "{device} is not connected. It rings on what the computer uses until it is there again."
        ),
        "device-back": _("{device} is connected again and used as before."),
        "device-failed": _(
            "The browser did not take what you chose under Sound: {why} Choose another there."
        ),
        "ring-volume": _("{n} percent"),
        # the call
        "line-reconnecting-said": _("Your line is reconnecting. Stay: the caller is still there."),
        "rings": _("{queue} is calling you: {caller}"),
        "title-ringing": _("Ringing: {caller}"),
        "call-not-connected": _("The caller stays in line. Your line did not come up: {why}"),
        "call-out-no-line": _("Nobody was called. Your line did not come up: {why}"),
        "links-asked": _(
            "If the browser asks, allow it: phone links of other pages then open in this dial pad."
        ),
        "links-not-taken": _(
            "This browser does not let pages open phone links. Copy the number instead."
        ),
        "said-connecting": _("Connecting"),
        "said-on-call": _("You are on the call."),
        "said-on-call-other-held": _("You are on the call. The other one is on hold."),
        "said-hold": _("The caller is on hold."),
        "said-muted": _("Nobody hears you."),
        "said-unmuted": _("The caller hears you again."),
        "said-coach": _("{name} coaches you: heard by you only."),
        "said-barge": _("{name} is in the call: heard by you and by the caller."),
        "not-asked": _("The server did not hear that. Nothing has changed; press it again."),
        "keys-elsewhere": _("Keys can be pressed only in the tab that has the call."),
        "closing": _("You are on a call. Closing this tab ends your line."),
        "signed-out-in-call": _(
            "You are signed out. Your call goes on here. Sign in again in another tab, and this "
            "page works again."
        ),
        "sign-out-in-call": _("You are on a call. Hang up and finish first, then sign out."),
        # notes
        "notes-writing": _("not saved yet"),
        "notes-saved": _("saved {clock}"),
        "notes-not-saved": _("Not saved: the server does not answer. It is tried again."),
    }
