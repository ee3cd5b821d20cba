"""The secrets of tool servers: taken out of a server's values, kept under its name, and put back to start it."""

from __future__ import annotations

from msgspec.structs import replace

from backends.contract.errors import MinimError
from backends.contract.tools import IN_KEYRING, ToolServer, with_secrets_hidden
from backends.storage.masked_command import LEAST_SECRET
from backends.storage.paths import data_folder
from backends.storage.secret_values import is_secret


def shown(server: ToolServer) -> ToolServer:
    """`server` as a person may see it, with `IN_KEYRING` for each secret."""
    return with_secrets_hidden(server, frozenset(plain_secrets(server)))


def plain_secrets(server: ToolServer) -> dict[str, str]:
    """The secrets that stand in it in plain words, by name."""
    values = {**server.env, **server.headers}
    return {name: value for name, value in values.items() if value != IN_KEYRING and is_secret(name, value)}


def hidden_names(server: ToolServer) -> list[str]:
    """The names of its values that are kept elsewhere."""
    return [name for name, value in {**server.env, **server.headers}.items() if value == IN_KEYRING]


def keep_secrets(server: ToolServer) -> tuple[ToolServer, str]:
    """Keep what is secret in it; → the server without, and where it is kept, in words ("" if nothing was)."""
    from backends.storage.secrets import keep_secret  # with the first secret: a keyring takes its time to be found

    where = ""
    for name, value in plain_secrets(server).items():
        kept = keep_secret(_name_of(server.name, name), value)
        where = kept if not where or "memory" in kept else where
    return shown(server), where


def with_secrets(server: ToolServer) -> ToolServer:
    """`server` with its secrets filled in, for nobody but itself. Raises MinimError where one is gone."""
    hidden = hidden_names(server)
    if not hidden:
        return server
    from backends.storage.secrets import secret_for

    found = {name: secret_for(_name_of(server.name, name)) for name in hidden}
    gone = [name for name, secret in found.items() if not secret]
    if gone:
        what = f"its secret {gone[0]} is" if len(gone) == 1 else f"its secrets {', '.join(gone)} are"
        message = f"{server.name} was not started: {what} not in the keyring (or the keyring is locked)."
        hint = (
            "Unlock the keyring, or write the secret again in the server's entry. Where there is no keyring, it can"
            f" stand in {data_folder() / 'mcp_servers.json'}, in place of {IN_KEYRING}."
        )
        raise MinimError("tool_failed", message, hint)

    def filled(values: dict[str, str]) -> dict[str, str]:
        return {name: found[name] if value == IN_KEYRING else value for name, value in values.items()}

    return replace(server, env=filled(server.env), headers=filled(server.headers))


def secrets_in(shown: ToolServer, whole: ToolServer) -> tuple[str, ...]:
    """The values that stand in `whole` and not in `shown`; none that is so short that it is part of other words."""
    values = {**whole.env, **whole.headers}
    return tuple(values[name] for name in hidden_names(shown) if len(values[name]) >= LEAST_SECRET)


def move_secrets(old: ToolServer, new: ToolServer) -> None:
    """Let `new` have those secrets of `old` that it only holds the place of; the old ones stay."""
    from backends.storage.secrets import keep_secret, secret_for

    for name in set(hidden_names(new)) & set(hidden_names(old)):
        if old.name != new.name and (secret := secret_for(_name_of(old.name, name))):
            keep_secret(_name_of(new.name, name), secret)


def forget_secrets(server: ToolServer, still: ToolServer | None = None) -> None:
    """Forget its secrets, but for those that `still` needs."""
    needed = {_name_of(still.name, name) for name in hidden_names(still)} if still is not None else set[str]()
    names = [name for name in hidden_names(server) if _name_of(server.name, name) not in needed]
    if names:
        from backends.storage.secrets import forget_secret

        for name in names:
            forget_secret(_name_of(server.name, name))


def as_in_file(server: ToolServer, before: ToolServer | None) -> ToolServer:
    """How `server` is written: a secret that stood in its entry in plain words, because no keyring took it, stays."""
    plain = plain_secrets(before) if before is not None else {}
    if not plain:
        return server
    from backends.storage.secrets import secret_for

    stay = {name: value for name, value in plain.items() if secret_for(_name_of(server.name, name)) == value}

    def filled(values: dict[str, str]) -> dict[str, str]:
        return {name: stay.get(name, value) if value == IN_KEYRING else value for name, value in values.items()}

    return replace(server, env=filled(server.env), headers=filled(server.headers))


def held_in_memory(server: ToolServer) -> list[str]:
    """The names of its secrets that no keyring took, and that are gone once this process ends."""
    hidden = hidden_names(server)
    if not hidden:
        return []
    from backends.storage.secrets import is_held

    return [name for name in hidden if is_held(_name_of(server.name, name))]


def _name_of(server: str, variable: str) -> str:
    # No server's name has a slash in it, so that no other pair has this name.
    return f"mcp/{server}/{variable}"
