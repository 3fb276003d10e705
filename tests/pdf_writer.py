"""A small writer of PDFs for tests: Chinese text at given places, ruled lines, pictures, and what else a page may have."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

_FONT = "<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/{encoding}/DescendantFonts[{next} 0 R]>>"
_CID_FONT = (
    "<</Type/Font/Subtype/CIDFontType0/BaseFont/{name}/CIDSystemInfo<</Registry(Adobe)/Ordering({ordering})/Supplement 4>>"
    "/DW 1000/W[1 95 500 814 939 500]/FontDescriptor {next} 0 R>>"
)
_BOX = "/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93"
_DESCRIPTOR = f"<</Type/FontDescriptor/FontName/{{name}}/Flags 6{_BOX}>>"
# Fills the entries of a lock without being one that any password opens.
_LOCK = f"<</Filter/Standard/V 1/R 2/P -4/O<{'5a' * 32}>/U<{'a5' * 32}>>>"


@dataclass
class Sheet:
    """One page; places are points from the upper left corner, `y` of text is its baseline."""

    width: float = 595
    height: float = 842
    extra: str = ""
    drawn: list[str] = field(default_factory=list)
    pictures: list[tuple[int, int, bytes]] = field(default_factory=list)

    def text(self, x: float, y: float, text: str, size: float = 16, font: str = "F", mode: int = 0, matrix: str = "1 0 0 1") -> Sheet:
        place = f"{matrix} {x:g} {self.height - y:g}"
        self.drawn.append(f"BT /{font} {size:g} Tf {mode} Tr {place} Tm <{text.encode('utf-16-be', 'surrogatepass').hex()}> Tj ET")
        return self

    def lines(self, x: float, y: float, lines: Iterable[str], size: float = 16, pitch: float = 28, font: str = "F") -> Sheet:
        """Lines below one another; blanks of full width at the start of a line indent it."""
        for i, line in enumerate(lines):
            words = line.lstrip("\u3000")
            self.text(x + size * (len(line) - len(words)), y + i * pitch, words, size, font)
        return self

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> Sheet:
        self.drawn.append(f"0.5 w {x0:g} {self.height - y0:g} m {x1:g} {self.height - y1:g} l S")
        return self

    def box(self, x0: float, y0: float, x1: float, y1: float, paint: str = "S", colour: str = "0 g 0 G") -> Sheet:
        self.drawn.append(f"q {colour} {x0:g} {self.height - y1:g} {x1 - x0:g} {y1 - y0:g} re {paint} Q")
        return self

    def grid(self, xs: list[float], ys: list[float]) -> Sheet:
        """A ruled table without merged cells."""
        for y in ys:
            self.rule(xs[0], y, xs[-1], y)
        for x in xs:
            self.rule(x, ys[0], x, ys[-1])
        return self

    def picture(self, width: int, height: int, grey: bytes) -> Sheet:
        """A picture that fills the page, a byte a pixel."""
        self.drawn.append(f"q {self.width:g} 0 0 {self.height:g} 0 0 cm /I{len(self.pictures)} Do Q")
        self.pictures.append((width, height, grey))
        return self


def pdf(*sheets: Sheet, locked: bool = False, encoding: str = "UniGB-UCS2-H", ordering: str = "GB1") -> bytes:
    """Write a PDF; font F is a song type, H a black one."""
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>", b""]

    def add(body: str | bytes) -> int:
        objects.append(body.encode() if isinstance(body, str) else body)
        return len(objects)

    fonts = ""
    for key, name in (("F", "STSong-Light"), ("H", "STHeiti-Regular")):
        number = len(objects) + 1
        fonts += f"/{key} {number} 0 R"
        for part in (_FONT, _CID_FONT, _DESCRIPTOR):
            add(part.format(name=name, next=len(objects) + 2, encoding=encoding, ordering=ordering))
    kids = []
    for sheet in sheets:
        images = ""
        for i, (width, height, grey) in enumerate(sheet.pictures):
            head = f"<</Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceGray/BitsPerComponent 8"
            images += f"/I{i} {add(_stream(zlib.compress(grey), head + '/Filter/FlateDecode'))} 0 R"
        content = add(_stream("\n".join(sheet.drawn).encode(), "<<"))
        resources = f"<</Font<<{fonts}>>/XObject<<{images}>>>>"
        box = f"/MediaBox[0 0 {sheet.width:g} {sheet.height:g}]{sheet.extra}"
        kids.append(add(f"<</Type/Page/Parent 2 0 R{box}/Resources{resources}/Contents {content} 0 R>>"))
    objects[1] = f"<</Type/Pages/Kids[{' '.join(f'{k} 0 R' for k in kids)}]/Count {len(kids)}>>".encode()
    lock = f"/Encrypt {add(_LOCK)} 0 R/ID[<00><00>]" if locked else ""
    out = bytearray(b"%PDF-1.5\n")
    places = []
    for i, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (i, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % p for p in places)
    out += f"trailer<</Size {len(objects) + 1}/Root 1 0 R{lock}>>\nstartxref\n{table}\n%%EOF".encode()
    return bytes(out)


def _stream(body: bytes, head: str) -> bytes:
    return f"{head}/Length {len(body)}>>stream\n".encode() + body + b"\nendstream"
