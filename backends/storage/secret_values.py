"""Which values of a tool server's environment and headers are secret: told by their names, or by their looks."""

from __future__ import annotations

import re

_CHANGES_WHAT_RUNS = re.compile(
    r"""(PATH | SHELL | HOME | PWD | OLDPWD | ENV | BASH_ENV | IFS | LD_.* | DYLD_.* | MALLOC_.* | PYTHON.* | PERL5.*
    | PERLLIB | RUBY(OPT|LIB) | LUA_.* | DOTNET_.* | BASH_FUNC.* | (BASH|SHELL)OPTS | PS4 | PROMPT_COMMAND | ZDOTDIR
    | GCONV_PATH | GLIBC_TUNABLES | OPENSSL_(CONF|MODULES|ENGINES) | .*_BASE_URL
    | (UV|PIP)_(FIND_LINKS|CONFIG_FILE|.*MIRROR) | (GO|YARN|BUN_CONFIG|COREPACK_NPM)_?(PROXY|REGISTRY) | DOCKER_HOST
    | NODE_(OPTIONS|PATH|EXTRA_CA_CERTS) | CLASSPATH | .*JAVA_(TOOL_)?OPTIONS | JDK_JAVA_OPTIONS
    | BUNDLE_GEMFILE | GEM_.* | GIT_(SSH|EXEC|EXTERNAL|PAGER|EDITOR|ASKPASS|CONFIG|PROXY).* | SSH_(ASKPASS|AUTH_SOCK)
    | EDITOR | VISUAL | PAGER | BROWSER | (HTTP|HTTPS|ALL|NO|FTP)_PROXY | SSL_CERT_.* | (UV|PIP)_.*INDEX.*
    | .*(ASK_?PASS|COMMAND|CMD|HELPER|(?<!WEB)HOOK|PLUGIN|PROGRAM|SCRIPT)
    | NPM_CONFIG_(REGISTRY|NODE_OPTIONS|SCRIPT_SHELL|PREFIX|USERCONFIG|GLOBALCONFIG|CACHE))""",
    re.VERBOSE | re.IGNORECASE,
)
"""Names of what changes which program runs, or whom it reaches: a person approves it, so it is never hidden."""

_SECRET_WORD = re.compile(
    r"""AUTH | AUTHENTICATION | AUTHORIZATION | BEARER | CREDS | DSN | JWT | KEYS | PASS | PASSCODE | PASSPHRASE
    | PASSWORDS | PAT | PIN | PWD | SECRETS | SESSIONID | SIGNATURE | TOKENS
    | .*(KEY | TOKEN | SECRET | PASSWORD | PASSWD | CREDENTIALS? | COOKIE)""",
    re.VERBOSE,
)
"""A word of a name; the last line also finds names that are written as one word, such as `apikey`."""

_SAYS_ABOUT = re.compile(
    r"""DIR | DIRECTORY | FILE | FOLDER | PATH | SOCK | SOCKET | URI | URL | ENDPOINT | HOST | REGION | PREFIX
    | COUNT | ENABLED | ID | LIMIT | MAX | METHOD | MODE | NAME | SIZE | TIMEOUT | TTL | TYPE""",
    re.VERBOSE,
)
"""A name that ends in one of these says where a secret is or what it is like; the value's look decides."""

_COUNTS = re.compile("MAX|MIN|NUM")
_NO_SECRET = re.compile("true|false|yes|no|on|off|none|null|0|1", re.IGNORECASE)

_SECRET_LOOK = re.compile(
    r"""(sk|pk|rk)[-_][A-Za-z0-9_-]{8,} | gh[opsur]_\w{10,} | github_pat_\w{10,} | glpat-[\w-]{10,}
    | xox[a-z]-[\w-]{8,} | xapp-[\w-]{8,} | (AKIA|ASIA)[A-Z0-9]{12,} | AIza[\w-]{20,} | ya29\.[\w-]+ | hf_\w{10,}
    | npm_\w{20,} | ntn_\w{10,} | secret_\w{10,} | pypi-[\w-]{20,} | dop_v1_\w{20,} | SG\.[\w-]+\.[\w-]+
    | eyJ[\w-]{8,}\.[\w-]+(\.[\w-]*)? | (Bearer|Basic|Token)\s+\S+ | -----BEGIN\ .*PRIVATE\ KEY-----.*
    | [a-z][a-z0-9+.-]*://[^/\s@]*:[^/\s@]+@.*""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_RANDOM = re.compile(r"[A-Za-z0-9+/=_.~-]{20,}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_REFERENCE = re.compile(r"\$\{[^}]*\}")


def is_secret(name: str, value: str) -> bool:
    """Whether the value of this environment variable or header is one that nobody but the server should see."""
    value = value.strip()
    if not value or _NO_SECRET.fullmatch(value) or _CHANGES_WHAT_RUNS.fullmatch(name) or refers_elsewhere(value):
        return False
    return _is_secret_name(name) or looks_secret(value)


def looks_secret(value: str) -> bool:
    """Whether a text has the form of a key, of a token, or of an address with a password."""
    return _SECRET_LOOK.fullmatch(value) is not None or _looks_random(value)


def refers_elsewhere(value: str) -> bool:
    """Whether a value only says where to look (`${VAR}`, `${env:VAR}`), beside words such as Bearer."""
    rest = _REFERENCE.sub("", value)
    return rest != value and re.fullmatch(r"\s*(Bearer|Basic|Token)?\s*", rest, re.IGNORECASE) is not None


def _is_secret_name(name: str) -> bool:
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    words = [word for word in re.split(r"[^A-Z0-9]+", spaced.upper()) if word]
    if not words or _SAYS_ABOUT.fullmatch(words[-1]) or _COUNTS.fullmatch(words[0]):
        return False
    return any(_SECRET_WORD.fullmatch(word) for word in words)


def _looks_random(value: str) -> bool:
    """Long, with letters and digits in one run, as no word and no name of a model or version has them."""
    if _UUID.fullmatch(value):
        return True
    if not _RANDOM.fullmatch(value) or value.startswith(("/", "~", ".")):
        return False
    longest = max(re.split(r"[^A-Za-z0-9]+", value), key=len)
    return (
        len(longest) >= 20 and re.search(r"[0-9]", longest) is not None and re.search(r"[A-Za-z]", longest) is not None
    )
