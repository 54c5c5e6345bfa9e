"""What `gunicorn app:app` finds: the same as `atoll api`. How gunicorn serves it is in gunicorn.conf.py."""

from atoll.cli.main import reported
from atoll.cli.roles import api_application

app = reported(api_application)
