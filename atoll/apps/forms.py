"""What an app asks people for: the form that starts a run, and how a conversation with it begins. Pure."""

from atoll.apps.schemas import Form, InputField
from atoll.engine.check import Report
from atoll.engine.conversation import asked
from atoll.engine.graph import Chat
from atoll.kit.i18n import as_text


def form(report: Report) -> Form:
    """As far as the graph is sound: a draft may have problems."""
    fields = []
    for variable in (variable for step in report.steps.values() for variable in step.variables):
        hints = variable.hints or {}
        fields.append(
            InputField(
                name=variable.name,
                type=variable.type,
                required=variable.required,
                label=as_text(variable.display_name or variable.name),
                default=variable.default,
                options=list(hints.get("options") or []),
                widget=str(hints.get("widget") or ""),
                max_length=hints.get("max_length"),
            )
        )
    chat = report.graph.chat if report.graph else None
    question = asked(chat or Chat(), {one.name: one.type for one in fields})
    return Form(fields=fields, chat=chat, question=question)
