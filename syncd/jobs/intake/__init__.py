"""Intake: what one page of records means for the store, decided in memory and written in batches.

`page` holds what a page shares, `linking` decides whose record it is, and `people` (with `changes`),
`companies`, `activities`, `deals` and `removals` each take one kind of record. None opens a transaction, none
asks a vendor.
"""
