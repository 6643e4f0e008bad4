"""Four simulated editors at one real server for a long time: `scripts/soak` says how to run it.

    workplace.py   a git repository on disk: the documents, and a branch on which hundreds of files differ
    text.py        a text as an editor keeps it
    document.py    a document that an editor has open, and what it tells the server of it
    connection.py  ways to the server: a relay's standard streams, TCP, a WebSocket
    editor.py      one editor: its messages, and what must hold of each answer
    suggestions.py what must hold of the items of an answer
    typist.py      what a user does, drawn at random
    server.py      the server's process: started, measured, ended
    findings.py    what was found, counted and timed
    report.py      the table
    soak.py        the whole run

All that is drawn comes from a seed: each thing that a user does has a random generator of its own, made of
the seed, the editor and a number. What the model says, and when, depends on the machine, so that two runs
with one seed do the same things in the same order, but not always to the same texts.
"""
