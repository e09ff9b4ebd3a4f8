"""The site as one ASGI application: pages, webhooks and websockets."""

import gc
import os
import sys

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator, WebsocketDenier
from channels.sessions import CookieMiddleware
from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contact_center.settings")

# One thread carries every socket; others read and paint for them, and wait for the database many
# times in doing so. After each wait a busy loop would keep them out for another five milliseconds.
sys.setswitchinterval(0.0005)

pages = get_asgi_application()
if settings.DEBUG or settings.DEMO:
    # In production nginx serves what collectstatic gathered; the demo is one process.
    pages = ASGIStaticFilesHandler(pages)

# Only now are the apps loaded that the sockets read from.
from contact_center.conf import current  # noqa: E402
from realtime.handshakes import write_nothing_down_in_vain  # noqa: E402
from realtime.urls import websocket_urlpatterns  # noqa: E402

sockets = AllowedHostsOriginValidator(CookieMiddleware(URLRouter(websocket_urlpatterns)))
if not current().features.websocket_support:
    # Every socket is refused; the pages ask for their panels instead.
    sockets = WebsocketDenier.as_asgi()

write_nothing_down_in_vain()
application = ProtocolTypeRouter({"http": pages, "websocket": sockets})

# What is loaded by now stays for good. Each socket is a few hundred objects that live for hours: by
# the interpreter's own measure a thousand that come back have it look through all of them, again
# and again.
gc.freeze()
gc.set_threshold(20_000, 20, 50)
