"""What a softphone says to its user, agent or supervisor: translated here, sent with the page."""

from django.utils.translation import gettext as _


def softphone_texts() -> dict[str, str]:
    """Return every text of the shared modules (static/js/*.js) by its key."""
    return {
        "server-away": _("The server does not answer. Calls go on. Try again in a moment."),
        "server-refused": _("The server did not accept that. Reload the page and try again."),
        "microphone-busy": _(
            "The microphone cannot be opened. Close other programs that use it, or choose another "
            "one in the browser, then try again."
        ),
        "microphone-insecure": _(
            "Browsers give a microphone to safe addresses only. Open this page by https."
        ),
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
    }
