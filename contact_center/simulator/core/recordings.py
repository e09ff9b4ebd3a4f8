"""Recordings: what a leg said, kept. Source: twilio.com/docs/voice/api/recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from contact_center.simulator.core.account import StatusCallback

Status = Literal["in-progress", "processing", "completed", "absent", "deleted"]


@dataclass
class Recording:
    """One recording. ``wav`` None means that whoever runs the core has kept no sound of its own."""

    sid: str
    account_sid: str
    call_sid: str
    started_at: float
    updated_at: float
    callback: StatusCallback | None
    status: Status = "in-progress"
    duration: int | None = None
    error_code: int | None = None
    wav: bytes | None = field(default=None, repr=False)
