"""Rooms that look their names up late offer the same names, and load no more than what is used."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

LATE = ("strategy", "world")


@pytest.mark.parametrize("room", LATE)
def test_every_listed_name_is_found_and_shown(room):
    module = importlib.import_module(f"kedge.{room}")
    assert [name for name in module.__all__ if getattr(module, name, None) is None] == []
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("room", LATE)
def test_no_module_bears_a_public_name(room):
    module = importlib.import_module(f"kedge.{room}")
    assert {found.name for found in pkgutil.iter_modules(module.__path__)} & set(module.__all__) == set()


@pytest.mark.parametrize("room", LATE)
def test_an_unknown_name_is_an_attribute_error(room):
    module = importlib.import_module(f"kedge.{room}")
    with pytest.raises(AttributeError, match=f"module 'kedge.{room}' has no attribute 'nonsense'"):
        _ = module.nonsense


@pytest.mark.parametrize("arguments", [["study", "check", "studies/japan.toml"], ["data", "list", "--json"]])
def test_light_commands_load_no_numerical_library(arguments, pytestconfig):
    code = (
        "import sys, kedge.cli.app as app\n"
        f"try:\n    app.build()({arguments!r})\nexcept SystemExit as ended:\n    assert not ended.code\n"
        "heavy = {'numba', 'scipy', 'kedge.trade', 'kedge.security', 'kedge.strategy.prim', 'pandas'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=pytestconfig.rootpath
    )
    assert ended.stderr.strip() == "[]"
