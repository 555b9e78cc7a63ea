"""What every backend owes: written once against `motia_py.interfaces`, run over each engine."""
