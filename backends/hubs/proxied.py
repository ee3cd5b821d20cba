"""How httpx2 reaches a hub: by the same proxy as the bytes of files, and not by a rule of its own.

httpx2 itself refuses to begin where any variable names a proxy that it does not know, and many desktops set ALL_PROXY
to socks:// beside an HTTPS_PROXY that would do.
"""

from __future__ import annotations

import httpx2

from backends.hubs.connections import proxy_for


class ByProxy(httpx2.BaseTransport):
    """Sends each request through what `proxy_for` names for its address; one set of connections a proxy.

    Raises MinimError("offline") for a proxy of an unknown kind.
    """

    def __init__(self) -> None:
        self._transports: dict[str, httpx2.HTTPTransport] = {}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        proxy = proxy_for(str(request.url))
        address = proxy.address if proxy else ""
        if address not in self._transports:
            made = httpx2.HTTPTransport(proxy=address or None)
            self._transports.setdefault(address, made)  # several threads may ask
        return self._transports[address].handle_request(request)

    def close(self) -> None:
        for transport in self._transports.values():
            transport.close()
