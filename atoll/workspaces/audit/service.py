"""What people and commands ask of the audit: records found, exported, and the whole chain checked."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping

from atoll.db.audit import FIRST, By, note
from atoll.db.database import Database
from atoll.db.tenancy import everything
from atoll.kit.errors import Conflict, UserError
from atoll.policy.redaction import Redactor, masking
from atoll.workspaces.audit import proof, repository
from atoll.workspaces.audit.chain import Checkpoint, Problem, PublicKey, SigningKey, Verifier
from atoll.workspaces.audit.export import Format, head, written
from atoll.workspaces.audit.repository import Wanted
from atoll.workspaces.audit.schemas import Record, RecordActor, RecordTarget
from atoll.workspaces.audit.seal import Sealer
from atoll.workspaces.audit.titles import title_of
from atoll.workspaces.errors import not_found
from atoll.workspaces.people.access import Actor
from atoll.workspaces.repository import workspace
from atoll.workspaces.secrets.box import SecretBox

PURPOSE = "audit checkpoints"
FOLLOW_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Checked:
    records: int
    first_seq: int | None
    last_seq: int | None
    checkpoints: int
    last_checkpoint: Checkpoint | None
    problems: list[Problem]


class Audit:
    """`days`: how long records are kept; 0: for ever. `sealer` is the loop that seals and lets go."""

    def __init__(self, db: Database, box: SecretBox, days: int) -> None:
        self._db, self._box, self.days = db, box, days
        self._key: SigningKey | None = None
        self.sealer = Sealer(db, self.signing_key, days)

    def signing_key(self) -> SigningKey:
        """Made of the master key, which is beside the database and not in it. Known once the secrets are open."""
        if self._key is None:
            self._key = SigningKey(self._box.derived(PURPOSE))
        return self._key

    @property
    def public_key(self) -> PublicKey:
        return self.signing_key().public

    async def search(
        self, workspace_id: str, wanted: Wanted, before: int | None = None, limit: int = 50
    ) -> tuple[list[Record], int | None]:
        """Newest first: (records, `before` of the next page or None). Acts on the installation itself are shown where it
        has one workspace."""
        with everything("audit.search"):
            async with self._db.read() as tx:
                alone = await repository.is_alone(tx)
                rows = await repository.search(tx, workspace_id, alone, wanted, before, limit + 1)
        found = [_record(row) for row in rows[:limit]]
        return found, found[-1].seq if len(rows) > limit else None

    async def export(
        self, actor: Actor, how: Format, since: int | None = None, until: int | None = None, redact: bool | None = None
    ) -> AsyncIterator[bytes]:
        """The workspace's records in the order of the chain, as lines. That it was asked for is itself recorded, first.
        `redact`: identifiers of people are masked; the hashes are those of the records as they are. None: in ECS only,
        which goes to other systems; JSON and CSV are what can be checked. It ends with what there is now: whoever reads it
        slowly reads nothing of a time when they may not any more."""
        by = By("user" if actor.via == "session" else actor.via, actor.user_id, actor.name, actor.workspace_id)
        await self.note_export(by, how, since, until)
        with everything("audit.export"):
            async with self._db.read() as tx:
                alone, last = await repository.is_alone(tx), await repository.last(tx)
        return self._lines(actor.workspace_id, alone, how, since, until, redact, last["seq"] if last else 0)

    async def proof(
        self, by: By, workspace_id: str | None, since: int | None = None, until: int | None = None
    ) -> AsyncIterator[bytes]:
        """The records of a workspace, or of all (None), as lines that can be checked elsewhere (`proof`): from `since` to
        the checkpoint that covers `until`. Raises NotFound, Conflict `audit_not_sealed`."""
        if workspace_id is not None:
            async with self._db.read() as tx:
                if await workspace(tx, workspace_id) is None:
                    raise not_found("workspace", "该工作空间")
        await self.note_export(by, "proof", since, until)
        checkpoint = await self._covering(until)
        if checkpoint is None:
            raise Conflict(
                "audit_not_sealed",
                "The chain is not as it was sealed, so nothing proves it. Check the audit first.",
                "审计链与封存时不一致，无法出具可校验的文件，请先检查审计链。",
            )
        with everything("audit.export"):
            async with self._db.read() as tx:
                alone = await repository.is_alone(tx)
                first = await (repository.first_seq(tx) if since is None else repository.first_since(tx, since))
                start = min((first or checkpoint.seq + 1) - 1, checkpoint.seq)
                after = (start, await repository.hash_at(tx, start) or FIRST)
        return self._proof(workspace_id, alone, after, checkpoint)

    async def _proof(
        self, workspace_id: str | None, alone: bool, after: tuple[int, str], checkpoint: Checkpoint
    ) -> AsyncIterator[bytes]:
        yield proof.written(proof.head(workspace_id, after, checkpoint, self.public_key))
        shown = {workspace_id, None} if alone else {workspace_id}
        pages = repository.pages(self._db, None, False, None, None, after[0])
        while True:
            with everything("audit.export"):
                page = await anext(pages, None)
            lines = [record for record in page or () if record["seq"] <= checkpoint.seq]
            if not lines:
                return
            yield b"".join(
                proof.written(one if workspace_id is None or one["workspace_id"] in shown else proof.link(one))
                for one in lines
            )

    async def _covering(self, until: int | None) -> Checkpoint | None:
        if until is not None:
            with everything("audit.export"):
                async with self._db.read() as tx:
                    if (row := await repository.checkpoint_over(tx, until)) is not None:
                        return Checkpoint(**row)
        return await self.sealed()

    async def note_export(self, by: By, how: str, since: int | None = None, until: int | None = None) -> None:
        async with self._db.begin() as tx:
            note(tx, "export_audit", "audit", by.workspace_id or "", by=by, format=how, since=since, until=until)

    async def sealed(self) -> Checkpoint | None:
        """The newest record sealed, now; None where it must not be, or there is none."""
        if (made := await self.sealer.seal()) is not None:
            return made
        with everything("audit.sealed"):
            async with self._db.read() as tx:
                row, last = await repository.last_checkpoint(tx), await repository.last(tx)
        return Checkpoint(**row) if row is not None and last is not None and row["seq"] == last["seq"] else None

    async def whole(
        self, how: Format, since: int | None = None, until: int | None = None, redact: bool | None = None
    ) -> AsyncIterator[bytes]:
        """Every record of the installation: what can be checked elsewhere. `redact` as with `export`."""
        async for piece in self._lines(None, False, how, since, until, redact):
            yield piece

    async def followed(self, how: Format, place: Path, redact: bool | None = None) -> AsyncIterator[bytes]:
        """Every record of the installation from where the file `place` says on, and then each new one as it comes, for
        ever. What was taken is written down in `place`: after a crash a line may come twice, and none is missing."""
        after = _written_down(place)
        while True:
            async for piece, last in self._pieces(None, False, how, None, None, redact, after):
                yield piece
                after = last
                _write_down(place, after)
            await asyncio.sleep(FOLLOW_SECONDS)

    async def check(self, kept: Checkpoint | None = None, key: PublicKey | None = None) -> Checked:
        """The whole chain, hash by hash, against its checkpoints and one that was kept elsewhere."""
        with everything("audit.check"):
            async with self._db.read() as tx:
                rows = await repository.checkpoints(tx)
            known = [Checkpoint(**row) for row in rows]
            verifier = Verifier(known, key or self.public_key, kept)
            async for page in repository.pages(self._db, None, False, None, None):
                verifier.take(page)
        problems = verifier.end()
        last = known[-1] if known else None
        return Checked(verifier.records, verifier.first_seq, verifier.last_seq, len(known), last, problems)

    async def _lines(
        self,
        workspace_id: str | None,
        alone: bool,
        how: Format,
        since: int | None,
        until: int | None,
        redact: bool | None = None,
        upto: int | None = None,
    ) -> AsyncIterator[bytes]:
        if start := head(how):
            yield start
        async for piece, _ in self._pieces(workspace_id, alone, how, since, until, redact, upto=upto):
            yield piece

    async def _pieces(
        self,
        workspace_id: str | None,
        alone: bool,
        how: Format,
        since: int | None,
        until: int | None,
        redact: bool | None,
        after: int = 0,
        upto: int | None = None,
    ) -> AsyncIterator[tuple[bytes, int]]:
        """(lines, the last record that is in them)."""
        redactor = masking() if redact or (redact is None and how == "ecs") else None
        # What reads ECS takes an address for one, and looks for attacks by it: masked only where somebody asks.
        free = ("actor_name", "target_id", "detail", *(("address",) if redact else ()))
        pages = repository.pages(self._db, workspace_id, alone, since, until, after, upto)
        while True:
            # The scope is set for each page: what reads this goes on in between.
            with everything("audit.export"):
                page = await anext(pages, None)
            if page is None:
                return
            shown = [_masked(record, redactor, free) for record in page] if redactor else page
            yield b"".join(written(record, how) for record in shown), page[-1]["seq"]


def _written_down(place: Path) -> int:
    """Raises UserError `place_unreadable`."""
    try:
        return int(place.read_text() or 0) if place.exists() else 0
    except ValueError:
        raise UserError(
            "place_unreadable",
            f"{place} does not say which record was the last. Name another file, or delete it to begin anew.",
            f"{place} 中没有可识别的进度。请更换文件，或删除后从头开始。",
        ) from None


def _write_down(place: Path, after: int) -> None:
    """Whole or not at all."""
    new = place.with_name(f"{place.name}.new")
    new.write_text(str(after))
    new.replace(place)


def _masked(record: Mapping[str, Any], redactor: Redactor, free: Sequence[str]) -> dict[str, Any]:
    return {**record, **{name: redactor.value(record[name]) for name in free}}


def _record(row: RowMapping) -> Record:
    return Record(
        seq=row["seq"],
        at=row["at"],
        actor=RecordActor(kind=row["actor_kind"], id=row["actor_id"], name=row["actor_name"]),
        action=row["action"],
        title=title_of(row["action"]),
        target=RecordTarget(kind=row["target_kind"], id=row["target_id"]),
        outcome=row["outcome"],
        detail=row["detail"],
        address=row["address"],
        request_id=row["request_id"],
        hash=row["hash"],
    )
