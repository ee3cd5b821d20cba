"""Connections to hubs: one pool for all threads, through the proxy that is named, certificates checked."""

from __future__ import annotations

import functools
import ipaddress
import ssl
import urllib.request
from urllib.parse import urlsplit

import certifi
import urllib3
from urllib3.util import make_headers


def connections_to(url: str) -> urllib3.PoolManager:
    """Where a connection to an address is got from. Raises ProxySchemeUnknown for a proxy of another kind than HTTP."""
    return _pool(proxy_for(url))


def forget() -> None:
    """End all connections; certificates are read anew with the next."""
    _pool.cache_clear()


def proxy_for(url: str) -> str:
    """The proxy that the environment, or the system, names for an address; "" if none."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if _is_loopback(host) or urllib.request.proxy_bypass(host):
        return ""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@functools.cache
def _pool(proxy: str) -> urllib3.PoolManager:
    """The one pool of connections a proxy, for all threads."""
    context = ssl.create_default_context()  # the system's store, for a company's own authority
    context.load_verify_locations(certifi.where())  # and one that is there where the system has none
    if not proxy:
        return urllib3.PoolManager(num_pools=16, maxsize=64, ssl_context=context)
    login = urlsplit(proxy)
    named = make_headers(proxy_basic_auth=f"{login.username}:{login.password or ''}") if login.username else {}
    return urllib3.ProxyManager(proxy, num_pools=16, maxsize=64, ssl_context=context, proxy_headers=named)
