"""What nobody else may read: hubs' access tokens and tool servers' secrets, in the system's keyring, each by a name.

A hub's token has its host as its name, so that a mirror is never given a hub's own. Where a system has no keyring
(Linux without a desktop), a secret is held in this process alone and gone when it ends; the variables MINIM_HF_TOKEN
and MINIM_MODELSCOPE_TOKEN then keep a token for longer. They are for huggingface.co and modelscope.cn themselves and
are used for no other host. Secrets of other programs are not looked for.
"""

from __future__ import annotations

import os

import keyring
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import PasswordDeleteError

from backends.contract.errors import MinimError

_SERVICE = "Minim"
_VARIABLES = {
    "huggingface.co": "MINIM_HF_TOKEN",
    "www.modelscope.cn": "MINIM_MODELSCOPE_TOKEN",
    "modelscope.cn": "MINIM_MODELSCOPE_TOKEN",
}

IN_THE_KEYRING = "in the system's keyring"

_held: dict[str, str] = {}
"""What no keyring took, by name."""


def keyring_name() -> str:
    """What keeps secrets on this system, "" if nothing does. No secret is looked at."""
    found = keyring.get_keyring()
    return "" if isinstance(found, NoKeyring) else f"{type(found).__module__.removeprefix('keyring.backends.')}"


def keep_secret(name: str, secret: str) -> str:
    """Keep a secret under a name, in place of the one that was there; "" forgets it.

    Returns where it is kept, in words that a sentence can end with ("in the system's keyring").
    """
    _held.pop(name, None)
    if not secret:
        return forget_secret(name)
    reason = "this system has no keyring"
    if not isinstance(keyring.get_keyring(), NoKeyring):
        try:
            keyring.set_password(_SERVICE, name, secret)
        except Exception as error:  # noqa: BLE001 - a keyring's own libraries have errors of their own
            reason = f"the system's keyring did not take it ({type(error).__name__})"
        else:
            return IN_THE_KEYRING
    _held[name] = secret
    return f"in memory until Minim is closed: {reason}"


def secret_for(name: str) -> str:
    """The secret of this name, "" if there is none. A keyring that is locked or broken counts as empty."""
    if name in _held:
        return _held[name]
    try:
        return keyring.get_password(_SERVICE, name) or ""
    except Exception:  # noqa: BLE001 - as in keep_secret
        return ""


def forget_secret(name: str) -> str:
    """Forget the secret of this name; → where it still is, in words."""
    _held.pop(name, None)
    try:
        keyring.delete_password(_SERVICE, name)
    except PasswordDeleteError:
        pass  # there was none
    except Exception:  # noqa: BLE001 - as in keep_secret
        if not isinstance(keyring.get_keyring(), NoKeyring):
            return f"{IN_THE_KEYRING} still: it cannot be opened"
    return "nowhere"


def is_held(name: str) -> bool:
    """Whether the secret of this name is in this process alone."""
    return name in _held


def keep_token(host: str, token: str) -> str:
    """Keep the token of a host ("huggingface.co", with the port where it has one); "" forgets it.

    Returns where it is kept, in words as `keep_secret` does. Raises MinimError("bad_request") for what cannot be a
    token.
    """
    host, token = host.lower(), token.strip()
    if any(character.isspace() or not character.isprintable() or not character.isascii() for character in token):
        hint = "Copy it again from the hub's page, without anything before or after it."
        raise MinimError("bad_request", "This is no access token: it has characters that no token has.", hint)
    where = keep_secret(host, token)
    longer = f"; the variable {_VARIABLES[host]} keeps it for longer" if host in _VARIABLES and host in _held else ""
    return where + longer


def token_for(host: str) -> str:
    """The token of a host, "" if there is none. A keyring that is locked or broken counts as empty."""
    host = host.lower()
    return secret_for(host) or os.environ.get(_VARIABLES.get(host, ""), "").strip()
