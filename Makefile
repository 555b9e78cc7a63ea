.PHONY: check client format test

check: ## formatting, lint, types, floors
	ruff format --check .
	ruff check .
	mypy
	lint-imports

client: ## what is built from workbench/, anew
	cd workbench && npm ci --ignore-scripts && npm run build

format: ## what the tools can mend by themselves
	ruff check --fix .
	ruff format .

test: ## every test
	pytest
