"""A Python session that lasts for a page: each line of input is a block to run, each line of output what differs."""

from __future__ import annotations

import doctest
import json
import os
import sys

sys.path.insert(0, "")
answers = sys.stdout
names: dict[str, object] = {"__name__": "__main__"}
for line in sys.stdin:
    asked = json.loads(line)
    os.environ.clear()
    os.environ.update(asked["environment"])
    test = doctest.DocTestParser().get_doctest(asked["text"], names, "page", None, asked["line"])
    report: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False).run(test, out=report.append, clear_globs=False)
    names = test.globs
    answers.write(json.dumps("".join(report)) + "\n")
    answers.flush()
