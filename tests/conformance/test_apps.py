"""Apps, drafts and versions on PostgreSQL."""

from tests.apps.conftest import apps, db, world
from tests.apps.test_service import *
