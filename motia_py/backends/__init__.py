"""One file per store, each passing the suite in `tests/contracts/`."""
