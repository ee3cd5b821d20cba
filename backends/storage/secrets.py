"""Access tokens of the hubs: in the system's keyring, one for each host, so that a mirror is never given a hub's own.

Where a system has no keyring (Linux without a desktop), a token is held in this process alone and gone when it ends;
the variables MINIM_HF_TOKEN and MINIM_MODELSCOPE_TOKEN then keep it for longer. They are for huggingface.co and
modelscope.cn themselves and are used for no other host. Tokens of other programs are not looked for.
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

_held: dict[str, str] = {}
"""Tokens that no keyring took, by host."""


def keep_token(host: str, token: str) -> str:
    """Keep the token of a host ("huggingface.co", with the port where it has one); "" forgets it.

    Returns where it is kept, in words that a sentence can end with ("in the system's keyring"). Raises
    MinimError("bad_request") for what cannot be a token.
    """
    host, token = host.lower(), token.strip()
    if any(character.isspace() or not character.isprintable() or not character.isascii() for character in token):
        hint = "Copy it again from the hub's page, without anything before or after it."
        raise MinimError("bad_request", "This is no access token: it has characters that no token has.", hint)
    _held.pop(host, None)
    if not token:
        return _forget(host)
    reason = "this system has no keyring"
    if not isinstance(keyring.get_keyring(), NoKeyring):
        try:
            keyring.set_password(_SERVICE, host, token)
        except Exception as error:  # noqa: BLE001 - a keyring's own libraries have errors of their own
            reason = f"the system's keyring did not take it ({type(error).__name__})"
        else:
            return "in the system's keyring"
    _held[host] = token
    longer = f"; the variable {_VARIABLES[host]} keeps it for longer" if host in _VARIABLES else ""
    return f"in memory until Minim is closed: {reason}{longer}"


def token_for(host: str) -> str:
    """The token of a host, "" if there is none. A keyring that is locked or broken counts as empty."""
    host = host.lower()
    if host in _held:
        return _held[host]
    try:
        kept = keyring.get_password(_SERVICE, host)
    except Exception:  # noqa: BLE001 - as in keep_token
        kept = None
    return kept or os.environ.get(_VARIABLES.get(host, ""), "").strip()


def _forget(host: str) -> str:
    try:
        keyring.delete_password(_SERVICE, host)
    except PasswordDeleteError:
        pass  # there was none
    except Exception:  # noqa: BLE001 - as in keep_token
        if not isinstance(keyring.get_keyring(), NoKeyring):
            return "in the system's keyring still: it cannot be opened"
    return "nowhere"
