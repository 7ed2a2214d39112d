"""What was published, for ever: the archive, its log, and how its files are laid out and checked.

    <archive>/archive.json                          the format of the archive
    <archive>/log.jsonl                             one line an event, chained by hashes
    <archive>/objects/<ab>/<sha256>                 bytes, named after what they hold
    <archive>/releases/<slug>/<version>/<seq>.json  what a line of the log made of a release

Decision 0023 says why. Nothing below it is written twice; a withdrawal for disclosure alone
takes bytes away.
"""
