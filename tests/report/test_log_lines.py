"""Which lines of a log are shown, and what of them; and what the last wall takes out of any text."""

from __future__ import annotations

from pathlib import Path

import pytest

from backends.report.log_lines import safe_line, safe_lines
from backends.report.redaction import Redactor


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("2026-11-23 12:00:00,1 INFO canary: x", ""),
        ("2026-11-23 12:00:00,123 INFO httpx2: GET canary", "2026-11-23 12:00:00,123 INFO httpx2: …"),
        ("ERROR:canary.module:canary", "ERROR …: …"),
        ("ERROR:backends.workers.x:pip failed with 1:", "ERROR backends.workers.x: pip failed with 1 …"),
        ('  File "/a/site-packages/mlx_lm/utils.py", line 5, in load', "  mlx_lm/utils.py, line 5, in load"),
        ('  File "/usr/lib/python3.11/json/decoder.py", line 5, in decode', "  json/decoder.py, line 5, in decode"),
        ('  File "desktop/app.py", line 5, in start', "  desktop/app.py, line 5, in start"),
        ('  File "subprocess.py", line 5, in run', "  subprocess.py, line 5, in run"),
        ('  File "/a/canary/b.py", line 5, in canary', ""),
        ('  File "/a/canary/subprocess.py", line 5, in canary', ""),
        ('  File "/a/torch/can ary.py", line 5, in x', ""),
        ("    password = 'canary'", ""),
        ("KeyError: 'canary'", "KeyError: …"),
        ("CanaryError: x", ""),
        ("canary.models.CanaryError: x", ""),
        ("httpx2.ConnectError: canary", "httpx2.ConnectError: …"),
        ("PermissionError: [Errno 13] canary: '/canary'", "PermissionError: [Errno 13] Permission denied …"),
        ("Fatal Python error: Segmentation fault", "Fatal Python error: Segmentation fault"),
        ('libc++abi: terminating due to uncaught exception of type std::runtime_error: canary',
         "libc++abi: terminating due to uncaught exception of type std::runtime_error: …"),
        ("qt.qpa.xcb: could not connect to display canary", "qt.qpa.xcb: …"),
        ("", ""),
    ],
)  # fmt: skip
def test_of_a_line_only_what_is_known_to_be_harmless(line: str, shown: str) -> None:
    assert safe_line(line) == shown
    assert "canary" not in safe_line(line)


def test_lines_that_are_left_out_are_counted() -> None:
    assert list(safe_lines(["a", "", "b", "KeyError: x", "c"])) == [
        "(2 lines left out)",
        "KeyError: …",
        "(1 line left out)",
    ]


def test_the_last_wall_takes_out_home_name_and_secrets() -> None:
    redactor = Redactor(Path("/home/anna"), "anna", {"MY_TOKEN": "geheim123", "PATH": "/usr/bin"})
    for secret in (
        "hf_abcdefgh", "Bearer xyz", "sk-abcdefghi", "geheim123", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        "AbC1dEf2GhI3jKl4+nO5pQr6StU7", "https://u:pass@h.org", "https://h.org/a?key=1", "password=abc", "anna",
        "eyJhbGciOiJI.eyJzdWIiOiIx.abc", "123e4567-e89b-12d3-a456-426614174000", "/home/bert/x",
    ):  # fmt: skip
        assert secret not in redactor.clean(f"it is {secret} here"), secret
    assert redactor.clean("/home/anna/x of anna") == "~/x of (user)"
    assert redactor.clean("/mnt/home/bert/x and /home/anna/x") == "~/x and ~/x"
    harmless = "Qwen3-30B-A3B-Instruct-2507-4bit 0.32.4 6.1.0-generic-x86_64 mlx-community/MiniMax-M2-4bit /usr/bin"
    assert redactor.clean(harmless) == harmless
    assert redactor.clean("first token after 0.81 s, generation.max_tokens = 512") == (
        "first token after 0.81 s, generation.max_tokens = 512"
    )


def test_the_last_wall_knows_what_a_proxy_and_a_mirror_are_given() -> None:
    environment = {"HTTPS_PROXY": "http://bob:hunt/er2#@proxy.example:3128", "HF_ENDPOINT": "https://bob:geheim@hub/"}
    redactor = Redactor(Path("/home/annabirgit"), None, environment, "birgits-mac.local")
    for secret, text in (
        ("hunt/er2", "Cannot connect to proxy http://bob:hunt/er2#@proxy.example:3128"),
        ("hunt/er2", "the password hunt/er2# was refused"),
        ("geheim", "mirror bob:geheim@hub"),
        ("other/word", "http://eva:other/word@elsewhere/ and eva:other/word@elsewhere"),
        ("abcdefgh", "Authorization: Bearer abcdefgh"),
        ("zwei", "password: 'eins zwei'"),
        ("annabirgit", "/data/AnnaBirgit/x"),
        ("birgits-mac", "birgits-mac and birgits-mac.local"),
    ):
        assert secret not in redactor.clean(text).lower(), text
    assert Redactor(Path("/home/max"), None, {}, "ubuntu").clean("Ubuntu, M3 Max, max_tokens") == (
        "Ubuntu, M3 Max, max_tokens"
    )


def test_of_paths_in_words_only_minims_and_the_systems_are_told() -> None:
    redactor = Redactor(Path("/home/anna"), "anna", {}, "")
    for words, told in (
        ("Permission denied: '/srv/A merger/x y.txt'", "Permission denied: (path)"),
        ("/mnt/merger/x (12), ~/merger", "(path) (12), (path)"),
        ("/home/anna/home/data cannot be written", "~/home/data cannot be written"),
        ("/srv/Minim: cannot be made, /srv/minim-x", "/srv/Minim: cannot be made, (path)"),
        ("/usr/lib/libQt6Core.so.6: 20 tokens/s, 3/4, a / b", "/usr/lib/libQt6Core.so.6: 20 tokens/s, 3/4, a / b"),
    ):
        assert redactor.clean_words(words, [Path("/home/anna/home")]) == told
