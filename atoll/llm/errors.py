"""What can go wrong with a model, in both languages. A provider's own words go in, its key never does."""

import re
from collections.abc import Iterable
from typing import Any

import orjson

from atoll.kit.errors import AtollError
from atoll.llm.provider import Provider
from atoll.sdk import NodeError

SECRETS = re.compile(r"(?i)\b(?:bearer\s+\S+|(?:sk|ak|pk|key)-[\w*.-]{4,})")
TOO_LONG = re.compile(
    r"(?i)context.?(length|window)|maximum context|too many tokens|prompt is too long|input is too long"
    r"|input length|max(imum)?.?(input|model).?(tokens|len)|上下文（长度|窗口）|超出.{0,8}长度"
)
FILTERED = re.compile(
    r"(?i)content.?filter|content management|data.?inspection.?failed|content.?policy|moderation|敏感|违规"
)
QUOTA = re.compile(r"(?i)insufficient.?quota|exceeded your current quota|arrearage|balance|欠费|余额")
UNKNOWN = re.compile(
    r"(?i)model.{0,80}(not (be )?(found|exist|supported|available)|does ?n.t exist)|no such model|模型.{0,40}不存在"
)


def scrub(words: str, provider: Provider) -> str:
    """`words` of a provider without its key or anything that looks like one, at most 500 characters."""
    if provider.api_key:
        words = words.replace(provider.api_key, "***")
    return SECRETS.sub("***", words)[:500]


def said(body: bytes) -> str:
    """The message inside an error body, whatever shape it has; else the body's beginning."""
    try:
        value: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body[:2000].decode("utf-8", "replace").strip()
    for key in ("error", "errors", "detail", "message", "msg"):
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, dict) and value.get(key):
            value = value[key]
    if isinstance(value, dict):
        value = value.get("message") or value.get("msg") or value.get("code") or value
    return value if isinstance(value, str) else orjson.dumps(value).decode()[:2000]


def unknown(model: str, kind: str, served: Iterable[str]) -> NodeError:
    listed = ", ".join(served)
    what, zh = ("chat", "对话") if kind == "chat" else ("embedding", "向量")
    shown = model or "(none)"
    return NodeError(
        "model_unknown",
        f"No provider serves the {what} model {shown}. Served are: {listed or 'none'}. "
        "Choose one of them, or add a provider.",
        f"没有服务商提供{zh}模型“{shown}”。可用的模型：{listed or '无'}。请选择其中之一，或添加服务商。",
        model=model,
    )


def timed_out(provider: Provider, model: str, stage: str, seconds: float) -> NodeError:
    stages = {
        "connect": ("did not accept the connection", "未能建立连接"),
        "first": ("did not begin to answer", "没有开始回答"),
        "between": ("stopped in the middle of its answer", "回答到一半没有了下文"),
        "total": ("did not finish its answer", "没有完成回答"),
    }
    en, zh = stages[stage]
    return NodeError(
        "model_timeout",
        f"{provider.name} ({model}) {en} within {seconds:g} s. Check that the server is up and not overloaded.",
        f"{provider.name}({model}）在 {seconds:g} 秒内{zh}。请检查服务是否正常、是否过载。",
        retryable=True,
        stage=stage,
    )


def unreachable(provider: Provider, words: str) -> NodeError:
    return NodeError(
        "model_unavailable",
        f"{provider.name} can't be reached. Check its base URL and the network.",
        f"无法连接 {provider.name}。请检查其地址与网络。",
        retryable=True,
        detail=scrub(words, provider),
    )


def bad_reply(provider: Provider, en: str, zh: str, body: bytes = b"") -> NodeError:
    return NodeError(
        "model_bad_reply",
        f"{provider.name} {en}. Check that its base URL is that of an OpenAI-compatible API.",
        f"{provider.name} {zh}。请确认其地址是 OpenAI 兼容接口的地址。",
        detail=scrub(body[:500].decode("utf-8", "replace"), provider),
    )


def cut(provider: Provider, words: str = "") -> NodeError:
    return NodeError(
        "model_stream_cut",
        f"{provider.name} ended the connection before its answer was complete.",
        f"{provider.name} 在回答完成之前断开了连接。",
        retryable=True,
        detail=scrub(words, provider),
    )


def called_a_tool(provider: Provider, model: str) -> NodeError:
    return NodeError(
        "model_tool_call",
        f"{provider.name} ({model}) asked for a tool to be called, though none was offered, and gave no answer. "
        "Say in the prompt that it must answer in text, or choose another model.",
        f"{provider.name}({model})在没有提供工具的情况下要求调用工具，没有给出回答。请在提示词中要求直接以文字回答，或改用其他模型。",
    )


TOOLS = re.compile(r"(?i)\btools?\b|tool[_ ](use|choice|call)|function.?call|工具")


def no_tools(provider: Provider, model: str, words: str) -> NodeError:
    return NodeError(
        "model_without_tools",
        f"{provider.name} ({model}) does not take tools. Choose the ReAct strategy, or another model.",
        f"{provider.name}({model})不支持工具调用。请改用 ReAct 策略，或更换模型。",
        detail=scrub(words, provider),
    )


def filtered(provider: Provider, words: str = "") -> NodeError:
    return NodeError(
        "model_content_filtered",
        f"{provider.name} refused by its content filter. Change the question or the documents in the prompt.",
        f"{provider.name} 的内容过滤拒绝了请求。请修改问题或提示词中的资料。",
        detail=scrub(words, provider),
    )


def from_status(provider: Provider, model: str, status: int, body: bytes, wait: float | None = None) -> NodeError:
    """The error for a reply that is none: `wait` is its Retry-After in seconds."""
    words = scrub(said(body), provider)
    name = provider.name
    if status in (401, 403) and not FILTERED.search(words):
        return NodeError(
            "model_auth",
            f"{name} did not accept the API key (HTTP {status}). Check the provider's key and what it may use.",
            f"{name} 不接受该 API 密钥（HTTP {status}）。请检查密钥及其权限。",
            detail=words,
        )
    if status in (402, 429) and (status == 402 or QUOTA.search(words)):
        return NodeError(
            "model_quota_exceeded",
            f"The account at {name} has no quota left. Top it up or use another provider.",
            f"{name} 的账户额度已用完。请充值或改用其他服务商。",
            detail=words,
        )
    if status == 429:
        later = (f" It asks to wait {wait:g} s.", f"对方要求等待 {wait:g} 秒。") if wait else ("", "")
        return NodeError(
            "model_rate_limited",
            f"{name} is limiting requests.{later[0]} Try again later or raise the limit there.",
            f"{name} 正在限流。{later[1]}请稍后再试，或提高限额。",
            retryable=True,
            detail=words,
            retry_after=wait,
        )
    if status >= 500:
        return NodeError(
            "model_unavailable",
            f"{name} failed with HTTP {status}. Try again later.",
            f"{name} 返回 HTTP {status} 错误。请稍后再试。",
            retryable=True,
            detail=words,
        )
    if status < 400:
        return bad_reply(
            provider, f"answered with HTTP {status} instead of an answer", f"返回了 HTTP {status}，而不是回答"
        )
    return _from_refusal(provider, model, status, words)


def _from_refusal(provider: Provider, model: str, status: int, words: str) -> NodeError:
    name = provider.name
    if FILTERED.search(words):
        return filtered(provider, words)
    if status == 413 or TOO_LONG.search(words):
        return NodeError(
            "model_context_too_long",
            f"The prompt is too long for {model}. Retrieve fewer passages or take a model with a longer context.",
            f"提示词超出了 {model} 的上下文长度。请减少检索的片段，或改用上下文更长的模型。",
            detail=words,
        )
    if UNKNOWN.search(words):
        return NodeError(
            "model_unknown",
            f"{name} does not serve the model {model}. Check the model's name at the provider.",
            f"{name} 没有模型“{model}”。请检查服务商处的模型名称。",
            detail=words,
        )
    if status in (404, 405):
        return bad_reply(
            provider, f"has nothing at this address （HTTP {status}）", f"在该地址上没有服务（HTTP {status}）"
        )
    return NodeError(
        "model_refused",
        f"{name} refused the request (HTTP {status}): {words[:200]}",
        f"{name} 拒绝了请求（HTTP {status}）：{words[:200]}",
        detail=words,
    )


def blocked(provider: Provider, fault: AtollError) -> NodeError:
    """The guarded client may not go there. Its sentences say what to allow."""
    en, zh = fault.message["en"], fault.message.get("zh", fault.message["en"])
    return NodeError("model_address_blocked", f"{provider.name}: {en}", f"{provider.name}：{zh}", detail=fault.code)


def bad_key(provider: Provider) -> NodeError:
    return NodeError(
        "model_auth",
        f"The API key of {provider.name} has characters that can't be sent. Enter it again.",
        f"{provider.name} 的 API 密钥含有无法发送的字符。请重新填写。",
    )
