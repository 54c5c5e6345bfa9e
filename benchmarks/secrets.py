"""Sealing and opening a secret of 64 bytes, beside the cipher alone; finding out what an answer may not say."""

import asyncio
import tempfile
import time
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from atoll.db.database import Database
from atoll.db.tenancy import everything
from atoll.kit.masking import Mask
from atoll.workspaces.secrets.box import SecretBox
from atoll.workspaces.service import Workspaces
from benchmarks.measure import Row

TIMES, REPEATS, PLAIN = 2000, 9, "s" * 64


async def figures() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}")
        await db.migrate()
        workspaces = Workspaces(db, SecretBox(Path(folder)))
        await workspaces.start()
        workspace, box = await workspaces.add_workspace("w"), workspaces.box
        sealed = await box.seal(PLAIN, "secret", workspace, "a")

        async def seal() -> None:
            for _ in range(TIMES):
                await box.seal(PLAIN, "secret", workspace, "a")

        async def open_() -> None:
            for _ in range(TIMES):
                await box.open(sealed, "secret", workspace, "a")

        cipher, nonce, about = AESGCM(b"k" * 32), b"n" * 12, b"a" * 60
        closed = cipher.encrypt(nonce, PLAIN.encode(), about)

        async def bare_seal() -> None:
            for _ in range(TIMES):
                cipher.encrypt(nonce, PLAIN.encode(), about)

        async def bare_open() -> None:
            for _ in range(TIMES):
                cipher.decrypt(nonce, closed, about)

        mask, body = Mask({"A": PLAIN}), b'{"items": [1, 2, 3], "text": "nothing of it"}' * 2200
        taken = {}
        for work in (seal, bare_seal, open_, bare_open):
            spans = []
            for _ in range(REPEATS):
                begun = time.process_time()
                await work()
                spans.append(time.process_time() - begun)
            taken[work] = sorted(spans)[REPEATS // 2] / TIMES * 1e6
        begun = time.process_time()
        for _ in range(20):
            mask.bytes(body)
        masked = (time.process_time() - begun) / 20 * 1e3
        await db.close()
    return [
        Row("secrets: sealing one of 64 bytes", taken[seal], "us CPU", taken[bare_seal], "the cipher"),
        Row("secrets: opening one of 64 bytes", taken[open_], "us CPU", taken[bare_open], "the cipher"),
        Row("secrets: masking an answer of 100 kB", masked, "ms CPU"),
    ]


def measure() -> list[Row]:
    with everything("benchmark"):
        return asyncio.run(figures())
