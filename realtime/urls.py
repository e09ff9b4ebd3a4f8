"""Where the pages connect."""

from django.urls import path

from realtime.consumers import (
    AgentConsumer,
    AlertsConsumer,
    CallConsumer,
    DeskConsumer,
    FloorConsumer,
    HealedConsumer,
    WallboardConsumer,
    WallConsumer,
)

websocket_urlpatterns = [
    path("ws/desk/", DeskConsumer.as_asgi()),
    path("ws/floor/", FloorConsumer.as_asgi()),
    path("ws/agents/<int:agent_id>/", AgentConsumer.as_asgi()),
    path("ws/calls/<int:call_id>/", CallConsumer.as_asgi()),
    path("ws/alerts/", AlertsConsumer.as_asgi()),
    path("ws/healed/", HealedConsumer.as_asgi()),
    path("ws/wallboards/<int:wallboard_id>/", WallboardConsumer.as_asgi()),
    path("ws/wall/<slug:token>/", WallConsumer.as_asgi()),
]
