"""What can be wrong with a file, in words. Owns the codes and sentences, nothing else."""

from typing import Any

from atoll.kit.errors import UserError

# code → (English, Chinese); the names in braces are parameters
SENTENCES = {
    "doc_encrypted": (
        "The file is protected by a password. Remove the password and upload it again.",
        "文件受密码保护。请取消密码后重新上传。",
    ),
    "doc_damaged": (
        "The file is damaged or incomplete and can't be read. Save it again from its program and upload the new copy.",
        "文件已损坏或不完整，无法读取。请用原软件重新保存后再上传。",
    ),
    "doc_empty": (
        "The file has no content. Check that you chose the right file.",
        "文件没有内容。请检查是否选错了文件。",
    ),
    "doc_no_text": (
        "The file holds pictures only, no text; it is probably a scan. Run text recognition (OCR) on it first.",
        "文件只有图片，没有文字，可能是扫描件。请先进行文字识别（OCR）再上传。",
    ),
    "doc_too_large": (
        "The file holds more than {limit} million characters. Split it and upload the parts.",
        "文件超过 {limit} 百万字符。请拆分后分别上传。",
    ),
    "doc_too_many_pages": (
        "The file has {pages} pages; at most {limit} can be taken in. Split it and upload the parts.",
        "文件有 {pages} 页，最多支持 {limit} 页。请拆分后分别上传。",
    ),
    "doc_archive_bomb": (
        "The file unpacks to far more than its size and was not opened. Save it again from its program, "
        "with smaller pictures if it has many.",
        "文件解压后体积异常庞大，未予打开。请用原软件重新保存；若图片较多，请先压缩图片。",
    ),
    "doc_unsupported": (
        "Files of this kind ({kind}) can't be read. Save it as PDF, Word, Excel, PowerPoint, HTML, Markdown, CSV or text.",
        "不支持这种文件（{kind}）。请另存为 PDF、Word、Excel、PowerPoint、HTML、Markdown、CSV 或纯文本。",
    ),
    "doc_mislabelled": (
        "The file is named like {named} but holds {kind}, which can't be read. Export it as a real {named} file.",
        "文件名表示它是 {named}，实际内容是 {kind}，无法读取。请重新导出为真正的 {named} 文件。",
    ),
    "doc_no_page": (
        "The document has no page {page}.",
        "该文档没有第 {page} 页。",
    ),
}

# what a file is, in Chinese; what is not here is a name in both languages
KINDS = {
    "binary": "二进制文件",
    "program": "程序",
    "Windows program": "Windows 程序",
    "Linux program": "Linux 程序",
    "macOS program": "macOS 程序",
    "PNG image": "PNG 图片",
    "JPEG image": "JPEG 图片",
    "GIF image": "GIF 图片",
    "TIFF image": "TIFF 图片",
    "RAR archive": "RAR 压缩包",
    "7-Zip archive": "7-Zip 压缩包",
    "gzip archive": "gzip 压缩包",
    "zip archive": "ZIP 压缩包",
    "SQLite database": "SQLite 数据库",
}


class ParseFault(UserError):
    """The file can't be taken in as it is. Says what its owner can do."""


def fault(code: str, **params: Any) -> ParseFault:
    en, zh = SENTENCES[code]
    in_chinese = {name: KINDS.get(value, value) for name, value in params.items()}
    return ParseFault(code, en.format(**params), zh.format(**in_chinese), **params)
