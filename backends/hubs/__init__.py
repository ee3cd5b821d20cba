"""Where models come from: the hubs' metadata through their own libraries, the bytes through one transfer."""

from __future__ import annotations

from backends.contract.models import Hub
from backends.hubs.base import HubClient


def open_hub(hub: Hub, endpoint: str = "", token: str = "") -> HubClient:
    """A client of a hub. Asks nothing yet.

    `endpoint` is a mirror's address, "" for the hub's own (or the one that HF_ENDPOINT or MODELSCOPE_ENDPOINT name).
    `token` goes to the host of that endpoint and nowhere else; no other token is looked for.
    """
    # The libraries take a third of a second to import: with the first hub that is opened.
    if hub == "modelscope":
        from backends.hubs.model_scope import ModelScope

        return ModelScope(endpoint, token)
    from backends.hubs.hugging_face import HuggingFace

    return HuggingFace(endpoint, token)
