"""The mail server of a site that has none: every e-mail is kept, for supervisors to read.

The embedded demo's EMAIL_BACKEND. An e-mail says whose it is in ``X-Organisation``; one that does
not is dropped with a line in the log, for it would be shown to nobody.
"""

import logging
from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

logger = logging.getLogger(__name__)

#: The header that names the organisation.
WHOSE = "X-Organisation"


class KeptMailBackend(BaseEmailBackend):
    """Keeps what it is given in the table of kept mail."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep each message; return how many were."""
        # Django makes the back end before the tables are known.
        from contact_center.models import KeptMail

        kept = 0
        for message in email_messages:
            whose = message.extra_headers.get(WHOSE, "")
            if not str(whose).isdigit():
                logger.warning("An e-mail of nobody's organisation was not kept.")
                continue
            KeptMail.objects.create(
                tenant_id=int(whose),
                sent_at=timezone.now(),
                recipients=", ".join(message.recipients()),
                sender=message.from_email[:200],
                subject=str(message.subject)[:300],
                body=str(message.body),
            )
            kept += 1
        return kept
