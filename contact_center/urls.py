"""Where every address of the site leads."""

from django.contrib import admin
from django.urls import include, path, re_path

from contact_center.addresses import WAIT_MUSIC_PATH
from contact_center.conf import current
from contact_center.health import health
from contact_center.icons import icons
from contact_center.metrics.views import metrics
from contact_center.recordings import recording
from contact_center.sign_in import home, password, sign_in, sign_out
from contact_center.wait_music import wait_music

urlpatterns = [
    path("", home, name="home"),
    path("sign-in/", sign_in, name="sign-in"),
    path("sign-out/", sign_out, name="sign-out"),
    path("password/", password, name="password"),
    path("agents/", include("agents.urls")),
    path("supervisors/", include("supervisors.urls")),
    path("wall/", include("supervisors.wall_urls")),
    path("admin/", admin.site.urls),
    # Their paths are settings, the leading part included.
    path("", include("contact_center.webhooks.urls")),
    # As services/storing.py names files.
    re_path(
        rf"^{WAIT_MUSIC_PATH.lstrip('/')}(?P<name>[A-Za-z0-9_-]{{32}}\.(?:mp3|wav))$",
        wait_music,
        name="wait-music",
    ),
    path(current().storage.local_url.lstrip("/") + "<path:name>", recording, name="recording"),
    path("health/", health, name="health"),
    path("metrics", metrics, name="metrics"),
    path("icons.svg", icons, name="icons"),
]
