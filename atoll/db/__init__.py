"""Rows and files: tables, migrations, transactions, the file store.

Repositories in the packages above take a connection that `Database` gave out. Nothing here knows a rule of the product.
"""
