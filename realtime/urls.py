"""Where the pages connect."""

from django.urls import path

from realtime.consumers import (
    AgentConsumer,
    AlertsConsumer,
    CallbacksConsumer,
    CallConsumer,
    DeskConsumer,
    FloorConsumer,
    HealedConsumer,
    QueueConsumer,
    VoicemailsConsumer,
    WallboardConsumer,
    WallConsumer,
)

websocket_urlpatterns = [
    path("ws/desk/", DeskConsumer.as_asgi()),
    path("ws/floor/", FloorConsumer.as_asgi()),
    path("ws/agents/<int:agent_id>/", AgentConsumer.as_asgi()),
    path("ws/calls/<int:call_id>/", CallConsumer.as_asgi()),
    path("ws/queues/<int:queue_id>/", QueueConsumer.as_asgi()),
    path("ws/callbacks/", CallbacksConsumer.as_asgi()),
    path("ws/voicemails/", VoicemailsConsumer.as_asgi()),
    path("ws/alerts/", AlertsConsumer.as_asgi()),
    path("ws/healed/", HealedConsumer.as_asgi()),
    path("ws/wallboards/<int:wallboard_id>/", WallboardConsumer.as_asgi()),
    path("ws/wall/<slug:token>/", WallConsumer.as_asgi()),
]
