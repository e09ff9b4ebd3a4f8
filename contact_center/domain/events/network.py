"""The network and we: what failed, what was put right, what could not be read."""

from dataclasses import dataclass

from contact_center.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class CommandFailed(Event):
    name = "command.failed"
    command: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class RealityHealed(Event):
    """The reconciler found that the network and we disagreed, and put us right.

    ``found`` and ``done`` are values of domain/healing.py; ``sid`` is the network's name of the
    line or conference it was about.
    """

    name = "reality.healed"
    found: str = ""
    done: str = ""
    sid: str = ""


@dataclass(frozen=True, kw_only=True)
class ReportSetAside(Event):
    """What the network reported was not applied, and will not be unless a person says so.

    ``why`` is failed, abandoned, quarantined or unclaimed (models/reports.py).
    """

    name = "report.set_aside"
    kind: str = ""
    why: str = ""
    report_id: int = 0
    attempts: int = 0


@dataclass(frozen=True, kw_only=True)
class ReportTriedAgain(Event):
    """An admin had a report tried again that was set aside."""

    name = "report.tried_again"
    kind: str = ""
    report_id: int = 0


@dataclass(frozen=True, kw_only=True)
class ReportDropped(Event):
    """An admin let a report go that was set aside."""

    name = "report.dropped"
    kind: str = ""
    report_id: int = 0


@dataclass(frozen=True, kw_only=True)
class JobFailed(Event):
    """A piece of heavy work was given up after all its runs failed."""

    name = "job.failed"
    kind: str = ""
    job_id: int = 0
