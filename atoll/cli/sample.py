"""The sample that a new workspace starts with: the research-report assistant, its test cases, and the reports it reads."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from atoll.apps.expectations import CaseForm
from atoll.kit.i18n import pick, text
from atoll.knowledge.schemas import LabelJson, NewDataset

if TYPE_CHECKING:
    from atoll.cli.instance import Instance

FOLDER = Path(__file__).resolve().parents[2] / "samples"
DATASET = "internal_reports"
TESTS = "research_report_assistant.tests.json"
NAME = text("Research-report assistant", "研报助手")
DESCRIPTION = text(
    "Answers questions from research reports in Chinese and English, with the page of each source.",
    "依据中英文研究报告回答问题，并给出每条依据所在的页码。",
)
ABOUT = text("Sample research reports in Chinese and English", "中英文示例研究报告")


async def install_sample(instance: "Instance", workspace_id: str, by: str, language: str) -> None:
    """Put the sample app and its reports into a workspace. Where the samples aren't shipped, nothing."""
    graph_file = FOLDER / "research_report_assistant.json"
    if not graph_file.is_file():
        return
    new = NewDataset(
        name=DATASET, description=pick(ABOUT, language), label=LabelJson(level="internal", tags=["research"])
    )
    dataset = await instance.knowledge.create_dataset(workspace_id, new, sample=True)
    for path in sorted((FOLDER / "reports").iterdir()):
        content = await asyncio.to_thread(path.read_bytes)
        await instance.knowledge.add_document(workspace_id, dataset.id, path.name, content)
    instance.changed(workspace_id)
    tests = orjson.loads(await asyncio.to_thread((FOLDER / TESTS).read_bytes))["tests"]
    forms = [CaseForm.model_validate(one) for one in tests]
    await instance.apps.create(
        workspace_id,
        by,
        name=pick(NAME, language),
        description=pick(DESCRIPTION, language),
        icon="file-search",
        graph=orjson.loads(await asyncio.to_thread(graph_file.read_bytes)),
        also=instance.cases.adding(workspace_id, by, forms),
    )
