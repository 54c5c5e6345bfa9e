"""`atoll bundle`: all that a site without any outside connection needs, in one folder. Making it downloads; using it
must not. Made from a checkout whose web app is built.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from atoll import __version__
from atoll.cli import images, say, sbom
from atoll.kit.errors import Conflict, OperationalError, UserError

ROOT = Path(__file__).resolve().parents[2]
CODE = ("atoll", "dify_plugin", "samples")
PAGES = ("docs", "deploy", "LICENSE", "README.md")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".*", "secrets")
INSTALL = """#!/bin/sh
# Installs Atoll into the folder $1, from this bundle alone: no network is used. Needs Python {python}.
set -eu
test $# = 1 || {{ echo "usage: $0 FOLDER"; exit 2; }}
here=$(cd "$(dirname "$0")" && pwd)
python=${{PYTHON:-python{python}}}
(cd "$here" && sha256sum --check --quiet SHA256SUMS) || {{ echo "The bundle is not whole. Copy it again."; exit 1; }}
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != ({version}))' || \\
  {{ echo "This bundle is for Python {python}: set PYTHON."; exit 1; }}
mkdir -p "$1" && cd "$1"
"$python" -m venv venv
for lock in "$here"/requirements*.lock; do
  venv/bin/python -m pip --disable-pip-version-check install --quiet --no-index --find-links "$here/wheels" \\
    --only-binary :all: --no-deps --require-hashes -r "$lock"
done
rm -rf app && cp -R "$here/app" app
echo "$PWD/app" > "$(venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/atoll.pth"
printf '%s\\n' "#!$PWD/venv/bin/python -P" 'import sys' 'from atoll.cli.main import main' 'sys.exit(main())' > venv/bin/atoll
chmod +x venv/bin/atoll
echo "Installed: $PWD/venv/bin/atoll serve"
"""


def bundle(folder: Path, locks: list[str], platform: str | None) -> int:
    """Write the bundle into `folder`, which must not be there. `platform`: that of the site, where it is another.

    Raises Conflict `bundle_exists`, UserError `bundle_no_checkout`, OperationalError `bundle_no_wheels`,
    `bundle_unwritable`.
    """
    _demand_checkout(locks)
    if folder.exists():
        raise Conflict("bundle_exists", f"{folder} is there already. Name a new one.", f"{folder} 已存在，请另选目录。")
    part = folder.with_name(f".{folder.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        _fill(part, locks, platform)
        part.rename(folder)
    except OSError as error:
        raise OperationalError(
            "bundle_unwritable",
            f"{folder} can't be written: {error.strerror or error}.",
            f"无法写入 {folder}：{error.strerror or error}。",
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    say.note(
        f"{folder}: {size / 1e6:.0f} MB. Carry it over, then: {folder.name}/install.sh /opt/atoll",
        f"{folder}：{size / 1e6:.0f} MB。拷贝到目标站点后运行：{folder.name}/install.sh /opt/atoll",
    )
    return 0


def _fill(part: Path, locks: list[str], platform: str | None) -> None:
    for name in CODE:
        shutil.copytree(ROOT / name, part / "app" / name, ignore=LEFT_OUT)
    for name in ("app.py", "tasks.py", "gunicorn.conf.py"):
        shutil.copy(ROOT / name, part / "app")
    shutil.copytree(ROOT / "web" / "dist", part / "app" / "web" / "dist")
    (part / "app" / "deploy").mkdir()
    shutil.copy(images.LOCK, part / "app" / "deploy")
    for name in PAGES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, part / name, ignore=LEFT_OUT)
        else:
            shutil.copy(ROOT / name, part)
    for name in locks:
        shutil.copy(ROOT / name, part)
        say.note(f"Downloading what {name} names …", f"正在下载 {name} 中的依赖……")
        _download(ROOT / name, part / "wheels", platform)
    version = sys.version_info
    words = {"python": f"{version.major}.{version.minor}", "version": f"{version.major}, {version.minor}"}
    (part / "install.sh").write_text(INSTALL.format(**words))
    os.chmod(part / "install.sh", 0o755)
    (part / "VERSION").write_text(f"{__version__}\n")
    sbom.write(part / "sbom.cdx.json", locks)
    paths = sorted(path for path in part.rglob("*") if path.is_file())
    sums = [f"{_digest(path)}  {path.relative_to(part).as_posix()}\n" for path in paths]
    (part / "SHA256SUMS").write_text("".join(sums))


def _download(lock: Path, wheels: Path, platform: str | None) -> None:
    """Wheels alone, each held to its hash."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    chosen = ["--platform", platform] if platform else []
    command = [*pip, "--require-hashes", "--only-binary", ":all:", *chosen, "--dest", str(wheels), "-r", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        raise OperationalError(
            "bundle_no_wheels",
            f"The packages of {lock.name} can't be downloaded: {said}",
            f"无法下载 {lock.name} 中的软件包：{said}",
        )


def _demand_checkout(locks: list[str]) -> None:
    needed = [*CODE, *PAGES, *locks, "web/dist/index.html"]
    missing = [name for name in needed if not (ROOT / name).exists()]
    if missing:
        raise UserError(
            "bundle_no_checkout",
            f"A bundle is made from a checkout after `make web/dist/index.html`; missing here: {', '.join(missing)}.",
            f"离线包须在源码目录中、构建网页后生成（`make web/dist/index.html`）；缺少：{'、'.join(missing)}。",
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
