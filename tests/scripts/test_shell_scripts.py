"""The scripts behind `make`, on machines that lack things."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
ORDINARY = ("sh", "dirname", "grep", "awk", "sed", "id", "echo", "cat")


class Machine:
    """A search path with the ordinary programs, and what a test adds; a program tells how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ORDINARY:
            (folder / name).symlink_to(str(shutil.which(name)))

    def has(self, name: str, body: str = "") -> None:
        program = self.folder / name
        program.unlink(missing_ok=True)
        program.write_text(f'#!/bin/sh\n{body}\necho "{name} $*"\n')
        program.chmod(0o755)

    def runs(self, script: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        command = ["sh", str(SCRIPTS / script), *arguments]
        environ = {"PATH": str(self.folder), **environ}
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=30)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_an_image_is_built_by_docker_when_its_daemon_answers(machine: Machine) -> None:
    machine.has("docker", '[ "$1" = info ] && exit 0')
    machine.has("podman")

    built = machine.runs("image.sh", "gateway")

    assert built.returncode == 0
    assert built.stdout.startswith("docker build --build-arg VERSION=")
    assert built.stdout.endswith(" -t gateway .\n")


def test_a_docker_without_its_daemon_is_passed_over(machine: Machine) -> None:
    machine.has("docker", "exit 1")
    machine.has("buildah")

    built = machine.runs("image.sh", "gateway", BASE_IMAGE="localhost/base")

    assert built.stdout.startswith("buildah build --isolation chroot ")
    assert "--build-arg BASE_IMAGE=localhost/base " in built.stdout


def test_without_a_builder_no_image_is_built_and_that_is_said(machine: Machine) -> None:
    machine.has("docker", "exit 1")

    built = machine.runs("image.sh")

    assert (built.returncode, built.stdout) == (1, "")
    assert built.stderr == "No image was built: this needs docker with its daemon running, podman or buildah\n"


def test_a_python_that_is_too_old_is_named_with_the_remedy(machine: Machine) -> None:
    machine.has("python3", 'case "$2" in *version_info*) exit 0;; *) echo 3.9.2; exit 0;; esac')

    installed = machine.runs("install.sh")

    assert installed.returncode == 1
    assert installed.stderr.startswith("OllamaNet needs Python 3.11 or newer; python3 here is: 3.9.2.\n")


def test_without_any_python_that_is_said(machine: Machine) -> None:
    assert "python3 here is: none." in machine.runs("install.sh").stderr


def test_the_first_python_that_answers_gets_the_recent_uv(machine: Machine) -> None:
    machine.has("python3.13", "exit 127")
    machine.has("python3.12", "echo /opt/real/python3.12; exit 0")
    machine.has("uv", '[ "$1" = --version ] && echo "uv 0.9.1 (abc)" && exit 0')

    installed = machine.runs("install.sh", "--no-dev")

    assert installed.stdout == "uv sync --frozen --quiet --python /opt/real/python3.12 --no-dev\n"


PROGRAMS = ("redis-server", "cc", "curl", "openssl", "node", "npm")


def test_nothing_is_installed_where_tests_have_what_they_need(machine: Machine) -> None:
    for program in PROGRAMS:
        machine.has(program)

    assert (machine.runs("test_programs.sh").returncode, machine.runs("test_programs.sh").stdout) == (0, "")


def test_only_what_is_missing_is_installed(machine: Machine) -> None:
    machine.has("id", "echo 0; exit 0")
    machine.has("curl")
    for program in ("openssl", "node", "npm"):
        machine.has(program)
    made = "\n".join(f"ln -s /bin/true {machine.folder}/{program}" for program in ("cc", "redis-server"))
    machine.has("apt-get", f'echo "$@" >&2\n{made}')
    (machine.folder / "ln").symlink_to(str(shutil.which("ln")))

    installed = machine.runs("test_programs.sh")

    assert (installed.returncode, installed.stdout) == (0, "Installing what tests need: redis-server cc\n")
    assert "redis-server gcc libc6-dev" in installed.stderr


@pytest.mark.parametrize(("environ", "status"), [({}, 0), ({"CI": "true"}, 1)])
def test_what_cannot_be_installed_fails_only_in_ci(machine: Machine, environ: dict[str, str], status: int) -> None:
    asked = machine.runs("test_programs.sh", **environ)

    assert asked.returncode == status
    assert "sudo apt-get install redis-server gcc" in asked.stderr


@pytest.mark.parametrize(("environ", "status"), [({}, 0), ({"CI": "true"}, 1)])
def test_a_provider_that_cannot_be_installed_fails_only_in_ci(
    machine: Machine, tmp_path_factory: pytest.TempPathFactory, environ: dict[str, str], status: int
) -> None:
    checkout = tmp_path_factory.mktemp("checkout")
    (checkout / "scripts").mkdir()
    script = Path(shutil.copy(SCRIPTS / "test_provider.sh", checkout / "scripts"))
    (machine.folder / "mkdir").symlink_to(str(shutil.which("mkdir")))
    machine.has("node", "exit 1")
    machine.has("npm", 'echo "$@" >&2; exit 1')
    asked = machine.runs(str(script), **environ)

    assert asked.returncode == status
    assert "--prefix .cache/oidc-provider" in asked.stderr
    assert "missing: oidc-provider" in asked.stderr
    machine.has("node", "sed -n 's/^VERSION=//p' scripts/test_provider.sh; exit 0")
    assert machine.runs(str(script), **environ).stdout == ""


UNREACHABLE = "http://127.0.0.1:1"


def test_the_load_comes_from_k6_where_it_is(machine: Machine) -> None:
    machine.has("k6", '[ "$1" = version ] && echo "k6 v1.8.1 (linux)" && exit 0')

    assert machine.runs("load.sh", "--quiet", BASE_URL=UNREACHABLE).stdout == "k6 run --quiet load/rag_burst.js\n"
    assert machine.runs("load.sh", SCENARIO="chat", BASE_URL=UNREACHABLE).stdout == "k6 run load/chat.js\n"


def test_the_load_comes_from_a_k6_that_is_not_on_the_path(
    machine: Machine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = Machine(tmp_path_factory.mktemp("elsewhere"))
    elsewhere.has("k6", '[ "$1" = version ] && echo "k6 v1.8.1 (linux)" && exit 0')
    there = str(elsewhere.folder / "k6")

    assert machine.runs("load.sh", K6=there, BASE_URL=UNREACHABLE).stdout == "k6 run load/rag_burst.js\n"


@pytest.mark.parametrize("other", [None, "echo another program of that name; exit 0"])
def test_without_k6_that_is_said_and_the_load_comes_from_python(machine: Machine, other: str | None) -> None:
    if other is not None:
        machine.has("k6", other)

    loaded = machine.runs("load.sh", BASE_URL=UNREACHABLE)

    assert "k6 is not here (go install go.k6.io/k6@latest)" in loaded.stderr
    assert loaded.stdout.startswith("the scenario could not run: ConnectError")
    assert loaded.returncode == 1
