"""The mutants fit the code as it is: told with every change, not only when they are run."""

from __future__ import annotations

import pytest

from tests.mutants.test_mutants import MUTANTS, ROOT, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_mutant_replaces_stands_once_in_its_file(mutant: Mutant) -> None:
    text = (ROOT / "motia_py" / mutant.file).read_text()

    assert text.count(mutant.old) == 1, f"{mutant.file} has changed: write the mutant anew"
    assert all((ROOT / test).is_file() for test in mutant.tests)
