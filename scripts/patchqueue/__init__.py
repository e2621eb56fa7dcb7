"""
The patch queue: how this repository and the pinned Django become one tree.

The way of the data, and the module that takes each step:

    patches/manifest.json   ──▶ manifest.py   the pin and the locked hashes
    patches/series          ──▶ topics.py     the topics, their mails, their files
    Django's sdist          ──▶ upstream.py   fetched, verified, read
    all of them             ──▶ plan.py       what each topic changes, in memory
    the plan                ──▶ tree.py       build/django, with its git history
    edits in build/django   ──▶ export.py     back into django/ tests/ docs/ patches/

``checks.py`` tells what is wrong with a queue, ``mails.py`` writes the series
for review, and ``rebase.py`` carries the queue to another release. ``diffs.py``
parses, applies, and makes the context-free patches, ``git.py`` runs git, and
``locks.py`` keeps two processes from composing at once.

Composing needs neither git nor anything from outside the standard library, so
that ``pip install`` of this repository needs neither.
"""
