"""pgvector where it is not, or not for us: the start stops with a sentence that says what to do."""

import pytest
from sqlalchemy import text

from atoll.db.database import Database
from atoll.kit.errors import OperationalError
from atoll.knowledge.vectors_pgvector import PgVectors
from tests.postgresql import Server


async def refusal(db: Database) -> str:
    await db.migrate()
    with pytest.raises(OperationalError) as caught:
        await PgVectors(db).open()
    await db.close()
    assert caught.value.code == "vectors_extension_missing" and "s3cret" not in str(caught.value)
    return caught.value.message["en"]


async def test_a_server_without_the_extension(postgresql: Server) -> None:
    said = await refusal(Database(postgresql.database()))
    assert "not available" in said and "CREATE EXTENSION vector" in said


async def test_a_user_that_may_not_make_it(pgvector: Server) -> None:
    url = pgvector.database()
    admin = Database(url)
    async with admin.begin() as tx:
        await tx.execute(text("CREATE ROLE plain LOGIN PASSWORD 's3cret'"))
        await tx.execute(text(f"ALTER DATABASE {url.rpartition('/')[2]} OWNER TO plain"))
        await tx.execute(text("GRANT ALL ON SCHEMA public TO plain"))
    assert "permission denied" in await refusal(Database(url.replace("atoll:", "plain:")))
    async with admin.begin() as tx:
        await tx.execute(text("CREATE EXTENSION vector"))
    plain = Database(url.replace("atoll:", "plain:"))
    await PgVectors(plain).open()  # made by the administrator: nothing more is needed
    await plain.close()
    await admin.close()
