"""Connections to hubs: one pool for all threads, through the proxy that is named, certificates checked."""

from __future__ import annotations

import functools
import ipaddress
import os
import ssl
import urllib.request
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import certifi
import urllib3
from urllib3.util import make_headers

from backends.contract.errors import MinimError

_SCHEMES = ("http", "https", "socks5", "socks5h")
"""Of proxies: what all the libraries that ask hubs can use."""


class Proxy(NamedTuple):
    """A proxy, and who names it: a variable of the environment, or "the system"."""

    address: str
    named_by: str


def connections_to(url: str) -> urllib3.PoolManager:
    """Where a connection to an address is got from. Raises MinimError("offline") for a proxy of an unknown kind."""
    proxy = proxy_for(url)
    return _pool(proxy.address if proxy else "")


def forget() -> None:
    """End all connections; certificates are read anew with the next."""
    _pool.cache_clear()


def proxy_for(url: str) -> Proxy | None:
    """The proxy that the environment, or the system, names for an address. Raises MinimError("offline") for one of an
    unknown kind, or without an address.

    What is behind a SOCKS proxy is looked up by that proxy, whichever of its two names it goes by: where people need
    one, the names that are told on this side may be wrong ones.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if _is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    kind = next((kind for kind in (parts.scheme, "all") if proxies.get(kind)), "")
    if not kind:
        return None
    variables = (f"{kind}_proxy", f"{kind}_proxy".upper())
    named_by = next((name for name in variables if os.environ.get(name)), "the system")
    proxy = proxies[kind] if "://" in proxies[kind] else f"http://{proxies[kind]}"
    scheme, _, rest = proxy.partition("://")
    if not _is_address(proxy):
        message = f"{host} cannot be reached: what {named_by} names is no address of a proxy."
        raise MinimError("offline", message, "Write it as http://host:port or socks5://host:port.")
    if scheme.lower() not in _SCHEMES:
        message = f"{host} cannot be reached: {named_by} names a proxy of the kind {scheme}://, which cannot be used."
        raise MinimError("offline", message, "Name one that begins with http://, https://, socks5:// or socks5h://.")
    return Proxy(f"socks5h://{rest}" if scheme.lower() == "socks5" else proxy, named_by)


def _is_address(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        return False


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
    if proxy.startswith("socks"):
        from urllib3.contrib.socks import SOCKSProxyManager  # few need it

        return SOCKSProxyManager(proxy, num_pools=16, maxsize=64, ssl_context=context)
    login = urlsplit(proxy)
    words = f"{unquote(login.username or '')}:{unquote(login.password or '')}"
    named = make_headers(proxy_basic_auth=words) if login.username else {}
    return urllib3.ProxyManager(proxy, num_pools=16, maxsize=64, ssl_context=context, proxy_headers=named)
