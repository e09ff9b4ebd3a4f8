"""What a supervisor may say about a wallboard, and what is said when it cannot be understood."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.models import Ground, Queue, Tile, Wallboard
from contact_center.models.wallboards import (
    LONGEST_PAGE,
    MOST_TILES,
    SHORTEST_PAGE,
    TILES_PER_PAGE,
)
from contact_center.selectors.scopes import Scope
from contact_center.services.displaying import Board

LONGEST_NAME = 60
_TOO_LONG = gettext_lazy("A name has at most %(limit_value)d letters; this one has %(show_value)d.")
_FROM_THE_LIST = gettext_lazy("Choose one from the list.")
_WHICH = [
    ("all", gettext_lazy("All queues, also those that are added later")),
    ("these", gettext_lazy("Only these:")),
]
#: What a new board shows until somebody chooses.
USUAL_TILES = (Tile.WAITING, Tile.LONGEST_WAIT, Tile.SERVICE_LEVEL, Tile.ABANDONED)


class BoardForm(forms.Form):
    """A whole board: its name, its tiles in their places, its queues, how fast its pages turn."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=LONGEST_NAME,
        help_text=gettext_lazy("It stands at the top of the screen."),
        error_messages={
            "required": gettext_lazy("Give the board a name."),
            "max_length": _TOO_LONG,
        },
    )
    which = forms.ChoiceField(
        label=gettext_lazy("Queues"),
        choices=_WHICH,
        widget=forms.RadioSelect,
        error_messages={"required": _FROM_THE_LIST, "invalid_choice": _FROM_THE_LIST},
    )
    queues = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Only these queues"),
        queryset=Queue.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": gettext_lazy(
                "One of these queues is not there any more. Load the page again."
            ),
            "invalid_pk_value": gettext_lazy("Choose queues from the list."),
        },
    )
    page_seconds = forms.IntegerField(
        label=gettext_lazy("A page stands for, seconds"),
        min_value=SHORTEST_PAGE,
        max_value=LONGEST_PAGE,
        help_text=gettext_lazy("When there is more than one page, they take turns."),
        error_messages={
            "required": gettext_lazy("Write for how many seconds, like 15."),
            "invalid": gettext_lazy("Write whole seconds, like 15."),
            "min_value": gettext_lazy("Nobody reads a page in less than %(limit_value)s seconds."),
            "max_value": gettext_lazy("Write at most %(limit_value)s seconds."),
        },
    )
    ground = forms.ChoiceField(
        label=gettext_lazy("Colours"),
        choices=Ground.choices,
        required=False,
        error_messages={"invalid_choice": _FROM_THE_LIST},
    )

    def __init__(self, data: Any = None, *, scope: Scope, board: Wallboard | None) -> None:
        super().__init__(data, initial=_initial(board, scope))
        field = self.fields["queues"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # as declared above
        field.queryset = scope.queues()
        if not scope.is_whole:
            # All queues, also those to come, are more than somebody of some teams may see.
            which = self.fields["which"]
            assert isinstance(which, forms.ChoiceField)
            which.choices = [(value, word) for value, word in _WHICH if value != "all"]
        for place in range(1, MOST_TILES + 1):
            self.fields[f"tile_{place}"] = forms.ChoiceField(
                label=_("Tile %(n)s") % {"n": place},
                choices=[("", _("Nothing")), *Tile.choices],
                required=False,
                error_messages={"invalid_choice": _FROM_THE_LIST},
            )
        for name, each in self.fields.items():
            if name in ("which", "queues"):
                continue
            each.widget.attrs["class"] = "input"
            if self.is_bound and name in self.errors:
                each.widget.attrs["aria-invalid"] = "true"

    @property
    def tile_pages(self) -> list[list[forms.BoundField]]:
        """The places for tiles, page by page."""
        places = [self[f"tile_{place}"] for place in range(1, MOST_TILES + 1)]
        return [places[at : at + TILES_PER_PAGE] for at in range(0, MOST_TILES, TILES_PER_PAGE)]

    def clean(self) -> dict[str, Any]:
        """Refuse a tile that is chosen twice, and a choice of queues without a queue."""
        clean = super().clean() or self.cleaned_data
        seen: set[str] = set()
        for place in range(1, MOST_TILES + 1):
            tile = clean.get(f"tile_{place}")
            if tile and tile in seen:
                said = _("“%(tile)s” is chosen already. Choose another, or nothing.")
                self.add_error(f"tile_{place}", ValidationError(said % {"tile": Tile(tile).label}))
            seen.add(tile or "")
        if clean.get("which") == "these" and "queues" in clean and not clean["queues"]:
            self.add_error("queues", ValidationError(_("Choose a queue, or all queues.")))
        return clean

    def board(self) -> Board:
        """Return what was said, for the service."""
        clean = self.cleaned_data
        chosen = [clean[f"tile_{place}"] for place in range(1, MOST_TILES + 1)]
        return Board(
            name=clean["name"],
            tiles=[Tile(tile) for tile in chosen if tile],
            queues=list(clean["queues"]) if clean["which"] == "these" else None,
            page_seconds=clean["page_seconds"],
            ground=Ground(clean["ground"]),
        )


class LinkForm(forms.Form):
    """Which screen a link is for."""

    name = forms.CharField(
        label=gettext_lazy("For which screen"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
        help_text=gettext_lazy("By this name you find it again, to withdraw it."),
        error_messages={
            "required": gettext_lazy("Say which screen it is for, like “TV by the window”."),
            "max_length": _TOO_LONG,
        },
    )

    def __init__(self, data: Any = None) -> None:
        # The board's own form is on the same page, and has a name, too.
        super().__init__(data, auto_id="link_%s")


def _initial(board: Wallboard | None, scope: Scope) -> dict[str, Any]:
    tiles = board.shown_tiles if board is not None else USUAL_TILES
    shown: dict[str, Any] = {f"tile_{place}": tile for place, tile in enumerate(tiles, start=1)}
    if board is None:
        return shown | {"which": "all" if scope.is_whole else "these", "page_seconds": 15}
    return shown | {
        "name": board.name,
        "which": "all" if board.all_queues else "these",
        "queues": [] if board.all_queues else list(board.queues.all()),
        "page_seconds": board.page_seconds,
        "ground": board.ground,
    }
