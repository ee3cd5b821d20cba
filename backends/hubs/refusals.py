"""What a hub's refusals mean to a person: every answer that is no answer, as a MinimError in words."""

from __future__ import annotations

from backends.contract.errors import MinimError
from backends.hubs.addresses import host_of
from backends.hubs.connections import proxy_for


class TokenRefusal(MinimError):
    """A token is needed, or another one. `page` is the address where it, or the right to use it, is got."""

    def __init__(self, message: str, hint: str, page: str) -> None:
        super().__init__("token_needed", message, hint)
        self.page = page


def offline(endpoint: str, reason: str = "") -> MinimError:
    """Nothing answers at the endpoint: no network, no such host, or too slow."""
    because = f": {reason}" if reason else ""
    if proxy := proxy_for(endpoint):
        message = f"{host_of(endpoint)} cannot be reached through the proxy that {proxy.named_by} names{because}."
        return MinimError("offline", message, "See whether the proxy runs, and whether its address is right.")
    hint = "Check the network, or choose another hub or a mirror. Models that are here work without."
    return MinimError("offline", f"{host_of(endpoint)} cannot be reached{because}.", hint)


def not_found(endpoint: str, repo: str, revision: str = "") -> MinimError:
    """The hub has no such repository, or hides it."""
    if revision:
        message = f"{host_of(endpoint)} has no revision {revision} of {repo}."
        return MinimError("not_found", message, "Leave the revision out to fetch the newest one.")
    hint = "Check the name. If the repository is private, a token of an account that sees it is needed."
    return MinimError("not_found", f"{host_of(endpoint)} has no repository {repo} that it shows to you.", hint)


def token_needed(endpoint: str, repo: str, *, has_token: bool, gated: bool, page: str) -> TokenRefusal:
    """The hub lets nobody in without a token (`has_token` false), or not with the one that it was given."""
    host = host_of(endpoint)
    name = f"{repo} on {host}" if repo else host
    if gated and has_token:
        message = f"{name} is gated, and the account of your token has no access to it."
        hint = f"Ask for access at {page}, then try again."
    elif gated:
        message = f"{name} is gated: it is given to those who have asked for access and show their token."
        hint = f"Ask for access at {page}, then enter an access token of that account."
    elif has_token:
        message = f"{name} does not accept your access token."
        hint = f"Get a token that may read this repository at {page}, and enter it."
    else:
        message = f"{name} asks for an access token: it may be private."
        hint = f"Check the name, or get a token at {page} and enter it."
    return TokenRefusal(message, hint, page)


def refused(endpoint: str, status: int, repo: str = "", reason: str = "", wait: float = 0.0) -> MinimError:
    """The hub answered with an HTTP status that says no. `wait` in seconds, where it says when to come back."""
    host, about = host_of(endpoint), f" about {repo}" if repo else ""
    said = f" ({reason.strip()[:200]})" if reason.strip() else ""
    if status == 429:
        later = f"in {wait:.0f} seconds" if wait > 0 else "in a few minutes"
        message = f"{host} was asked too often and answers no more for now (429){said}."
        return MinimError("hub_failed", message, f"Try again {later}; with an access token more is allowed.")
    if status >= 500:
        hint = "This is the hub's own trouble: try again later, or choose the other hub or a mirror."
        return MinimError("hub_failed", f"{host} has a fault of its own, asked{about}: status {status}{said}.", hint)
    hint = "Check the address of the hub, or choose the other hub."
    return MinimError("hub_failed", f"{host} refused what it was asked{about}: status {status}{said}.", hint)


def unreadable(endpoint: str, repo: str, what: str) -> MinimError:
    """The hub answered something that it should not."""
    about = f" about {repo}" if repo else ""
    message = f"{host_of(endpoint)} answered{about} what cannot be read: {what}."
    hint = "Check the address of the hub, or choose the other hub."
    if not repo:
        hint += " Not every mirror can search: the whole name of a repository is found all the same."
    return MinimError("hub_failed", message, hint)
