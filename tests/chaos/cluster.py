"""A cluster as it is deployed, and what goes wrong in it: an API, two workers and a scheduler over PostgreSQL and Redis."""

import signal
import time
from pathlib import Path
from random import Random

from atoll.kit.dispatcher import QUEUES
from atoll.worker.broker import RING, celery_app
from tests import launcher
from tests.chaos.nemesis import Nemesis, answers
from tests.postgresql import Server as PostgreSQL
from tests.product import COMMAND, environment, free_port
from tests.redis_server import RedisServer


class Role:
    """One process of a role, at an address that stays the same over its deaths."""

    def __init__(self, name: str, data: Path, log: Path, settings: dict[str, str]) -> None:
        self.name, self.data, self.log, self.settings = name, data, log, settings
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: launcher.Process | None = None
        self.told = 0  # where in its log it was begun the last time

    def start(self) -> None:
        flags = ["--port", str(self.port)] if self.name == "api" else []
        self.told = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as out:
            env = environment(self.data, **self.settings)
            self.process = launcher.begin([*COMMAND, self.name, *flags], cwd=self.data.parent, env=env, out=out)

    def ready(self) -> bool:
        if self.name == "api":
            return answers(self.port)
        return b"worker.ready" in self.log.read_bytes()[self.told :]

    def end(self, how: int, seconds: float = 20.0) -> None:
        """By a signal; one that does not end on a polite one is a fault."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(seconds)


class ClusterNemesis(Nemesis[Role]):
    """What goes wrong in a cluster."""

    def __init__(
        self, roles: list[Role], postgresql: PostgreSQL, database: str, redis_server: RedisServer, dice: Random
    ) -> None:
        super().__init__(roles, dice)
        self.postgresql, self.database, self.redis = postgresql, database, redis_server
        self.deeds = {
            self.kill: 9, self.freeze: 4, self.restart: 3, self.flush_redis: 2, self.restart_redis: 2, self.stop_redis: 2,
            self.freeze_redis: 1, self.disturb_messages: 3, self.cut_connections: 3, self.restart_postgresql: 2,
        }  # fmt: skip

    def kill(self) -> None:
        """Mostly a worker: that is where the work is."""
        weights = [4 if role.name == "worker" else 2 if role.name == "api" else 1 for role in self.servers]
        self._kill(*self.dice.choices(self.servers, weights))

    def kill_worker(self) -> None:
        self._kill(next(role for role in self.servers if role.name == "worker"))
        self.count["kill"] += 1

    def _kill(self, role: Role) -> None:
        role.end(signal.SIGKILL)
        self.count[f"kill {role.name}"] += 1
        role.start()

    def lessees(self) -> list[Role]:
        return [role for role in self.servers if role.name == "worker"]

    # Redis

    def flush_redis(self) -> None:
        with self.redis.client() as client:
            client.flushall()

    def restart_redis(self) -> None:
        self.redis.kill()
        self.redis.start()

    def stop_redis(self) -> None:
        self.redis.kill()
        time.sleep(self.dice.uniform(2, 10))
        self.redis.start()

    def freeze_redis(self) -> None:
        self.redis.freeze()
        time.sleep(self.dice.uniform(1, 8))
        self.redis.thaw()

    def disturb_messages(self) -> None:
        """Messages for which there is no work, many of each, in any order."""
        messages = [queue for queue in QUEUES for _ in range(30)]
        self.dice.shuffle(messages)
        app = celery_app(self.redis.url)
        with app.connection_for_write() as connection:
            for queue in messages:
                app.send_task(RING, [queue], queue=queue, connection=connection, retry=False)
        self.count["messages doubled"] += len(messages)

    # PostgreSQL

    def cut_connections(self) -> None:
        for _ in range(self.dice.randint(1, 5)):
            self.postgresql.cut(self.database)
            time.sleep(self.dice.uniform(0, 0.3))

    def restart_postgresql(self) -> None:
        """In order, or as after a crash; sometimes it is gone for a while."""
        self.postgresql.stop(self.dice.choice([signal.SIGINT, signal.SIGQUIT]))
        time.sleep(self.dice.choice([0.0, 0.5, 4.0]))
        self.postgresql.start()
