"""The REST interface: ``/2010-04-01/Accounts/…``, one file per resource."""

from contact_center.simulator.core.resources.router import RestRequest, RestResponse, serve

__all__ = ["RestRequest", "RestResponse", "serve"]
