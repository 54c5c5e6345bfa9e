"""The `Code` port of a run's nodes: the jails, and the requests that code makes by way of the guarded client."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from atoll.kit.addresses import parse_url
from atoll.kit.errors import AtollError, UserError
from atoll.kit.jail import Answer, Ask, CodeHost, JailError
from atoll.kit.secret_names import StandIns, referred, replaced
from atoll.runs.execution.faults import node_error
from atoll.runs.labels.outgoing import Sending, Vault
from atoll.sdk import Http

RECEIVED = 5_000_000  # bytes of one answer


class RunCode:
    def __init__(self, host: CodeHost, http: Http, vault: Vault | None = None) -> None:
        self._host, self._http, self._vault = host, http, vault

    def through(self, http: Http) -> "RunCode":
        """The same, with what it asks going by way of `http`."""
        return RunCode(self._host, http, self._vault)

    async def run(
        self,
        source: str,
        inputs: Mapping[str, Any],
        *,
        language: Literal["python", "javascript"] = "python",
        packages: str = "standard",
        hosts: Sequence[str] = (),
        timeout: float = 10.0,
        memory_mb: int = 256,
    ) -> tuple[dict[str, Any], str]:
        try:
            return await self._host.run(
                source,
                inputs,
                language=language,
                packages=packages,
                timeout=timeout,
                memory_mb=memory_mb,
                fetch=self._fetch(source, hosts) if hosts else None,
            )
        except AtollError as error:
            fault = node_error(error)
            if isinstance(error, JailError) and error.printed:
                fault.params["printed"] = error.printed
            raise fault from None

    def _fetch(self, source: str, hosts: Sequence[str]) -> "Listed":
        """Secrets that the source names may be used: what the code only has from its inputs may not."""
        named = referred(source)
        if self._vault is None or not named:
            return Listed(self._http, hosts)
        stand_ins = StandIns()
        return Listed(
            Sending(self._http, self._vault, stand_ins), hosts, lambda text: replaced(text, stand_ins.of, named)
        )


class Listed:
    """Makes requests to the listed hosts: names, or `*.` and the end of names. It follows no redirect, which could lead
    elsewhere."""

    def __init__(self, http: Http, hosts: Sequence[str], with_secrets: Callable[[str], str] = str) -> None:
        self._http, self._hosts, self._with_secrets = http, [host.lower() for host in hosts], with_secrets

    async def __call__(self, ask: Ask) -> Answer:
        """Raises UserError `http_host_not_listed` and what the client raises."""
        host = parse_url(ask.url).origin.host
        if not any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in self._hosts):
            listed = ", ".join(self._hosts)
            raise UserError(
                "http_host_not_listed",
                f"{host} is not among the hosts that this code may call ({listed}). Add it in the node's settings.",
                f"{host} 不在此代码可调用的主机之列（{listed}）。请在节点设置中添加。",
                host=host,
            )
        asked = self._http.stream(
            ask.method,
            self._with_secrets(ask.url),
            headers={name: self._with_secrets(value) for name, value in ask.headers.items()},
            content=ask.content or None,
            timeout=ask.timeout,
            max_bytes=RECEIVED,
        )
        try:
            async with asked as reply:
                return Answer(reply.status, dict(reply.headers), await reply.read(), ask.url)
        except AtollError as error:
            if error.code != "http_too_many_redirects":
                raise
            raise UserError(
                "http_redirected",
                f"{host} sends this request on to another address, which code does not follow. Ask for that one.",
                f"{host} 将该请求重定向到其他地址，代码不会跟随。请直接请求目标地址。",
                host=host,
            ) from None
