"""What the supervisor's softphone says to its user: translated here, sent with the page."""

from django.utils.translation import gettext as _

from contact_center.softphone_texts import softphone_texts


def page_texts() -> dict[str, str]:
    """Return every text by its key; ``{holes}`` are filled in the browser."""
    return softphone_texts() | {
        "microphone-refused": _(
            "The browser does not let you be heard. Allow the microphone beside the address, then "
            "press the button again."
        ),
        "microphone-missing": _(
            "There is no microphone. Connect one, then press the button again."
        ),
        "microphone-silent": _("Nothing comes from your microphone"),
        "not-joined": _("You are not in the conversation; nobody heard you. {why}"),
        "line-reconnecting-said": _("Your line is reconnecting. The conversation goes on."),
        "line-back": _("Your line is back."),
        "in-new-tab": _("Opened in another tab: your line stays here."),
        "in-a-call": _("You are in a conversation. Leave it first, then sign out."),
        "signed-out-in-call": _(
            "You are signed out. The conversation goes on here. Sign in again in another tab, and "
            "this page works again."
        ),
        "closing": _("You are in a conversation. Closing this tab ends your line."),
        "said-left": _("You have left."),
        "take-over-sure": _(
            "Take the call with {caller} over from {agent}? {agent} leaves it and wraps up; the "
            "caller hears you at once."
        ),
    }
