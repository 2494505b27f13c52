"""The tables of docs/models.md that say which versions of the libraries are served, from the files of the tests.

Usage: model_versions.py    writes the tables into the page; local-test/tests/test_models_page.py says if they are old

XGBoost's and LightGBM's own files are those of trees/tests, each of which the tests of the crate `trees` load and
compare with the library's own answers. What comes as ONNX is made by the versions of local-test/peers/requirements.txt,
and compared by local-test/peers/test_libraries.py.
"""

import collections
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[1]
PAGE = TOP / "docs/models.md"
XGBOOST = TOP / "trees/tests/xgboost/models"
LIGHTGBM = TOP / "trees/tests/lightgbm"
REQUIREMENTS = TOP / "local-test/peers/requirements.txt"
BEGIN, END = "<!-- local-test/model_versions.py writes what follows -->\n", "<!-- to here -->\n"
# Forms of XGBoost's files by how their names end, the oldest first.
FORMS = {"bin": "binary", "pickle": "pickle", "json": "JSON", "ubj": "UBJSON"}
FORMS_OF_FILES = [*FORMS.values(), "text"]
# What a test file's name says besides an objective, which it says with a hyphen for the colon.
OBJECTIVE = re.compile(r"(binary|multi|count|reg|survival|rank)-(\w+)$")
# Libraries whose models come as ONNX, with what exports them.
EXPORTERS = [
    ("XGBoost", "xgboost-cpu", "onnxmltools"),
    ("LightGBM", "lightgbm", "onnxmltools"),
    ("scikit-learn", "scikit-learn", "skl2onnx"),
    ("CatBoost", "catboost", None),
]


def version_key(version):
    return [int(part) for part in version.split(".")]


def xgboost_files():
    """(version, model, form) of each model file."""
    for path in sorted(XGBOOST.iterdir()):
        version, _, rest = path.name.partition("-")
        model, _, ending = rest.rpartition(".")
        form = FORMS.get(ending.rstrip("012345"))
        if form:
            yield version, model, form


def lightgbm_files():
    for path in sorted(LIGHTGBM.glob("*/*.txt")):
        yield path.parent.name, path.stem, "text"


def rows_of_versions():
    """For each version of each library: the number of files of each form, how it is exported, and what is refused."""
    files = [("XGBoost", *file) for file in xgboost_files()] + [("LightGBM", *file) for file in lightgbm_files()]
    served, refused = collections.defaultdict(collections.Counter), collections.defaultdict(set)
    for library, version, model, form in files:
        if model.startswith("refused-"):
            refused[library, version].add(model.removeprefix("refused-"))
        else:
            served[library, version][form] += 1
    pinned = dict(line.split("==") for line in REQUIREMENTS.read_text().splitlines() if "==" in line)
    exporters = {
        (library, pinned[package]): f"{exporter} {pinned[exporter]}" if exporter else "itself"
        for library, package, exporter in EXPORTERS
    }
    libraries = [library for library, _, _ in EXPORTERS]
    for row in sorted({*served, *exporters}, key=lambda row: (libraries.index(row[0]), version_key(row[1]))):
        counts = [str(served[row][form] or "") for form in FORMS_OF_FILES]
        yield [*row, *counts, exporters.get(row, ""), ", ".join(sorted(refused[row]))]


def since(files):
    """The models of the files by the first version that wrote one."""
    first = {}
    for version, model, _ in files:
        if not model.startswith("refused-"):
            first[model] = min(first.get(model, version), version, key=version_key)
    models = collections.defaultdict(list)
    for model, version in first.items():
        models[version].append(OBJECTIVE.sub(r"\1:\2", model))
    for version in sorted(models, key=version_key):
        yield [version, ", ".join(f"`{model}`" for model in sorted(models[version]))]


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("|" + "".join(f" {cell} |" if cell else " |" for cell in cells) + "\n" for cells in lines)


def tables():
    versions = table(["library", "version", *FORMS_OF_FILES, "ONNX, exported by", "refused"], rows_of_versions())
    models = [
        f"{library}'s models, by the first version of which there is one:\n\n" + table(["from", "models"], since(files))
        for library, files in [("XGBoost", xgboost_files()), ("LightGBM", lightgbm_files())]
    ]
    return "\n" + "\n".join([versions, *models]) + "\n"


def with_tables(page):
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        sys.exit(f"{PAGE}: expected the lines {BEGIN.strip()!r} and {END.strip()!r}")
    return before + begin + tables() + end + after


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
