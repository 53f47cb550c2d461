"""HubSpot: pulled from, delivered to, checked. `HubSpot(token, base_url, options=HubSpotOptions(...))`."""

from syncd.connectors.hubspot.connector import BASE_URL, HubSpot
from syncd.connectors.hubspot.options import HubSpotOptions, WebBehaviour

__all__ = ["BASE_URL", "HubSpot", "HubSpotOptions", "WebBehaviour"]
