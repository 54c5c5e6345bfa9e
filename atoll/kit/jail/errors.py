"""What a call to the jail can come to, in words. Owns the codes and sentences, nothing else."""

from typing import Any

from atoll.kit.errors import UserError

# code → (English, Chinese); the names in braces are parameters
SENTENCES = {
    "code_syntax": (
        "The code can't be read, line {line}: {text}.",
        "代码第 {line} 行无法解析：{text}。",
    ),
    "code_error": (
        "The code failed at line {line}: {text}.",
        "代码在第 {line} 行出错：{text}。",
    ),
    "code_no_main": (
        "The code must define a function main(...) that returns a dict (in JavaScript an object); it defines {names}.",
        "代码必须定义返回字典（JavaScript 中为对象）的函数 main(...)；目前只定义了 {names}。",
    ),
    "code_not_a_dict": (
        "main must return a dict (in JavaScript an object) that names each result; it returned {type}.",
        "main 必须返回字典（JavaScript 中为对象），为每个结果命名；实际返回了 {type}。",
    ),
    "code_not_json": (
        "The result must be made of text, numbers, true/false, None, lists and dicts only ({text}).",
        "结果只能由文本、数字、布尔值、None、列表和字典组成（{text}）。",
    ),
    "code_bad_inputs": (
        "The inputs can't be given to the code: {text}.",
        "无法把输入交给代码：{text}。",
    ),
    "code_timeout": (
        "The code ran longer than {timeout} seconds and was stopped. Do less, or raise the node's time limit.",
        "代码运行超过 {timeout} 秒，已被停止。请减少计算量或提高该节点的时间限制。",
    ),
    "code_memory": (
        "The code needed more than {memory_mb} MB of memory. Use less, or raise the node's memory limit.",
        "代码需要的内存超过 {memory_mb} MB。请减少内存用量或提高该节点的内存限制。",
    ),
    "code_output_too_large": (
        "The code gave more than {output_bytes} bytes. Return or print less.",
        "代码的输出超过 {output_bytes} 字节。请减少返回或打印的内容。",
    ),
    "code_killed": (
        "The code ended without a result ({signal}).",
        "代码没有给出结果就结束了（{signal}）。",
    ),
    "code_packages_unknown": (
        "There are no packages “{packages}” here; there are {known}. Choose one of these, or have the administrator add them "
        "(ATOLL_CODE_PROFILES).",
        "没有名为“{packages}”的软件包组合，可用的有 {known}。请选择其中之一，或请管理员添加（ATOLL_CODE_PROFILES）。",
    ),
    "code_packages_missing": (
        "The packages “{packages}” are not installed here: {modules}. Choose others, or have the administrator install them.",
        "此处未安装软件包“{packages}”：{modules}。请选择其他组合，或请管理员安装。",
    ),
    "sandbox_unavailable": (
        "The sandbox for code and documents does not work on this machine: {text}.",
        "本机无法使用代码与文档沙箱：{text_zh}。",
    ),
}


class JailError(UserError):
    """A call that gave no result. `code` is a key of SENTENCES.

    `detail` is for the person who wrote the code: the traceback of their own lines. `printed` is what the
    code had printed until then.
    """

    def __init__(self, code: str, *, detail: str = "", printed: str = "", **params: Any) -> None:
        words = {"line": "?", "text": "", "text_zh": params.get("text", ""), **params}
        en, zh = (sentence.format(**words) for sentence in SENTENCES[code])
        super().__init__(code, en, zh, **params)
        self.detail = detail
        self.printed = printed


class JailLost(JailError):
    """The jail's own process was killed under the call, each time it was made: not the call's fault. Try later."""

    def __init__(self) -> None:
        super().__init__("code_killed", signal="SIGKILL")
