"""Heavy work in the background, through Celery. A task fetches and calls a service."""

from celery import shared_task

from contact_center.services import tidying


@shared_task  # type: ignore[untyped-decorator]
def tidy_up() -> dict[str, int]:
    """Delete what has served its purpose; return how many rows of each kind went."""
    return tidying.delete_what_is_done()
