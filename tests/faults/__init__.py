"""A server that misbehaves on purpose, and the one table of what a client must make of it.

`cases.CASES` is the table. Each row is a `Case`: what the server does (its *script*), which outcomes are honest, and
after how many attempts. The sync and the async tests, and the page in `docs/`, are made from it. Which fault a request
meets is chosen by the id that it asks for: `cmp_<name of the case>`, or that with `--` and anything behind it, which
makes a fresh id. A stream asks for it by the name of the model, and its chunks carry that as their id.

    for case in CASES:
        with serve(case) as server:
            asked = server.fresh_id(case)
            outcome = ...  # the completion or the error of retrieving `asked` from server.base_url
            server.settle(asked)  # the server has done all that the case says
            assert not judge(case.expect, asked, outcome, attempts=server.attempts(asked))
            for expect in case.then:  # the same client must still be usable
                asked = server.fresh_id("ok")
                ...
                assert not judge(expect, asked, outcome, attempts=server.attempts(asked))
            assert not server.unwelcome(key)
            assert not server.elsewhere_requests
            assert not server.errors

The client has `max_retries=2`, the deadline `case.deadline`, and, where it is not None, `server.ssl_context`. Its
sleeps are meant to be faked: `case.hint` says how long they had to be. Nothing here knows how the client works inside.

To add a case, find its kind in `kinds/` and add a row there:

1. the name is unique, in lower case with underscores; the title is one plain sentence that says what the server does;
2. the script is one plan for each attempt, the last one staying for all that follow. A plan is a function from the
   `Request` to the steps to take (`steps.py`); `responses.py` builds the usual ones;
3. `expect` lists every honest outcome with its numbers of attempts. More than one needs a `why`.

A new kind is a module with a tuple `CASES`, a member of `Kind`, and a line in `cases.py`.
"""
