"""The store: tables, migrations and every SQL statement of the product.

Queries are functions that take an open connection (`tx`); transactions are opened by the jobs, in plain
sight. Nothing above this package depends on which database it is.
"""
