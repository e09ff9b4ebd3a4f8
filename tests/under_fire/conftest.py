"""One installation for all of these tests: it takes a quarter of a minute to begin."""

from collections.abc import Iterator

import pytest

from tests.harness.installation import Installation
from tests.harness.waiting import wait_until
from tests.under_fire.crash.points import Points, points_of, with_points


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Two web processes, two clocks, live screens, PostgreSQL, Redis and the phone network."""
    folder = tmp_path_factory.mktemp("installation")
    with Installation(folder, settings=with_points(folder)) as running:
        yield running


@pytest.fixture
def points(installation: Installation) -> Iterator[Points]:
    """Where the processes of the installation may be made to die."""
    points = Points(points_of(installation.folder))
    yield points
    points.disarm()


@pytest.fixture
def site(installation: Installation) -> Iterator[Installation]:
    """The installation with everything up, nobody on duty and nobody on the line."""
    yield installation
    everything_is_up(installation)
    for leg in installation.network.live_legs():
        installation.network.hang_up(leg["sid"])
    wait_until(
        lambda: not installation.rows("SELECT 1 FROM contact_center_call WHERE ended_at IS NULL"),
        90,
        what="the end of every call",
        describe=installation.what_they_wrote,
    )
    installation.send_everybody_home()


def everything_is_up(site: Installation) -> None:
    """Start again what a test that failed left down."""
    for server in (site.postgres, site.redis, *site.servers):
        if not server.running:
            server.start()
    site.door.mend()
    site.link.mend()
