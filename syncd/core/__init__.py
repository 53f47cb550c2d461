"""The decision, pure: one lead's facts, the playbook and a moment in, what follows out.

Standard library only, no clock, no input or output. `decide` is the door: it walks a lead through time, asks
`moves` what follows at each instant, and looks ahead (`horizon`) for the next. `qualify` judges by tests
(`criteria`), scores (`scoring`) and what sales did (`feedback`); `lifecycle` is the table of legal moves;
`effects` says what is then to be true elsewhere.
"""
