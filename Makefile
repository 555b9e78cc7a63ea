.PHONY: check format test

check: ## formatting, lint, types, floors
	ruff format --check .
	ruff check .
	mypy
	lint-imports

format: ## what the tools can mend by themselves
	ruff check --fix .
	ruff format .

test: ## every test
	pytest
