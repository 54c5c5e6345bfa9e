"""Documents taken in: pages a second from the upload until they can be found, beside the parser, the cutting and the
embedder alone in this process, without a jail, a database or an index."""

import io
import statistics
import tempfile
import time
from pathlib import Path
from random import Random

from benchmarks.measure import Row, process_cpu
from tests.product import Client, serving

DOCUMENTS, PAGES = 4, 100
WORDS = (
    "storage capacity grid battery price order margin forecast region quarter revenue policy risk supply cell".split()
)


def document(seed: int) -> bytes:
    """A PDF of text, each page another one."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    dice, held = Random(seed), io.BytesIO()
    canvas = Canvas(held, pagesize=A4)
    for page in range(PAGES):
        canvas.drawString(60, 790, f"Section {page + 1}")
        for line in range(40):
            canvas.drawString(60, 760 - 17 * line, " ".join(dice.choices(WORDS, k=11)).capitalize() + ".")
        canvas.showPage()
    canvas.save()
    return held.getvalue()


def alone(payloads: list[bytes]) -> float:
    """Pages a second."""
    from atoll.knowledge.chunk import Page, chunks
    from atoll.knowledge.parse.entry import parse
    from atoll.llm import lexical

    taken = []
    for payload in payloads:
        begun = time.monotonic()
        pages = parse(payload, filename="a.pdf")[0]["pages"]
        cut = chunks([Page(page["text"], number, page["headings"]) for number, page in enumerate(pages, 1)])
        lexical.embed([one.text for one in cut])
        taken.append(time.monotonic() - begun)
    return PAGES / statistics.median(taken)


def taken_in(client: Client, name: str, payloads: list[bytes]) -> float:
    """Pages a second."""
    dataset = client.call("POST", "/datasets", {"name": name}, expect=201)["id"]
    begun = time.monotonic()
    for number, payload in enumerate(payloads):
        files = {"file": (f"{number}.pdf", payload, "application/pdf")}
        client.call("POST", f"/datasets/{dataset}/documents", files=files)
    done = client.documents_ready(dataset, 240)
    assert [one["status"] for one in done] == ["ready"] * len(payloads), done
    return PAGES * len(payloads) / (time.monotonic() - begun)


def measure() -> list[Row]:
    payloads = [document(seed) for seed in range(DOCUMENTS)]
    control = alone(payloads)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "data", ATOLL_SAMPLE="false", LOG_LEVEL="WARNING") as product,
        product.client() as client,
    ):
        client.set_up()
        taken_in(client, "warm", [document(99)])
        before = process_cpu(product.process.pid)
        rate = taken_in(client, "all", payloads)
        spent = (process_cpu(product.process.pid) - before) / (PAGES * DOCUMENTS) * 1000
    return [
        Row("pages taken in a second", rate, "pages/s", control, "parser, cutting and embedder alone"),
        Row("the server's CPU of a page, without the jail's", spent, "ms CPU"),
    ]
