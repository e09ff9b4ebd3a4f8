"""Wallboards: made, changed and removed by supervisors, opened by links that can be withdrawn.

A link's token is random, shown once and kept as a digest. Withdrawing a link is a fact like any
other: the web processes hear of it after commit, and a screen that shows the board by it stops.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import Ground, Queue, Tile, User, Wallboard, WallboardLink
from contact_center.models.wallboards import digest_of, new_token

#: More than any wall has; a list of them stays readable.
MOST_BOARDS = 50
MOST_LINKS = 20
#: A link that is in use is noted this often.
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Board:
    """What a board is to show; ``queues`` is None for every queue there is and will be."""

    name: str
    tiles: Sequence[Tile]
    queues: Iterable[Queue] | None
    page_seconds: int
    ground: Ground = Ground.AUTO


@transaction.atomic
def make_wallboard(*, board: Board, actor: User) -> Wallboard:
    """Make a board. Raises NotAllowed when the name is taken, or there are too many."""
    if actor.tenant is None:
        raise NotAllowed(_("Only somebody of an organisation can make a wallboard."))
    if Wallboard.objects.filter(tenant=actor.tenant).count() >= MOST_BOARDS:
        raise NotAllowed(
            _("There are %(most)s wallboards already. Remove one first.") % {"most": MOST_BOARDS}
        )
    made = Wallboard(tenant=actor.tenant, created_at=timezone.now())
    _write(made, board)
    record(ev.WallboardMade(tenant_id=made.tenant_id, actor_id=actor.pk, wallboard_id=made.pk))
    return made


@transaction.atomic
def change_wallboard(*, wallboard_id: int, board: Board, actor: User) -> Wallboard:
    """Change what a board shows; open screens follow. Raises NotAllowed when it is gone."""
    changed = _board_of(actor, wallboard_id)
    _write(changed, board)
    record(
        ev.WallboardChanged(tenant_id=changed.tenant_id, actor_id=actor.pk, wallboard_id=changed.pk)
    )
    return changed


@transaction.atomic
def remove_wallboard(*, wallboard_id: int, actor: User) -> None:
    """Remove a board and its links. Raises NotAllowed when it is gone."""
    board = _board_of(actor, wallboard_id)
    record(ev.WallboardRemoved(tenant_id=board.tenant_id, actor_id=actor.pk, wallboard_id=board.pk))
    board.delete()


@transaction.atomic
def make_link(*, wallboard_id: int, name: str, actor: User) -> tuple[WallboardLink, str]:
    """Make a link to a board; return it with its token, which nobody can read again.

    Raises NotAllowed when the board is gone or has too many links.
    """
    board = _board_of(actor, wallboard_id)
    if board.links.filter(revoked_at=None).count() >= MOST_LINKS:
        raise NotAllowed(
            _("This board has %(most)s links already. Withdraw one first.") % {"most": MOST_LINKS}
        )
    token = new_token()
    link = WallboardLink.objects.create(
        wallboard=board,
        name=name,
        digest=digest_of(token),
        made_at=timezone.now(),
        made_by=actor,
    )
    record(
        ev.WallboardLinkMade(
            tenant_id=board.tenant_id, actor_id=actor.pk, wallboard_id=board.pk, link_id=link.pk
        )
    )
    return link, token


@transaction.atomic
def revoke_link(*, wallboard_id: int, link_id: int, actor: User) -> None:
    """Withdraw a link; screens that use it stop. Raises NotAllowed when it is not in force."""
    board = _board_of(actor, wallboard_id)
    in_force = WallboardLink.objects.filter(pk=link_id, wallboard=board, revoked_at=None)
    if not in_force.update(revoked_at=timezone.now(), revoked_by=actor):
        raise NotAllowed(_("This link was withdrawn already. Load the page again."))
    record(
        ev.WallboardLinkRevoked(
            tenant_id=board.tenant_id, actor_id=actor.pk, wallboard_id=board.pk, link_id=link_id
        )
    )


def note_seen(*, link: WallboardLink) -> None:
    """Note that a screen shows the board by ``link`` now; no event, a screen is on all day."""
    now = timezone.now()
    long_ago = Q(seen_at=None) | Q(seen_at__lt=now - SEEN_EVERY)
    WallboardLink.objects.filter(long_ago, pk=link.pk).update(seen_at=now)


def _write(row: Wallboard, board: Board) -> None:
    row.name = board.name
    row.tiles = [tile.value for tile in board.tiles]
    row.all_queues = board.queues is None
    row.page_seconds = board.page_seconds
    row.ground = board.ground
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise NotAllowed(_("Another wallboard has this name already. Choose a different one."))
    # Only queues of the own organisation, whatever was asked for.
    row.queues.set(queue for queue in board.queues or () if queue.tenant_id == row.tenant_id)


def _board_of(actor: User, wallboard_id: int) -> Wallboard:
    """Return the board, locked. Another organisation's is as good as none."""
    board = (
        Wallboard.objects.select_for_update(no_key=True)
        .filter(pk=wallboard_id, tenant=actor.tenant)
        .first()
    )
    if board is None or actor.tenant is None:
        raise NotAllowed(_("This wallboard is not there any more. Load the page again."))
    return board
