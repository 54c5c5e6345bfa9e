"""The errors of this package that are raised in more than one place."""

from atoll.kit.errors import NotFound, Unauthenticated, UserError


def no_trigger() -> NotFound:
    return NotFound(
        "trigger_not_found", "There is no such trigger. It may have been deleted.", "触发器不存在，可能已被删除。"
    )


def unpublished() -> UserError:
    return UserError(
        "trigger_unpublished",
        "The app has no published version. Publish it, then this trigger can start it.",
        "应用还没有已发布的版本。请先发布，触发器才能启动它。",
    )


def cron_invalid(why: str, zh: str) -> UserError:
    return UserError(
        "cron_invalid",
        f"The schedule can't be read: {why}. It has five fields (minute hour day month weekday), like 0 9 * * MON-FRI.",
        f"无法解析定时表达式：{zh}。格式为五段（分 时 日 月 星期），例如 0 9 * * MON-FRI。",
        pointer="/cron",
    )


def hook_refused() -> Unauthenticated:
    """The same for an unknown address, a trigger that is off and a wrong signature."""
    return Unauthenticated(
        "webhook_refused",
        "Nothing is received here with this signature. Check the address, the secret and the clock of the sender.",
        "此地址不接受该签名的请求。请检查地址、密钥以及发送方的时钟。",
    )


def not_started(reason: str) -> UserError:
    """What a sender is told: the code of the reason, which stands in full at the trigger."""
    return UserError(
        "webhook_not_started",
        "The message was received, but no run could begin. The trigger in Atoll says why.",
        "消息已收到，但无法开始运行。原因请在 Atoll 的触发器中查看。",
        reason=reason,
    )
