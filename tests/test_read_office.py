"""Old Word, WPS, RTF and OpenDocument: read through LibreOffice, which is bound in time, runs no macro and fetches nothing."""

from __future__ import annotations

import http.server
import os
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from io import BytesIO
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn

from conftest import without
from gongkai.read import office
from gongkai.read.extract import ReadError
from gongkai.read.limits import Limits
from gongkai.read.office import read_office
from gongkai.read.word import read_docx

posix = pytest.mark.skipif(os.name != "posix", reason="the stand-in for LibreOffice is a shell script")


def sample() -> bytes:
    made = docx.Document()
    made.add_paragraph("临沚县青禾镇2023年政府信息公开工作年度报告")
    made.add_paragraph("总体情况", style="List Number")
    made.add_paragraph("二、主动公开政府信息情况")
    table = made.add_table(3, 3)
    for i, cell in enumerate(c for row in table.rows for c in row.cells):
        cell.text = str(i)
    table.cell(0, 0).merge(table.cell(1, 0)).text = "规章"
    table.cell(2, 1).merge(table.cell(2, 2)).text = "合计"
    made.add_paragraph("五、存在的主要问题及改进情况")
    out = BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Put a shell script in the place of LibreOffice; `$target` is the folder for what it makes, `$folder` the one of the test."""

    def put(script: str) -> Path:
        program = tmp_path / "bin" / "soffice"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\nfolder="{tmp_path}"\nfor last; do target="$before"; before="$last"; done\n{script}\n', "utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        return tmp_path

    return put


def test_without_libreoffice_the_cure_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(office, "_PLACES", ())
    with pytest.raises(ReadError, match=r"needs LibreOffice to read \.doc") as caught:
        read_office(b"", ".doc", Limits())
    assert "install LibreOffice" in caught.value.cure
    assert ".docx" in caught.value.cure


def test_a_password_is_said_before_anything_is_started(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReadError, match="protected by a password"):
        read_office(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), ".doc", Limits())


@posix
def test_what_libreoffice_makes_is_read(stand_in):
    folder = stand_in(
        'mkdir -p "$target"; cp "$folder/made.docx" "$target/report.docx"; echo "$@" >> "$folder/asked"; cp "$last" "$folder/given"'
    )
    (folder / "made.docx").write_bytes(sample())
    assert [read_office(b"{\\rtf1}", ".rtf", Limits()) for _ in range(2)] == [read_docx(sample(), Limits())] * 2
    assert (folder / "given").read_bytes() == b"{\\rtf1}"
    first, second = (folder / "asked").read_text("utf-8").splitlines()
    assert "--headless" in first
    assert "--convert-to docx" in first
    profile = next(word.removeprefix("-env:UserInstallation=") for word in first.split() if word.startswith("-env:"))
    assert profile in second
    assert "DisableMacrosExecution" in Path(profile.removeprefix("file://"), "user", "registrymodifications.xcu").read_text("utf-8")


def numbered(form: str, text: str) -> bytes:
    """A document with one numbered paragraph, whose number is written as `text` in a number format."""
    made = docx.Document()
    made.add_paragraph("公开栏的更新", style="List Number")
    level = made.part.numbering_part.element.xpath("//w:lvl[w:pStyle/@w:val='ListNumber']")[0]
    for name, to in (("numFmt", form), ("lvlText", text)):
        level.find(qn(f"w:{name}")).set(qn("w:val"), to)
    out = BytesIO()
    made.save(out)
    return out.getvalue()


@posix
@pytest.mark.parametrize(
    ("suffix", "form", "text", "shown", "warned"),
    [
        (".rtf", "chineseCountingThousand", "%1?", "一、", False),
        (".rtf", "chineseCounting", "%1、", "一、", False),
        (".rtf", "decimal", "%1?", "1? ", True),
        (".rtf", "chineseCounting", "?%1?", "?一? ", True),
        (".doc", "chineseCounting", "%1?", "一? ", False),
    ],
)
def test_signs_that_rich_text_has_lost_in_its_numbers(stand_in, suffix, form, text, shown, warned):
    folder = stand_in('mkdir -p "$target"; cp "$folder/made.docx" "$target/report.docx"')
    (folder / "made.docx").write_bytes(numbered(form, text))
    extract = read_office(b"{\\rtf1}", suffix, Limits())
    assert extract.text == f"{shown}公开栏的更新\n"
    assert any("question marks" in warning for warning in extract.warnings) == warned


@posix
def test_the_profile_goes_when_the_process_ends(stand_in):
    folder = stand_in('for word; do case "$word" in -env:*) echo "$word" > "$folder/asked";; esac; done')
    code = "from gongkai.read.office import *\ntry: read_office(b'', '.doc', Limits())\nexcept ReadError as error: print(error)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    profile = Path((folder / "asked").read_text("utf-8").strip().removeprefix("-env:UserInstallation=file://"))
    assert "it gave no reason" in done.stdout
    assert not profile.parent.exists()


@posix
def test_what_libreoffice_says_is_the_reason(stand_in):
    stand_in('echo "Warning: no java" >&2; echo "Error: source file could not be loaded" >&2')
    with pytest.raises(ReadError, match=r"^LibreOffice cannot read it: Error: source file could not be loaded$"):
        read_office(b"", ".doc", Limits())


@posix
def test_what_takes_too_long_is_ended_with_all_its_children(stand_in):
    folder = stand_in('sleep 600 & echo $! > "$folder/child"; wait')
    with pytest.raises(ReadError, match="longer than 1 s"):
        read_office(b"", ".doc", Limits(seconds=1))
    child = (folder / "child").read_text("utf-8").strip()
    for _ in range(50):
        state = subprocess.run(["ps", "-o", "stat=", "-p", child], capture_output=True, text=True, check=False).stdout.strip()
        if not state or state.startswith("Z"):
            return
        time.sleep(0.1)
    pytest.fail(f"the child of LibreOffice lives on ({state})")


# With LibreOffice itself.


@pytest.fixture(scope="session")
def converted(tmp_path_factory) -> dict[str, bytes]:
    """The sample as LibreOffice writes it in each format."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        without("needs LibreOffice (soffice)")
    folder = tmp_path_factory.mktemp("converted")
    (folder / "sample.docx").write_bytes(sample())
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    for form in ("doc", "rtf", "odt"):
        command = [program, profile, "--headless", "--convert-to", form, "--outdir", str(folder), str(folder / "sample.docx")]
        subprocess.run(command, check=True, capture_output=True)
    made = {f".{form}": (folder / f"sample.{form}").read_bytes() for form in ("doc", "rtf", "odt")}
    return made | {".wps": made[".doc"]}


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".doc", ".wps", ".rtf", ".odt"])
def test_every_format_gives_text_numbers_and_tables(converted, suffix):
    got, expected = read_office(converted[suffix], suffix, Limits()), read_docx(sample(), Limits())
    assert got.text == expected.text
    assert "1. 总体情况" in got.text
    assert got.grids == expected.grids


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda raw: raw[:3000], "LibreOffice cannot read it"),
        (lambda raw: raw[:600] + b"\0" * 4000, "LibreOffice cannot read it"),
        (lambda raw: b"{\\rtf1 }", "holds no text"),
    ],
    ids=["cut off", "hollow", "empty"],
)
def test_damaged_files_are_refused(converted, change, reason):
    with pytest.raises(ReadError, match=reason):
        read_office(change(converted[".doc"]), ".doc", Limits())


CONTENT = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.2">
<office:body><office:text><text:p>正文</text:p><text:p><draw:frame svg:width="3cm" svg:height="3cm">
<draw:image xlink:href="{0}/picture.png"/></draw:frame></text:p>
<text:section text:name="S"><text:section-source xlink:href="{0}/section.odt"/><text:p>旧</text:p></text:section>
<text:section text:name="T"><text:section-source xlink:href="{1}"/><text:p>原</text:p></text:section></office:text></office:body>
</office:document-content>"""
MANIFEST = """<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"""


@pytest.mark.slow
def test_nothing_is_fetched_that_a_document_refers_to(converted, tmp_path):
    asked: list[str] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def parse_request(self) -> bool:
            asked.append(str(self.raw_requestline))
            return False

    secret = tmp_path / "secret.txt"
    secret.write_text("秘密", "utf-8")
    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
            archive.writestr("content.xml", CONTENT.format(f"http://127.0.0.1:{server.server_port}", secret.as_uri()))
            archive.writestr("META-INF/manifest.xml", MANIFEST)
        text = read_office(out.getvalue(), ".odt", Limits()).text
        server.shutdown()
    assert text.split() == ["正文", "旧", "原"]
    assert asked == []
