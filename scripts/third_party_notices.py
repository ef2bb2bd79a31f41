"""Writes to standard output whose work is in an archive, and on what terms: what these terms ask of everyone who hands the archive on.

Usage: python3 scripts/third_party_notices.py BILL.cdx.json PACKAGES SYSTEM

BILL is the archive's bill of materials, PACKAGES NuGet's folder of packages, SYSTEM the archive's (linux-x64), whose .NET runtime is in no bill.
"""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWN_FILES = re.compile(r"(licen[sc]e|copying|notice|third-?party-?notices)[^/]*$", re.IGNORECASE)
RULE = "=" * 100

# What a package that has no file of its own means by the name of its licence.
TEXTS = {
    "MIT": """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
""",
    "BSD-3-Clause": """\
Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are
met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following disclaimer in the
   documentation and/or other materials provided with the distribution.

3. Neither the name of the copyright holder nor the names of its contributors may be used to endorse or promote products derived from this
   software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED
TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR
CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO,
PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF
LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS
SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
""",
    "Apache-2.0": (ROOT / "src/AkiDb.Bridge.MiniLM/LICENSE").read_text("utf-8"),
}


@dataclass(frozen=True)
class Package:
    """A package as NuGet has unpacked it."""

    name: str
    version: str
    folder: Path

    def said(self, member: str) -> str:
        """What its own description says of it; empty where it says nothing."""
        root = ElementTree.parse(next(self.folder.glob("*.nuspec"))).getroot()
        found = next((element for element in root.iter() if element.tag.rpartition("}")[2] == member), None)
        return "" if found is None or found.text is None else found.text.strip()

    def texts(self) -> list[tuple[str, str]]:
        """The files in which it says its terms."""
        files = sorted(path for path in self.folder.iterdir() if path.is_file() and OWN_FILES.match(path.name))
        return [(path.name, path.read_text("utf-8-sig", "replace").strip()) for path in files]


def packages(bill: Path, folder: Path, system: str) -> list[Package]:
    """Those of the bill, and the runtime."""
    named = [(part["name"], part["version"]) for part in json.loads(bill.read_text("utf-8"))["components"]]
    found = [Package(name, version, folder / name.lower() / version.lower()) for name, version in named]
    for runtime in (f"microsoft.netcore.app.runtime.{system}", f"microsoft.aspnetcore.app.runtime.{system}", f"microsoft.netcore.app.runtime.nativeaot.{system}"):
        versions = sorted((folder / runtime).glob("*/*.nuspec"), key=lambda path: path.stat().st_mtime)
        if versions:
            found.append(Package(runtime, versions[-1].parent.name, versions[-1].parent))
    return found


def write(found: list[Package]) -> None:
    """Each package's terms, and the texts that several of them share once."""
    shown: dict[str, str] = {}
    shared: set[str] = set()
    print("What is in this archive besides AkiDb.Bridge's own work, which LICENSE is about, and on what terms.")
    for package in found:
        licence = package.said("license") or package.said("licenseUrl")
        print(f"\n{RULE}\n{package.name} {package.version}\n{licence}\n{package.said('copyright') or package.said('authors')}\n")
        texts = package.texts()
        for name, text in texts:
            if text in shown:
                print(f"{name} is that of {shown[text]}.")
            else:
                shown[text] = package.name
                print(f"{name}:\n\n{text}\n")
        named = next((name for name in TEXTS if name in licence), None)
        if any("licen" in name.lower() for name, _ in texts) or "://" in licence:
            continue
        if named is None:
            raise SystemExit(f"{package.name} {package.version} is under '{licence}', whose text this script does not have: add it to TEXTS.")
        shared.add(named)
        print(f"The text of {named} stands at the end.")
    for name in sorted(shared):
        print(f"\n{RULE}\n{name}\n\n{TEXTS[name]}")


if __name__ == "__main__":
    write(packages(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
