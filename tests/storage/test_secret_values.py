"""Which values are taken for secrets: by their names, by their looks, and never those that change what runs."""

from __future__ import annotations

import pytest

from backends.storage.secret_values import is_secret


@pytest.mark.parametrize(
    "name",
    [
        "API_KEY",
        "apiKey",
        "OPENAI_APIKEY",
        "GITHUB_TOKEN",
        "githubToken",
        "CLIENT_SECRET",
        "DB_PASSWORD",
        "DB_PWD",
        "GITLAB_PAT",
        "SMTP_PASS",
        "Authorization",
        "X-Api-Key",
        "Cookie",
        "AWS_CREDENTIALS",
        "BEARER",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name, "x1")


@pytest.mark.parametrize(
    "value",
    [
        "sk-proj-abcdefgh12345678",
        "ghp_abcdefghijklmnop",
        "github_pat_11ABCDEFG0123456",
        "xoxb-123456789-abcdef",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "Bearer abc",
        "Basic dXNlcjpwYXNz",
        "postgres://user:pass@host:5432/db",
        "9f86d081884c7d659a2feaa0c55ad015",
        "123e4567-e89b-12d3-a456-426614174000",
    ],
)
def test_looks_of_secrets(value: str) -> None:
    assert is_secret("CONFIG", value)
    assert is_secret("WEBHOOK", value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PATH", "/usr/bin:/bin"),
        ("VAULT_PASSWORD_COMMAND", "evil"),
        ("credential.helper", "!evil"),
        ("core.askPass", "evil"),
        ("SECRETS_HOOK", "9f86d081884c7d659a2feaa0c55ad015"),
        ("LD_PRELOAD", "9f86d081884c7d659a2feaa0c55ad015"),
        ("DYLD_INSERT_LIBRARIES", "sk-proj-abcdefgh12345678"),
        ("NODE_OPTIONS", "--require /tmp/key.js"),
        ("PYTHONPATH", "/home/me/secret"),
        ("GIT_SSH_COMMAND", "ssh -i key"),
        ("UV_FIND_LINKS", "https://user:pass@host/wheels"),
        ("GOPROXY", "https://user:pass@host"),
        ("OPENAI_BASE_URL", "https://user:pass@host/v1"),
        ("BASH_FUNC_pass%%", "() { run; }"),
        ("DOTNET_STARTUP_HOOKS", "hooks/9f86d081884c7d659a2feaa0c55ad015.dll"),
        ("PWD", "/home/me"),
        ("SSH_AUTH_SOCK", "/run/agent.sock"),
        ("API_KEY_FILE", "/home/me/key"),
        ("DATABASE_URL", "postgres://host:5432/db"),
        ("MODEL", "claude-3-5-sonnet-20241022"),
        ("PATTERN", "*.py"),
        ("MONKEY_BUSINESS", ""),
        ("COMPASS", "north"),
        ("AUTHOR", "Ada"),
        ("ROOT", "/home/somebody/projects/2024/archive"),
        ("TOKEN", "${env:TOKEN}"),
        ("Authorization", "Bearer ${TOKEN}"),
        ("MAX_TOKENS", "4096"),
        ("AUTH_TYPE", "oauth"),
        ("AUTH", "true"),
        ("LANG", "zh_CN.UTF-8"),
    ],
)
def test_what_stays_visible(name: str, value: str) -> None:
    assert not is_secret(name, value)
