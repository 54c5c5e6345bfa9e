"""What `celery -A tasks worker` finds. `atoll worker` is the same process with fewer words."""

from atoll.cli.main import reported
from atoll.cli.roles import worker_application

app = reported(worker_application)
