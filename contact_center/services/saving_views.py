"""Ways of looking at the floor that people keep under a name, for themselves or for all."""

from django.db import transaction
from django.utils.translation import gettext as _

from contact_center.errors import NotAllowed
from contact_center.models import SavedView, User
from contact_center.selectors.looks import Look

#: More would be no menu any more.
MOST_VIEWS = 30
LONGEST_NAME = 40


@transaction.atomic
def save_view(*, user: User, name: str, look: Look, is_shared: bool = False) -> SavedView:
    """Keep ``look`` as a view of ``user``'s; one of the same name is replaced.

    Raises NotAllowed without a name, for one that is too long, and for one view too many.
    """
    name = " ".join(name.split())
    if not name:
        raise NotAllowed(_("Give the view a name."))
    if len(name) > LONGEST_NAME:
        raise NotAllowed(_("Write a name of at most %(most)d letters.") % {"most": LONGEST_NAME})
    # One at a time for each person, so that two tabs do not write one view too many.
    user = User.objects.select_for_update().get(pk=user.pk)
    others = SavedView.objects.filter(user=user).exclude(name=name)
    if others.count() >= MOST_VIEWS:
        raise NotAllowed(
            _("You have %(most)d views. Let one go before you save another.") % {"most": MOST_VIEWS}
        )
    assert user.tenant is not None
    view, _made = SavedView.objects.update_or_create(
        user=user,
        name=name,
        defaults={
            "tenant": user.tenant,
            # The first page, whichever is looked at.
            "query": look.at_page(1).query,
            "is_shared": is_shared,
        },
    )
    return view


def forget_view(*, view: SavedView) -> None:
    """Let a view go."""
    view.delete()
