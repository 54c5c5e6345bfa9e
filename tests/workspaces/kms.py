"""A command that holds a master key, as a KMS would: `kms.py KEYFILE [how it fails] wrap|unwrap`."""

import base64
import os
import sys
import time
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def main(place: Path, how: str, verb: str) -> int:
    given = sys.stdin.buffer.read().strip()
    if how == "fail":
        print(f"refused: {given.decode()}", file=sys.stderr)
        return 3
    if how == "silent":
        return 0
    if how == "long":
        print("x" * 9000)
        return 0
    if how == "slow":
        time.sleep(60)
    if not place.exists():
        place.write_bytes(os.urandom(32))
    key = AESGCM(place.read_bytes())
    if verb == "wrap":
        print("kms:v1:" + base64.b64encode(key.encrypt(b"0" * 12, base64.b64decode(given), None)).decode())
    else:
        sealed = base64.b64decode(given.decode().removeprefix("kms:v1:"))
        print(base64.b64encode(key.decrypt(b"0" * 12, sealed, None)).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 3 else "", sys.argv[-1]))
