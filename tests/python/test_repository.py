"""The repository itself: its top level, what may not be in its files, and whether the README tells the truth."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP_LEVEL = {"src", "python", "tests", "scripts", "AkiDb.Bridge.sln", "requirements.txt", "README.md"}
PROGRAM = "artifacts/akidb-bridge/akidb-bridge"
SHELL_WORDS = {"git", "cd", "curl", "echo", "kill", "pip", "sudo"}

# This machine, the model's licence and origin, public issues where the platform surprises, the schema of the test runner's settings, the
# name of SVG, Debian's format of a copyright file, the group of hosts behind nginx. Any other host may be a registry.
KNOWN_HOSTS = {
    "127.0.0.1",
    "localhost",
    "bridge",
    "www.apache.org",
    "www.debian.org",
    "github.com",
    "git-lfs.github.com",
    "huggingface.co",
    "xunit.net",
    "www.w3.org",
}
# Names that lead nowhere (RFC 2606, RFC 6761), and other loopback addresses.
RESERVED = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)$|^127\.")
HOST = re.compile(r"\bhttps?://(?:[^/\s\"'@]*@)?([A-Za-z0-9.-]+)")

# 'me' is the user of the unit tests.
MACHINE_PATH = re.compile(r"(?<![\w.*{}-])(?:/(?:work|root)/|/(?:home|Users)/(?!me\b)|[A-Z]:\\Users\\)")


@cache
def tracked() -> tuple[str, ...]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git working tree: what is tracked is not known")
    listing = subprocess.run([git, "-c", f"safe.directory={ROOT}", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    return tuple(name for name in listing.decode().split("\0") if name)


@cache
def texts() -> dict[str, str]:
    """Each tracked text that we wrote: not the published models, not the reference data."""
    published = ("src/AkiDb.Bridge.MiniLM/model/", "tests/data/")
    found = {}
    for name in tracked():
        path = ROOT / name
        if not name.startswith(published) and path.is_file() and b"\0" not in (content := path.read_bytes()):
            found[name] = content.decode("utf-8")
    return found


def lines_that_match(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    return [
        (f"{name}:{number}", match.group(match.lastindex or 0))
        for name, text in texts().items()
        if name != Path(__file__).relative_to(ROOT).as_posix()
        for number, line in enumerate(text.splitlines(), 1)
        for match in pattern.finditer(line)
    ]


def readme() -> str:
    return (ROOT / "README.md").read_text("utf-8")


def shell_commands() -> list[list[str]]:
    """Every simple command in the README's sh blocks, as words."""
    commands: list[list[str]] = []
    for block in re.findall(r"^```sh\n(.*?)^```", readme(), re.MULTILINE | re.DOTALL):
        lexer = shlex.shlex(block.replace("\\\n", " ").replace("\n", " ;\n"), posix=True, punctuation_chars=";|&")
        lexer.whitespace_split = True
        commands.append([])
        for word in lexer:
            if set(word) <= set(";|&"):
                commands.append([])
            else:
                commands[-1].append(word)
    return [command for command in commands if command]


def sources(folder: str) -> str:
    return "\n".join(path.read_text("utf-8-sig") for path in sorted((ROOT / folder).rglob("*.cs")) if not {"bin", "obj"} & set(path.parts))


def test_top_level_holds_nothing_else() -> None:
    assert {name.split("/")[0] for name in tracked() if not name.startswith(".")} == TOP_LEVEL


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert lines_that_match(MACHINE_PATH) == []


def test_no_file_names_a_host_that_could_be_a_registry() -> None:
    assert [found for found in lines_that_match(HOST) if found[1] not in KNOWN_HOSTS and not RESERVED.search(found[1])] == []


@pytest.mark.parametrize(
    "name", ["scripts/setup", "scripts/run", "scripts/test", "scripts/package", "scripts/bench", "scripts/soak", "scripts/storm", ".ci/run"]
)
def test_script_can_be_executed(name: str) -> None:
    path = ROOT / name
    assert path.stat().st_mode & 0o111, f"{name} is not executable"
    assert path.read_text("utf-8").startswith("#!")


@pytest.mark.parametrize("name", ["newest-python", "package", "publish", "setup", "soak", "storm", "test"])
def test_script_takes_no_switch_that_it_does_not_know_for_a_folder(name: str) -> None:
    before = set(os.listdir(ROOT))
    ended = subprocess.run([ROOT / "scripts" / name, "--no-such-switch"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, set(os.listdir(ROOT)) - before) == (2, set()), ended.stderr


def test_readme_is_short() -> None:
    assert len(readme().splitlines()) < 200


def test_readme_commands_exist() -> None:
    commands = shell_commands()
    assert any(command[0] == "scripts/run" for command in commands)
    for word in {command[0] for command in commands} - SHELL_WORDS - {"akidb-bridge", PROGRAM}:
        assert (ROOT / word).is_file(), f"the README runs '{word}', which does not exist"


def test_readme_program_is_what_the_host_project_builds() -> None:
    assert PROGRAM in readme()
    project = (ROOT / "src/AkiDb.Bridge.Host/AkiDb.Bridge.Host.csproj").read_text("utf-8")
    assert f"<AssemblyName>{Path(PROGRAM).name}</AssemblyName>" in project


def test_readme_addresses_are_routes() -> None:
    routes = set(re.findall(r'"(/[\w/{}.]+)"', sources("src/AkiDb.Bridge.AspNetCore")))
    named = {found.rstrip("`.") for found in re.findall(r"(?:127\.0\.0\.1:\d+|`(?:GET|POST) )(/[\w/{}.]+)", readme())}
    assert "/api/v1/embed" in named
    assert named <= routes


def test_readme_switches_exist() -> None:
    known = set(re.findall(r'"(--[a-z]+)"', sources("src/AkiDb.Bridge.Host")))
    used = {
        word.split("=")[0] for command in shell_commands() if command[0] in {"scripts/run", "akidb-bridge", PROGRAM} for word in command
    }
    assert {word for word in used if word.startswith("--")} <= known


def test_readme_variables_exist() -> None:
    known = set(re.findall(r'"(AKIDB_[A-Z_]+)"', sources("src")))
    used = set(re.findall(r"\b(AKIDB_[A-Z_]+)\b", readme()))
    assert {name for name in used if not name.startswith("AKIDB_BRIDGE__")} <= known


def options() -> dict[str, dict[str, str | None]]:
    """Each options class and its properties, with the default that the source gives."""
    found = {}
    for path in (ROOT / "src").rglob("*Options.cs"):
        properties = re.findall(r"public [\w?<>]+ (\w+) \{ get;(?: set;)? \}(?: = ([^;]+);)?", path.read_text("utf-8-sig"))
        found[path.stem.removesuffix("Options")] = {name: default or None for name, default in properties}
    # The default model's options stand among the host's.
    return {**found, "Bridge": found["Bridge"] | found["Model"]}


def as_written(default: str | None) -> str:
    """A default in C# as configuration and the README write it."""
    if default is None or default == "[]":
        return ""
    if span := re.fullmatch(r"TimeSpan\.From(Milliseconds|Seconds)\((\d+)\)", default):
        return span[2] + {"Milliseconds": "ms", "Seconds": "s"}[span[1]]
    if product := re.fullmatch(r"[\d_]+(?: \* [\d_]+)+", default):
        value = 1
        for factor in product[0].split(" * "):
            value *= int(factor)
        return str(value)
    if member := re.fullmatch(r"[A-Z]\w+\.([A-Z]\w+)", default):
        return re.sub(r"(?<=.)([A-Z])", r"-\1", member[1]).lower()
    return default.strip('"').replace("_", "")


def test_readme_options_exist_with_the_default_it_gives() -> None:
    known = options()
    rows = re.findall(r"^\| `([A-Z]\w*(?::\w+)?)`[^|]*\| `?([^|`]*?)`? \|", readme(), re.MULTILINE)
    assert len(rows) > 10
    for name, default in rows:
        group, _, member = name.rpartition(":")
        assert member in known[group or "Bridge"], f"{name} is not an option"
        source = known[group or "Bridge"][member]
        if source is not None and not re.search(r"[A-Za-z]\.\w+\.", source):
            assert default == as_written(source), name


def test_readme_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", readme()):
        assert (ROOT / target).exists(), target
