"""The errors of this package that are raised in more than one place."""

from atoll.kit.errors import Conflict, NotFound, Unauthenticated, UserError


def login_failed() -> Unauthenticated:
    """The same for an unknown name, a wrong password and a disabled account."""
    return Unauthenticated("login_failed", "The name or the password is wrong.", "用户名或密码错误。")


def second_factor_needed() -> Unauthenticated:
    return Unauthenticated(
        "second_factor_needed",
        "Enter the code of your authenticator, or a recovery code.",
        "请输入验证器中的验证码或恢复码。",
        pointer="/code",
    )


def unauthenticated() -> Unauthenticated:
    return Unauthenticated("unauthenticated", "Sign in first.", "请先登录。")


def not_found(what: str, zh: str) -> NotFound:
    return NotFound("not_found", f"There is no such {what}.", f"{zh}不存在。")


def name_taken(pointer: str) -> Conflict:
    return Conflict("name_taken", "This name is taken. Choose another.", "该名称已被使用，请换一个。", pointer=pointer)


def name_invalid(pointer: str) -> UserError:
    return UserError(
        "name_invalid",
        "A name has 1 to 64 letters of one alphabet, digits and . _ - @ without spaces.",
        "名称由 1 到 64 个同一种字母、数字以及 . _ - @ 组成，不含空格。",
        pointer=pointer,
    )
