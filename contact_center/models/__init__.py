"""Tables and their constraints. No verbs: those are in services/."""

from contact_center.models.after_call import (
    KIND_CHOICES,
    LONGEST_SCRIPT,
    AskedField,
    QueueDesk,
    WrapUpAnswer,
    WrapUpField,
)
from contact_center.models.agents import WHO_CAN_BE_RUNG, Agent, AgentSlot, PhoneLease
from contact_center.models.alerts import (
    Alert,
    AlertMessage,
    AlertRule,
    AlertWebhook,
    Channel,
    KeptMail,
    MessageOutcome,
)
from contact_center.models.blocked import BlockedCaller
from contact_center.models.breaks import BreakRule
from contact_center.models.calendars import (
    LONGEST_SENTENCE,
    Calendar,
    CalendarException,
    CalendarSpan,
    ExceptionKind,
    Weekday,
)
from contact_center.models.callbacks import Callback, DialAttempt, DialPace
from contact_center.models.calls import (
    IN_LINE,
    WHO_WAITS,
    Call,
    EndedBy,
    Leg,
    LegKind,
    Segment,
    SegmentKind,
    name_without_leg,
)
from contact_center.models.consults import Consult
from contact_center.models.contacts import Contact, ContactNumber, ContactTag
from contact_center.models.estimates import QueueEstimate
from contact_center.models.event_log import WORK_EVENTS, EventLog
from contact_center.models.help_requests import HelpOutcome, HelpRequest
from contact_center.models.jobs import Job, JobOutcome
from contact_center.models.menus import Menu, MenuChoice, MenuVersion, PhoneNumber
from contact_center.models.offers import Offer, OfferOutcome, OfferState
from contact_center.models.outbox import Command, CommandOutcome, StoredAnswer, Timer
from contact_center.models.people import Role, User
from contact_center.models.places import KeptPlace
from contact_center.models.queues import (
    Announce,
    CallbackFirst,
    Disposition,
    OverflowTo,
    Queue,
    QueueMember,
    Strategy,
    WhenNobody,
)
from contact_center.models.reconciliation import Reconciliation
from contact_center.models.reports import TO_LOOK_AT, RawWebhook, SetAside
from contact_center.models.routing import (
    AgentSkill,
    BranchSkill,
    CallerSkill,
    NumberSkill,
    QueueSkill,
    QueueTier,
    RelaxingStep,
    Skill,
)
from contact_center.models.supervisions import Supervision, SupervisionState, SupervisorPhone
from contact_center.models.teams import SavedView, Team, TeamSupervisor
from contact_center.models.tenants import DispatchLock, Tenant
from contact_center.models.transfers import Transfer, TransferState
from contact_center.models.voicemails import Voicemail, VoicemailStatus
from contact_center.models.wallboards import Ground, Tile, Wallboard, WallboardLink

__all__ = [
    "IN_LINE",
    "KIND_CHOICES",
    "LONGEST_SCRIPT",
    "LONGEST_SENTENCE",
    "TO_LOOK_AT",
    "WHO_CAN_BE_RUNG",
    "WHO_WAITS",
    "WORK_EVENTS",
    "Agent",
    "AgentSkill",
    "AgentSlot",
    "Alert",
    "AlertMessage",
    "AlertRule",
    "AlertWebhook",
    "Announce",
    "AskedField",
    "BlockedCaller",
    "BranchSkill",
    "BreakRule",
    "Calendar",
    "CalendarException",
    "CalendarSpan",
    "Call",
    "Callback",
    "CallbackFirst",
    "CallerSkill",
    "Channel",
    "Command",
    "CommandOutcome",
    "Consult",
    "Contact",
    "ContactNumber",
    "ContactTag",
    "DialAttempt",
    "DialPace",
    "DispatchLock",
    "Disposition",
    "EndedBy",
    "EventLog",
    "ExceptionKind",
    "Ground",
    "HelpOutcome",
    "HelpRequest",
    "Job",
    "JobOutcome",
    "KeptMail",
    "KeptPlace",
    "Leg",
    "LegKind",
    "Menu",
    "MenuChoice",
    "MenuVersion",
    "MessageOutcome",
    "NumberSkill",
    "Offer",
    "OfferOutcome",
    "OfferState",
    "OverflowTo",
    "PhoneLease",
    "PhoneNumber",
    "Queue",
    "QueueDesk",
    "QueueEstimate",
    "QueueMember",
    "QueueSkill",
    "QueueTier",
    "RawWebhook",
    "Reconciliation",
    "RelaxingStep",
    "Role",
    "SavedView",
    "Segment",
    "SegmentKind",
    "SetAside",
    "Skill",
    "StoredAnswer",
    "Strategy",
    "Supervision",
    "SupervisionState",
    "SupervisorPhone",
    "Team",
    "TeamSupervisor",
    "Tenant",
    "Tile",
    "Timer",
    "Transfer",
    "TransferState",
    "User",
    "Voicemail",
    "VoicemailStatus",
    "Wallboard",
    "WallboardLink",
    "Weekday",
    "WhenNobody",
    "WrapUpAnswer",
    "WrapUpField",
    "name_without_leg",
]
