"""What is published: a wheel that installs into an empty environment and runs there."""

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

from packaging.requirements import Requirement

PACKAGE = Path(__file__).parents[1]

PROGRAM = """
import importlib.metadata, json, pkgutil, signalbox
names = [module.name for module in pkgutil.walk_packages(signalbox.__path__, "signalbox.")]
for name in names:
    __import__(name)
distribution = importlib.metadata.distribution("signalbox")
print(json.dumps({
    "file": signalbox.__file__,
    "modules": names,
    "version": distribution.version,
    "requires": distribution.requires,
    "plugins": [point.value for point in distribution.entry_points if point.group == "pytest11"],
}))
"""


def test_the_wheel_installs_into_an_empty_environment_and_all_of_it_can_be_imported(tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path), cwd=PACKAGE)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
    assert "signalbox/py.typed" in names
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"signalbox", "signalbox_pytest.py"}

    place = tmp_path / "empty"
    venv.create(place, with_pip=False)
    python = place / "bin" / "python"
    # Without a registry: the package is what is tried, its dependencies are those of these tests.
    run(sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index", "--no-deps", str(wheel))
    (site,) = place.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    seen = json.loads(run(str(python), "-c", PROGRAM, cwd=tmp_path))
    assert Path(seen["file"]).is_relative_to(site)
    assert {"signalbox.client", "signalbox.catalogue", "signalbox.agent.agent"} <= set(seen["modules"])
    assert seen["plugins"] == ["signalbox_pytest"]
    assert {Requirement(each).name for each in seen["requires"]} == {"httpx", "websockets"}


def run(*command: str, cwd: Path | None = None) -> str:
    ended = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
