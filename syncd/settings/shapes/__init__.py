"""The shape of each settings file as pydantic models: what is allowed where, described for people.

One module per group of files. The models only say what may be written; `settings.build` turns them into the
core's frozen playbook. References to other files (a signal, a track) are checked against the ids that stand
in those files, given as the validation context, so that one pass finds everything.
"""
