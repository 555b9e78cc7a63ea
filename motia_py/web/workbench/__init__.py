"""The workbench's half of the server: what it shows as data, and what it is told as it happens.

`views` is the contract with the browser: the TypeScript types are made from it.
"""
