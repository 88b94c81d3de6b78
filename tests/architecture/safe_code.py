"""What our code may not do without saying why: rules read on its syntax tree, and on its templates.

Each rule gives its name to the place it finds; the exceptions and their reasons are in `safe_code_exceptions`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("care", "scanners", "exercises", "reports", "kits", "tools")

Use = tuple[str, str]

# What running text, or reading objects back as code, is called. No exception is foreseen.
_CODE = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.execv", "os.execvp", "os.spawnv",
    "tempfile.mktemp", "yaml.unsafe_load", "yaml.full_load", "yaml.load_all", "yaml.unsafe_load_all",
    "ssl._create_unverified_context", "logging.config.listen", "asyncio.create_subprocess_shell",
    "subprocess.getoutput", "subprocess.getstatusoutput", "flask.render_template_string",
}  # fmt: skip
_FORBIDDEN_MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "telnetlib", "ftplib", "xmlrpc", "code", "pty"}
_XML = {"xml.etree", "xml.sax", "xml.dom", "lxml"}
_XML_READERS = {"parse", "fromstring", "iterparse", "XML", "XMLParser", "XMLPullParser", "parseString", "XMLID"}
_XML_NAMES = {"Element", "ParseError"}  # a type and an error; they read nothing
_PROCESSES = {"subprocess", "multiprocessing"}
_OUTSIDE = {
    "socket", "ssl", "smtplib", "http.client", "urllib.request", "requests", "httpx", "ldap3", "paramiko",
    "smbprotocol", "dns.query", "dns.resolver", "dns.asyncquery", "smbclient", "nmap", "poplib", "imaplib",
}  # fmt: skip
_WEAK = {"md5", "sha1", "MD5", "SHA1", "MD4"}


def sources() -> list[Path]:
    """Our Python files."""
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))] + [ROOT / "app.py"]


def templates() -> list[Path]:
    """What Jinja makes pages from."""
    return sorted((ROOT / "care").rglob("*.html"))


def uses(path: Path) -> set[Use]:
    """The rules that one Python file touches: (rule, file)."""
    where = path.relative_to(ROOT).as_posix()
    return {(rule, where) for rule in read(path.read_text("utf-8"))}


def read(source: str) -> set[str]:
    """The rules that a text in Python touches."""
    tree = ast.parse(source)
    names = _imported(tree)
    found = set(_imports(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found.update(_call(node, names))
        elif isinstance(node, ast.Attribute | ast.Name):
            found.update(_name(_dotted(node, names)))
        elif isinstance(node, ast.Assert):
            found.add("assert")
        elif isinstance(node, ast.Assign):
            found.update(_assigned(node))
    return found


def template_uses(path: Path) -> set[Use]:
    """The rules that one template touches."""
    where = path.relative_to(ROOT).as_posix()
    return {(rule, where) for rule in read_template(path.read_text("utf-8"))}


_TAG = re.compile(r"<[a-zA-Z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


def read_template(text: str) -> Iterator[str]:
    """What the content policy would refuse, or what leaves escaping."""
    for code in _JINJA.findall(text):
        if re.search(r"\|\s*safe\b|\bMarkup\b|autoescape", code):
            yield "unescaped"
    plain = _JINJA.sub("", text)
    if re.search(r"<script(?![^>]*\ssrc=)", plain) or "<style" in plain:
        yield "inline-code"
    if re.search(r"javascript:", plain, re.IGNORECASE):
        yield "inline-code"
    for tag in _TAG.findall(plain):
        bare = re.sub(r"=\s*(\"[^\"]*\"|'[^']*')", "=", tag)
        if re.search(r"\s(?:on[a-z]+|style)\s*=", bare):
            yield "inline-code"
        if re.search(r"\shx-(?:on|vals\s*=\s*[\"']js)", tag):
            yield "inline-code"


def _imported(tree: ast.AST) -> dict[str, str]:
    """Each name that an import gives, with what it stands for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update({(one.asname or one.name.split(".")[0]): _head(one) for one in node.names})
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.update({(one.asname or one.name): f"{node.module}.{one.name}" for one in node.names})
    return names


def _head(one: ast.alias) -> str:
    return one.name if one.asname else one.name.split(".")[0]


def _dotted(node: ast.AST, names: dict[str, str]) -> str:
    """`sp.run` where `sp` is subprocess reads `subprocess.run`."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([names.get(node.id, node.id), *reversed(parts)])


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                yield from _module(one.name)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if {one.name for one in node.names} <= _XML_NAMES:
                continue
            yield from _module(node.module)
            for one in node.names:
                yield from _module(f"{node.module}.{one.name}")


def _module(name: str) -> Iterator[str]:
    if name.split(".")[0] in _FORBIDDEN_MODULES:
        yield "objects-as-code"
    if any(_within(name, one) for one in _XML):
        yield "xml"
    if name.split(".")[0] in _PROCESSES:
        yield "process"
    if any(_within(name, one) for one in _OUTSIDE):
        yield "network"
    if name.split(".")[0] == "random":
        yield "random"


def _within(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def _name(dotted: str) -> Iterator[str]:
    last = dotted.rpartition(".")[2]
    if dotted in {"ssl.CERT_NONE", "ssl.VerifyMode.CERT_NONE"} or last in {"AutoAddPolicy", "WarningPolicy"}:
        yield "unverified"
    if dotted.endswith((".Unpickler", ".UnsafeLoader", ".FullLoader")):
        yield "objects-as-code"
    if last in _WEAK and dotted.split(".")[0] in {"hashlib", "cryptography", "Cryptodome"}:
        yield "weak-hash"


def _call(node: ast.Call, names: dict[str, str]) -> Iterator[str]:
    dotted = _dotted(node.func, names)
    if dotted in _CODE:
        yield "text-as-code"
    if dotted == "importlib.import_module" and not (node.args and isinstance(node.args[0], ast.Constant)):
        yield "computed-import"
    if dotted == "yaml.load":
        yield "yaml-load"
    if dotted.endswith((".extractall", ".unpack_archive")):
        yield "archive-unpacked"
    if dotted in {"markupsafe.Markup", "flask.Markup"}:
        yield "unescaped"
    if dotted in {"sqlalchemy.text", "sqlalchemy.sql.text"} and node.args and not _fixed(node.args[0]):
        yield "built-sql"
    if _reads_xml(dotted):
        yield "xml-read-unfenced"
    if dotted == "hashlib.new" and not (node.args and _fixed(node.args[0])):
        yield "weak-hash"
    yield from _options(node)


def _reads_xml(dotted: str) -> bool:
    module, _, last = dotted.rpartition(".")
    return last in _XML_READERS and any(_within(module, one) for one in _XML)


def _options(node: ast.Call) -> Iterator[str]:
    for word in node.keywords:
        off = isinstance(word.value, ast.Constant) and word.value.value is False
        if word.arg == "shell" and not off:
            yield "text-as-code"
        if (word.arg in {"verify", "verify_ssl", "check_hostname"} and off) or word.arg == "cert_reqs":
            yield "unverified"
        if word.arg == "autoescape" and off:
            yield "unescaped"
    for word in [*node.args, *(one.value for one in node.keywords)]:
        if isinstance(word, ast.Constant) and word.value in {"0.0.0.0", "::"} and _binds(node):
            yield "every-address"


def _binds(node: ast.Call) -> bool:
    named = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return any(word in named.lower() for word in ("bind", "serve", "listen", "server", "run"))


def _assigned(node: ast.Assign) -> Iterator[str]:
    """`context.check_hostname = False`, however the context was made."""
    off = isinstance(node.value, ast.Constant) and node.value.value is False
    for target in node.targets:
        if isinstance(target, ast.Attribute) and target.attr == "check_hostname" and off:
            yield "unverified"


def _fixed(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
