"""The house keeps its own rules: shape, names, direction, locks, and docs that know every command."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src/kedge"
MODULES = sorted(SOURCE.rglob("*.py"))
ROOMS = sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))
LOCKS = sorted(ROOT.glob("requirements*.lock"))

MOST_MODULE_LINES, MOST_FUNCTION_LINES = 300, 60
MOST_BRANCHES, MOST_NESTING, MOST_ARGUMENTS = 10, 4, 7

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.AsyncFor, ast.AsyncWith)
BRANCHES = (ast.If, ast.For, ast.While, ast.ExceptHandler, ast.IfExp, ast.comprehension, ast.match_case)


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def docstring_lines(node):
    body = getattr(node, "body", None)
    first = body[0] if isinstance(body, list) and body else None
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        return set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return set()


def code_lines(text, tree):
    doc = {line for node in ast.walk(tree) for line in docstring_lines(node)}
    lines = enumerate(text.splitlines(), 1)
    return sum(bool(line.strip()) and not line.strip().startswith("#") and n not in doc for n, line in lines)


def length(function):
    return function.end_lineno - function.lineno + 1 - len(docstring_lines(function))


def branches(function):
    count, pending = 1, list(ast.iter_child_nodes(function))
    while pending:
        node = pending.pop()
        if isinstance(node, SCOPES):
            continue
        count += isinstance(node, BRANCHES) + (len(node.values) - 1 if isinstance(node, ast.BoolOp) else 0)
        pending.extend(ast.iter_child_nodes(node))
    return count


def nesting(node):
    inner = [child for child in ast.iter_child_nodes(node) if not isinstance(child, SCOPES)]
    return max((nesting(child) + isinstance(child, BLOCKS) for child in inner), default=0)


def arguments(function):
    named = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
    return len([argument for argument in named if argument.arg not in ("self", "cls")])


def public_parts(tree, prefix=""):
    for node in tree.body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and not node.name.startswith("_"):
            overload = any("overload" in ast.unparse(mark) for mark in node.decorator_list)
            if not overload:
                yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public_parts(node, f"{prefix}{node.name}.")


@pytest.fixture(scope="module")
def trees():
    return {path: ast.parse(path.read_text("utf-8")) for path in MODULES}


def test_modules_are_short(trees):
    sizes = {name_of(path): code_lines(path.read_text("utf-8"), tree) for path, tree in trees.items()}
    assert {name: size for name, size in sizes.items() if size > MOST_MODULE_LINES} == {}


@pytest.mark.parametrize(
    ("measure", "limit"),
    [
        (length, MOST_FUNCTION_LINES),
        (branches, MOST_BRANCHES),
        (nesting, MOST_NESTING),
        (arguments, MOST_ARGUMENTS),
    ],
    ids=["lines", "branches", "nesting", "arguments"],
)
def test_functions_keep_to_the_limits(trees, measure, limit):
    over = {
        f"{name_of(path)}:{node.name}": measure(node)
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS) and measure(node) > limit
    }
    assert over == {}


def test_public_things_have_a_docstring(trees):
    bare = [
        f"{name_of(path)}:{name}"
        for path, tree in trees.items()
        for name, node in public_parts(tree)
        if ast.get_docstring(node) is None
    ]
    assert bare == []


def test_every_module_says_what_it_is(trees):
    assert [name_of(path) for path, tree in trees.items() if ast.get_docstring(tree) is None] == []


def as_ruff_sorts(name):
    """Constants, then classes, then functions, each by the alphabet."""
    return (not name.isupper(), not name[0].isupper(), name)


@pytest.mark.parametrize("room", [room for room in ROOMS if room not in ("cli", "core")])
def test_a_room_lists_its_public_names_sorted(room):
    module = importlib.import_module(f"kedge.{room}")
    listed = list(module.__all__)
    assert listed == sorted(listed, key=as_ruff_sorts)
    assert len(set(listed)) == len(listed)
    assert [name for name in listed if not hasattr(module, name)] == []
    assert listed != []


def test_rooms_import_only_what_stands_below_them():
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_importing_the_commands_loads_no_heavy_library():
    heavy = {
        "numpy",
        "polars",
        "pandas",
        "xarray",
        "scipy",
        "numba",
        "pydantic",
        "altair",
        "vl_convert",
        "rdata",
    }
    code = f"import sys, kedge.cli; print(sorted({heavy!r} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_importing_every_module_prints_nothing_and_opens_no_file():
    names = [".".join(path.relative_to(SOURCE.parent).with_suffix("").parts) for path in MODULES]
    names = [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]
    code = (
        "import sys, importlib\nopened = []\n"
        "watch = lambda event, args: opened.append(str(args[0])) if event == 'open' else None\n"
        "sys.addaudithook(watch)\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "kinds = ('.csv', '.toml', '.parquet', '.json')\n"
        f"print([f for f in opened if f.endswith(kinds) and f.startswith({str(SOURCE)!r})])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
    assert ended.stderr == ""


def tracked():
    listing = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=False, cwd=ROOT)
    if listing.returncode != 0 or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so there is no list of tracked files; run in a clone")
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_tracked_files_name_no_machine_and_no_package_index():
    # Put together from parts, so that this file does not find itself.
    folders = [f"/{name}/" for name in ("work", "root", "home")]
    words = [*folders, "py" + "thonhosted", "py" + "pi.org", "--extra-" + "index-url", "arti" + "factory"]
    texts = {path: path.read_bytes() for path in tracked() if path.suffix not in (".gz", ".parquet")}
    found = [
        f"{name_of(path)}: {word}" for path, text in texts.items() for word in words if word.encode() in text
    ]
    assert found == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_pin_has_a_hash_and_no_lock_names_an_index(lock):
    text = lock.read_text("utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    pins = [entry for entry in entries if not entry.startswith("#")]
    assert len(pins) > 10
    assert [pin.splitlines()[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []
    assert "://" not in text


def test_locks_pin_every_dependency_of_the_package():
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    block = project[
        project.index("dependencies = [") : project.index("]\n", project.index("dependencies = ["))
    ]
    wanted = {re.split(r"[<>=~]", name)[0] for name in re.findall(r'"([^"]+)"', block)}
    pinned = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text("utf-8"), re.M))
    assert wanted - pinned == set()
    assert "hatchling" in pinned


def test_locks_agree_on_versions():
    versions = {}
    for lock in LOCKS:
        for pin in re.findall(r"^([a-z0-9-]+==[^\\\n]+)", lock.read_text("utf-8"), re.M):
            name, _, marker = pin.strip().partition(";")
            package, _, version = name.strip().partition("==")
            versions.setdefault((package, marker), set()).add(version)
    assert {key: found for key, found in versions.items() if len(found) > 1} == {}


def commands():
    from typer.main import get_command

    from kedge.cli.app import build

    def walk(command, words):
        inner = getattr(command, "commands", None)
        if inner is None:
            yield " ".join(words)
            return
        for name, child in inner.items():
            yield from walk(child, [*words, name])

    return sorted(walk(get_command(build()), ["kedge"]))


def test_every_command_has_its_place_in_the_docs():
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    text = "\n".join(page.read_text("utf-8") for page in pages)
    assert [command for command in commands() if command not in text] == []


def test_docs_link_only_to_files_that_exist():
    broken = []
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{name_of(page)}: {target}")
    assert broken == []


def test_every_page_is_in_the_index():
    index = (ROOT / "docs/index.md").read_text("utf-8")
    pages = [page.name for page in (ROOT / "docs").glob("*.md") if page.name != "index.md"]
    assert [page for page in pages if page not in index] == []


def test_ci_runs_the_test_command_of_the_readme():
    script = (ROOT / ".ci/run").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    assert script.strip().endswith("make test")
    assert "make test" in readme
    assert "make assess" in readme


def test_the_changelog_knows_this_version():
    from kedge import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
