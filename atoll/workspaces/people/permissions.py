"""What can be permitted: each permission with its words. Routes, roles, the API and docs/reference/permissions.md read it."""

from dataclasses import dataclass

from atoll.kit.i18n import Text, text


@dataclass(frozen=True, slots=True)
class Permission:
    group: str
    title: Text
    about: Text


def _in(group: str, **rows: tuple[str, str, str, str]) -> dict[str, Permission]:
    """`rows`: by what may be done, (title, about) in English, then in Chinese."""
    return {
        f"{group}.{name}": Permission(group, text(en, zh), text(about_en, about_zh))
        for name, (en, about_en, zh, about_zh) in rows.items()
    }


TABLE: dict[str, Permission] = {
    **_in(
        "app",
        read=("See apps", "Graphs, versions, test cases, triggers, templates.",
              "查看应用", "流程、版本、测试用例、触发器与模板。"),
        write=("Edit apps", "Drafts, test cases, triggers; running drafts.",
               "编辑应用", "草稿、测试用例、触发器；运行草稿。"),
        publish=("Publish apps", "Make a draft the version that others run.",
                 "发布应用", "将草稿发布为他人运行的版本。"),
    ),
    **_in(
        "run",
        list=("List runs", "Which runs there are and how they went, without contents.",
              "列出运行", "运行列表与状态，不含内容。"),
        read=("Read runs", "Inputs, outputs and events of runs.", "查看运行", "运行的输入、输出与事件。"),
        create=("Run apps", "Start runs and evaluations, talk to apps, answer questions of runs.",
                "运行应用", "启动运行与评测、与应用对话、答复运行中的提问。"),
        cancel=("Stop runs", "Stop runs and evaluations.", "停止运行", "停止运行与评测。"),
        debug=("Debug runs", "Breakpoints, steps, changed values, forks.",
               "调试运行", "断点、单步、修改变量、分叉。"),
    ),
    **_in(
        "conversation",
        read=("Read other people's conversations", "And the runs that are their turns.",
              "查看他人的对话", "包括对话中各轮的运行。"),
    ),
    **_in(
        "dataset",
        read=("See datasets", "Documents, passages, search.", "查看知识库", "文档、段落与检索。"),
        write=("Edit datasets", "Make, change and delete datasets and documents.",
               "编辑知识库", "创建、修改、删除知识库与文档。"),
        retry=("Take documents in again", "Try a document again that failed.",
               "重试文档导入", "重新处理失败的文档。"),
    ),
    **_in(
        "trigger",
        switch=("Pause triggers", "Turn schedules and webhooks off and on.",
                "暂停触发器", "停用或启用定时任务与 Webhook。"),
    ),
    **_in(
        "model",
        read=("See models", "Providers and the models that they serve, without keys.",
              "查看模型", "模型服务及其模型，不含密钥。"),
        write=("Set up models", "Providers, their addresses and keys.", "配置模型", "模型服务的地址与密钥。"),
    ),
    **_in(
        "secret",
        read=("See secrets' names", "Never their values.", "查看凭据名称", "不含凭据的值。"),
        write=("Set up secrets", "Make, change and delete secrets.", "管理凭据", "创建、修改、删除凭据。"),
    ),
    **_in(
        "member",
        read=("See members", "People, groups and roles.", "查看成员", "成员、用户组与角色。"),
        write=("Manage members", "People, groups, roles, invitations, other people's sessions.",
               "管理成员", "成员、用户组、角色、邀请以及他人的会话。"),
    ),
    **_in(
        "signin",
        write=("Set up signing in", "Single sign-on, and who needs two-step sign-in.",
               "配置登录方式", "单点登录，以及哪些人必须启用两步验证。"),
    ),
    **_in(
        "grant",
        write=("Limit apps and datasets", "Who may reach which; sees all of them.",
               "限制应用与知识库的访问", "设定谁可以访问；可看到全部对象。"),
    ),
    **_in(
        "key",
        read=("See API keys", "Their names and what they may do.", "查看 API 密钥", "密钥名称与权限。"),
        write=("Manage API keys", "Make and delete them.", "管理 API 密钥", "创建与删除密钥。"),
    ),
    **_in(
        "policy",
        read=("See the policy", "Zones, labels and rules.", "查看策略", "区域、标签与规则。"),
        write=("Change the policy", "Which data may enter which zone.",
               "修改策略", "哪些数据可以进入哪个区域。"),
    ),
    **_in(
        "template",
        install=("Install templates", "Make apps from files.", "安装模板", "从文件创建应用。"),
    ),
    **_in(
        "system",
        read=("See the installation", "Version, warnings, work that stands still.",
              "查看系统状态", "版本、警告与停滞的任务。"),
    ),
    **_in(
        "audit",
        read=("Read the audit", "Who did what, and whether the chain is whole.",
              "查看审计记录", "谁做了什么，以及审计链是否完整。"),
    ),
}  # fmt: skip
