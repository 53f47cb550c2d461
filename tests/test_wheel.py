"""The wheel is whole: installed elsewhere it brings its configuration, its migrations and the demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CHECKOUT = Path(__file__).parents[1]
OURS = ("SYNCD_", "HUBSPOT_", "SALESFORCE_", "XDG_", "PYTHON", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel in it, and an empty folder to stand in."""

    program: Path
    folder: Path
    environ: Mapping[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.program), *arguments],
            cwd=self.folder,
            env=dict(self.environ),
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout. Skips where the build backend cannot be had."""
    out = tmp_path_factory.mktemp("wheel")
    built = pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(out), str(CHECKOUT))
    if built.returncode and "hatchling" in built.stderr + built.stdout:
        pytest.skip("the build backend (hatchling) can be neither found nor fetched")
    assert built.returncode == 0, built.stderr[-2000:]
    return next(out.glob("syncd-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an empty environment, its dependencies fetched, or lent from here when offline."""
    folder = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    python = str(folder / "venv" / "bin" / "python")
    if pip(python, "install", str(wheel)).returncode:
        done = pip(python, "install", "--no-deps", str(wheel))
        assert done.returncode == 0, done.stderr[-2000:]
        lend_dependencies(folder / "venv")
    (folder / "work").mkdir()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    environ |= {"HOME": str(folder), "SYNCD_STATE_DIR": str(folder / "state"), "COLUMNS": "80"}
    return Installed(folder / "venv" / "bin" / "syncd", folder / "work", environ)


def pip(python: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(python).parent)


def lend_dependencies(venv: Path) -> None:
    """Let `venv` find this environment's packages; not syncd, which is an editable link here."""
    site = next((venv / "lib").glob("python*/site-packages"))
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")


def test_it_carries_configuration_and_migrations(wheel: Path) -> None:
    """And nothing beside the package: no tests, no benchmarks."""
    names = zipfile.ZipFile(wheel).namelist()
    config = CHECKOUT / "config"
    shipped = {f"syncd/config/{path.relative_to(config).as_posix()}" for path in config.rglob("*.yaml")}
    assert shipped <= set(names)
    assert any(name.startswith("syncd/store/migrations/versions/0001") for name in names)
    assert "syncd/store/migrations/env.py" in names
    assert "syncd/py.typed" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"syncd"}


def test_it_runs_from_the_environment_and_not_from_the_checkout(installed: Installed) -> None:
    python = installed.program.with_name("python")
    found = subprocess.run(
        [str(python), "-c", "import syncd; print(syncd.__file__)"],
        cwd=installed.folder,
        env=dict(installed.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()).is_relative_to(installed.program.parents[1])


def test_a_first_day(installed: Installed) -> None:
    """init, validate, demo, and a look at what it leaves."""
    made = installed.run("init", "mine")
    assert made.returncode == 0, made.stderr
    checked = installed.run("validate", "--config", "mine", "--json")
    assert (checked.returncode, json.loads(checked.stdout)["problems"]) == (0, [])
    ran = installed.run("demo", "--weeks", "1", "--contacts", "300", "--json")
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert json.loads(ran.stdout)["tie_out"]["even"] is True
    looked = installed.run("status", "--check")
    assert (looked.returncode, looked.stdout) == (0, "healthy\n"), looked.stderr
