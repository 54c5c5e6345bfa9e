"""Prints the OpenAPI description, from which the web app's types are made: `python -m atoll.api.openapi`."""

import json
import sys

from atoll.api.app import create_app

if __name__ == "__main__":
    json.dump(create_app(None).openapi(), sys.stdout, indent=2, ensure_ascii=False, sort_keys=True)
    sys.stdout.write("\n")
