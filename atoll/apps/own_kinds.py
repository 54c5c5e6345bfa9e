"""Kinds of its own that a `redact` node is to find: what the run would refuse of them is said by the check, at their fields."""

from atoll.engine.check import Problem, Report
from atoll.kit.errors import UserError
from atoll.kit.i18n import as_text, text
from atoll.nodes.builtin.redact import Own, RedactConfig
from atoll.policy.redaction import check_pattern, check_words


def faults(report: Report) -> list[Problem]:
    found: list[Problem] = []
    pointers = report.pointers()
    for path, step, inside in report.walk():
        config = step.config
        if inside.sealed or not isinstance(config, RedactConfig):
            continue  # of another app it is said there
        taken: set[str] = {rule.kind for rule in config.rules}
        for at, own in enumerate(config.own):
            where = f"{pointers[path]}/config/own/{at}"
            if own.name in taken:
                found.append(
                    Problem(
                        "redaction_twice",
                        text(
                            f"Two kinds to find are called “{own.name}”, and only one would be found. Rename this one.",
                            f"有两个要查找的类型都叫“{own.name}”，只有一个会被找到。请为此项改名。",
                        ),
                        f"{where}/name",
                        path,
                    )
                )
            taken.add(own.name)
            if fault := _fault(own):
                field = "pattern" if own.pattern or not own.words else "words"
                found.append(Problem(fault.code, as_text(fault.message), f"{where}/{field}", path))
    return found


def _fault(own: Own) -> UserError | None:
    try:
        if own.pattern:
            check_pattern(own.pattern)
        else:
            check_words(own.name, own.words)
    except UserError as fault:
        return fault
    return None
