"""What a file is, by its content; its name only decides between kinds of text. Owns the ways text is encoded."""

import codecs
import re
from pathlib import PurePosixPath

from atoll.knowledge.parse import archive
from atoll.knowledge.parse.faults import fault

_MAGIC = (
    (b"MZ", "Windows program"),
    (b"\x7fELF", "Linux program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"\xcf\xfa\xed\xfe", "macOS program"),
    (b"\x89PNG", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"II*\x00", "TIFF image"),
    (b"MM\x00*", "TIFF image"),
    (b"Rar!", "RAR archive"),
    (b"7z\xbc\xaf", "7-Zip archive"),
    (b"\x1f\x8b", "gzip archive"),
    (b"{\\rtf", "RTF"),
    (b"SQLite format 3", "SQLite database"),
)
_OFFICE = {"pdf": "PDF", "docx": "DOCX", "xlsx": "XLSX", "pptx": "PPTX", "xls": "XLS"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HTML = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,30})", re.I)
_CONTROLS = bytes([*range(9), 11, *range(14, 27), *range(28, 32)])
CHARSETS = ("gb18030", "gbk", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1250", "cp1251", "cp1252", "iso8859_15")


def stem(filename: str) -> str:
    """A name that may be a path, without its folders and its ending."""
    return PurePosixPath(filename.replace("\\", "/")).stem[:200] or "document"


def suffix(filename: str) -> str:
    return PurePosixPath(filename.replace("\\", "/")).suffix.lower().lstrip(".")


def kind(payload: bytes, filename: str) -> str:
    """pdf, docx, xlsx (and its like), pptx, html, markdown, csv or text. Raises ParseFault."""
    named = suffix(filename)
    if not payload.strip(b"\x00 \r\n\t"):
        raise fault("doc_empty")
    if b"%PDF-" in payload[:1024]:
        return "pdf"
    if payload.startswith(b"PK\x03\x04"):
        return _zipped(archive.names(payload))
    if payload.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _compound(payload)
    for magic, what in _MAGIC:
        if payload.startswith(magic):
            if named in _OFFICE and "program" not in what:
                raise fault("doc_mislabelled", named=_OFFICE[named], kind=what)
            raise fault("doc_unsupported", kind=what)
    if len(payload[:65536].translate(None, _CONTROLS)) < 0.99 * len(payload[:65536]) and not _bom(payload):
        raise fault("doc_damaged") if named in _OFFICE else fault("doc_unsupported", kind="binary")
    if named in ("html", "htm", "xhtml") or _HTML.match(payload[:4096].decode("latin-1").lstrip("\xef\xbb\xbf")):
        return "html"
    return {"md": "markdown", "markdown": "markdown", "csv": "csv", "tsv": "csv"}.get(named, "text")


def _zipped(names: frozenset[str]) -> str:
    for entry, found in (
        ("word/document.xml", "docx"),
        ("xl/workbook.xml", "xlsx"),
        ("xl/workbook.bin", "xlsx"),
        ("ppt/presentation.xml", "pptx"),
    ):
        if entry in names:
            return found
    if "content.xml" in names:
        return "xlsx"  # OpenDocument: a table is read, the parser says so if it is none
    raise fault("doc_unsupported", kind="EPUB" if "META-INF/container.xml" in names else "zip archive")


def _compound(payload: bytes) -> str:
    """The old Office format, and the shell of a locked new one."""
    if _utf16("EncryptedPackage") in payload:
        raise fault("doc_encrypted")
    if _utf16("Workbook") in payload or _utf16("Book") in payload:
        return "xlsx"
    old = "Word 97-2003 (.doc)" if _utf16("WordDocument") in payload else "PowerPoint 97-2003 (.ppt)"
    raise fault("doc_unsupported", kind=old if _utf16("PowerPoint") in payload or "Word" in old else "binary")


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-le")


def _bom(payload: bytes) -> str:
    return next((name for bom, name in _BOMS if payload.startswith(bom)), "")


def decode(payload: bytes, *, html: bool = False) -> str:
    """By its mark, else UTF-8, else what the HTML says, else GB 18030, else Western."""
    if name := _bom(payload):
        return payload.decode(name, "replace")
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start > len(payload) - 4 and error.start > 3:  # cut off within its last character
            return payload[: error.start].decode("utf-8")
    said = _CHARSET.search(payload[:4096]) if html else None
    for name in (said[1].decode("ascii") if said else "", "gb18030"):
        try:
            return payload.decode(name) if name else payload.decode("ascii")
        except (UnicodeDecodeError, LookupError):
            continue
    return payload.decode("cp1252", "replace")
