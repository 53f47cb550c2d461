"""The pages behind the links in alerts, served by the daemon where connections.yaml has `web`.

`answering` decides what a link may do, `page` writes the HTML, `server` listens. Nothing here needs the
lease: an answer is a request row, and the holder carries it out.
"""
