"""What the desk's modules say to people: translated here, sent with the page."""

from django.utils.translation import gettext as _


def page_texts() -> dict[str, str]:
    """Return every text by its key; ``{holes}`` are filled in the browser."""
    return {
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
        "server-away": _("The server does not answer. Calls go on. Try again in a moment."),
        "server-refused": _("The server did not accept that. Reload the page and try again."),
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
        "microphone-busy": _(
            "The microphone cannot be opened. Close other programs that use it, or choose another "
            "one in the browser, then try again."
        ),
        "microphone-insecure": _(
            "Browsers give a microphone to safe addresses only. Open this page by https."
        ),
        "microphone-silent": _("Nothing comes from your microphone"),
        "voice-missing": _("The simulator made no voice. Choose the tone, or your microphone."),
        "speak-next-call": _("This counts from the next call on."),
        # lines
        "line-not-admitted": _(
            "The phone network did not admit this line. Reload the page; if it stays, tell an "
            "administrator that key, secret or region of the network may be wrong."
        ),
        "line-token-old": _(
            "The pass for your line had run out. Try again; if it stays, the clock of this "
            "computer is wrong."
        ),
        "line-misconfigured": _(
            "The pass for your line is not accepted. Tell an administrator: its time is too long."
        ),
        "line-busy": _("The phone network is busy. Wait a moment, then try again."),
        "line-unreachable": _(
            "The phone network cannot be reached. Check your network connection."
        ),
        "line-refused": _("The phone network ended the attempt."),
        "line-slow": _("The phone network did not answer in time."),
        "line-cancelled": _("The call was taken back."),
        "line-no-audio": _(
            "No sound gets through. A firewall or VPN may block it; ask for UDP to be allowed."
        ),
        "line-failed": _("Your line failed for a reason the network did not name."),
        "line-poor": _("Poor line"),
        "line-silent": _("Nothing arrives on your line"),
        "line-unheard": _("Nothing leaves your microphone"),
        "line-reconnecting-said": _("Your line is reconnecting. Stay: the caller is still there."),
        # the call
        "rings": _("{queue} is calling you: {caller}"),
        "title-ringing": _("Ringing: {caller}"),
        "call-not-connected": _("The caller stays in line. Your line did not come up: {why}"),
        "said-connecting": _("Connecting"),
        "said-on-call": _("You are on the call."),
        "said-hold": _("The caller is on hold."),
        "said-muted": _("Nobody hears you."),
        "said-unmuted": _("The caller hears you again."),
        "not-asked": _("The server did not hear that. Nothing has changed; press it again."),
        "keys-elsewhere": _("Keys can be pressed only in the tab that has the call."),
        "closing": _("You are on a call. Closing this tab ends your line."),
        "sign-out-in-call": _("You are on a call. Hang up and finish first, then sign out."),
        # notes
        "notes-writing": _("not saved yet"),
        "notes-saved": _("saved {clock}"),
        "notes-not-saved": _("Not saved: the server does not answer. It is tried again."),
    }
