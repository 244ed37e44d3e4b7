"""A file holds one idea, a function one step."""

import ast
from pathlib import Path

from tests.house.source_files import PACKAGES, ROOT, code_files, python_files, shown

MOST_LINES_OF_A_FILE, MOST_LINES_OF_A_FUNCTION, MOST_PARAMETERS = 400, 50, 8
BANNED_NAMES = {"utils", "helpers", "common", "misc", "base", "manager", "functions", "engine"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(path: Path) -> list[Function]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, Function)]


def in_packages() -> list[Path]:
    return [path for path in python_files() if path.relative_to(ROOT).parts[0] in PACKAGES]


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lengths = {shown(path): len(path.read_text().splitlines()) for path in code_files()}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES_OF_A_FILE} == {}


def test_no_function_is_longer_than_fifty_lines() -> None:
    long = {
        f"{shown(path)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in python_files()
        for node in functions_of(path)
        if node.end_lineno is not None and node.end_lineno - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    }
    assert long == {}


def test_no_function_takes_more_than_eight_parameters() -> None:
    def count(node: Function) -> int:
        names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        return len([name for name in names if name not in {"self", "cls"}])

    wide = {
        f"{shown(path)}:{node.lineno} {node.name}": count(node)
        for path in in_packages()
        for node in functions_of(path)
        if count(node) > MOST_PARAMETERS
    }
    assert wide == {}


def test_no_default_value_is_mutable() -> None:
    wrong = [
        f"{shown(path)}:{node.lineno} {node.name}"
        for path in python_files()
        for node in functions_of(path)
        for default in (*node.args.defaults, *node.args.kw_defaults)
        if isinstance(default, ast.List | ast.Dict | ast.Set)
    ]
    assert wrong == []


def test_services_hand_no_unnamed_keywords_through() -> None:
    """`**kwargs` in a signature of services, selectors or core hides what may be said to it."""
    layers = {"services", "selectors", "core"}
    wrong = [
        f"{shown(path)}:{node.lineno} {node.name}(**{node.args.kwarg.arg})"
        for path in in_packages()
        if layers & set(path.relative_to(ROOT).parts)
        for node in functions_of(path)
        if node.args.kwarg is not None and node.args.kwarg.arg in {"kwargs", "kw"} and not node.name.startswith("__")
    ]
    assert wrong == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    modules = [path for path in code_files() if path.suffix != ".css"]
    named = {shown(path) for path in modules if path.stem in BANNED_NAMES or path.parent.name in BANNED_NAMES}
    assert named == set()
