"""docs/models.md says which versions' files are served; the files of the tests say so first."""

import pathlib
import sys
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "local-test"))

import model_versions


class ModelsPageTest(unittest.TestCase):
    def test_the_tables_of_versions_are_those_of_the_files(self):
        page = model_versions.PAGE.read_text()
        self.assertEqual(page, model_versions.with_tables(page), "run local-test/model_versions.py")

    def test_every_form_and_every_library_is_there(self):
        served = {(library, form) for library, form in self.served()}
        self.assertEqual(served, {*(("XGBoost", form) for form in model_versions.FORMS.values()), ("LightGBM", "text")})

    def served(self):
        for row in model_versions.rows_of_versions():
            for form, count in zip(model_versions.FORMS_OF_FILES, row[2:]):
                if count:
                    yield row[0], form


if __name__ == "__main__":
    unittest.main()
