"""Secrets and account numbers of the embedded demo: made once, kept beside its data.

The demo has no account and asks nobody for secrets, yet no secret is written in the source: the
first start draws them at random and keeps them in `demo.env`, so that the site, the clock and the
simulator agree and a second start finds the same ones.
"""

import secrets
from pathlib import Path

from dotenv import dotenv_values

DEMO_PHONE_NUMBER = "+14155550100"


def demo_environment(data_dir: Path) -> dict[str, str]:
    """Return the demo's environment from `data_dir/demo.env`, making the file when it is missing.

    Processes that start together agree: whoever creates the file first wins, the others read it.
    Raises OSError when the folder cannot be written.
    """
    path = data_dir / "demo.env"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        # Written aside and linked into place: nobody ever reads half a file, and a link fails
        # when the name is taken, so the first writer's values stand.
        draft = data_dir / f"demo.env.{secrets.token_hex(8)}"
        draft.touch(mode=0o600)
        draft.write_text("".join(f"{key}={value}\n" for key, value in _drawn().items()))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return {key: value or "" for key, value in dotenv_values(path).items()}


def _drawn() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "TWILIO_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "TWILIO_API_KEY_SID": f"SK{secrets.token_hex(16)}",
        "TWILIO_API_KEY_SECRET": secrets.token_urlsafe(24),
        "TWILIO_TWIML_APP_SID": f"AP{secrets.token_hex(16)}",
        "TWILIO_PHONE_NUMBER": DEMO_PHONE_NUMBER,
    }
