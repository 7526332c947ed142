"""The pytest plugin, as the tests of a service use it: each test here runs a suite of somebody else's."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

WORKS = """
    import asyncio, os, threading
    from concurrent.futures import ThreadPoolExecutor

    import pytest
    from aurous import AsyncAurous, Aurous
    from aurous.emulator import Emulator, Life
    from aurous.testing import FakeClock

    TEXT = "The capital of Japan is Tokyo."

    def test_a_client(aurous_client: Aurous, aurous_emulator: Emulator, aurous_clock: FakeClock) -> None:
        id = aurous_emulator.add(life=Life(in_progress_for=120))
        assert aurous_client.chat.completions.wait(id).text == TEXT
        assert aurous_clock.monotonic() >= 120

    def test_everything_is_new_for_each_test(aurous_emulator, aurous_clock) -> None:
        assert not aurous_emulator.requests and aurous_clock.monotonic() == 0

    def test_an_asynchronous_client_in_a_loop_of_the_test(async_aurous_client: AsyncAurous, aurous_emulator) -> None:
        ids = [aurous_emulator.add(life=Life(in_progress_for=20 * number)) for number in range(10)]

        async def main():
            return await asyncio.gather(*map(async_aurous_client.chat.completions.wait, ids))

        assert [each.text for each in asyncio.run(main())] == [TEXT] * 10

    @pytest.mark.anyio
    async def test_anyio(async_aurous_client: AsyncAurous, aurous_emulator) -> None:
        id = aurous_emulator.add(life=Life(in_progress_for=60))
        assert (await async_aurous_client.chat.completions.wait(id)).text == TEXT

    @pytest.fixture
    def anyio_backend():
        return "asyncio"

    def test_code_that_makes_its_own_clients(aurous_env: Emulator, aurous_clock) -> None:
        id = aurous_env.add(life=Life(in_progress_for=60))
        with Aurous() as client:
            assert client.chat.completions.wait(id).text == TEXT
        assert os.environ["AUROUS_API_KEY"] == aurous_env.api_key

    class TestInAClass:
        def test_a_client(self, aurous_client: Aurous) -> None:
            assert aurous_client.models.list().data

    @pytest.fixture(scope="module")
    def shared(aurous_emulator_server: Emulator):
        with Aurous(aurous_emulator_server.api_key, base_url=aurous_emulator_server.base_url) as client:
            yield client

    def test_for_longer_than_a_test(shared: Aurous) -> None:
        assert shared.models.list().data
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder of tests in which warnings are errors."""
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    return pytester


def run(suite: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run the tests of the folder, by default without pytest-asyncio."""
    return suite.runpytest_inprocess(*(arguments or ("-p", "no:asyncio")))


def test_gives_an_emulator_and_clients_on_one_clock(suite: pytest.Pytester) -> None:
    suite.makepyfile(WORKS)
    run(suite).assert_outcomes(passed=7)


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_works_with_pytest_asyncio(suite: pytest.Pytester, mode: str) -> None:
    suite.makepyfile(
        f"""
        import asyncio, pytest
        from aurous.emulator import Life

        pytestmark = [pytest.mark.asyncio(loop_scope="module")] * {mode == "strict"}

        async def waited(client, emulator):
            ids = [emulator.add(life=Life(in_progress_for=seconds)) for seconds in (5, 50, 100)]
            return [each.is_completed for each in await asyncio.gather(*map(client.chat.completions.wait, ids))]

        @pytest.mark.parametrize("number", range(2))
        async def test_it(async_aurous_client, aurous_emulator, number):
            assert await waited(async_aurous_client, aurous_emulator) == [True] * 3
        """
    )
    scope = "asyncio_default_fixture_loop_scope=function"
    run(suite, f"--asyncio-mode={mode}", "-o", scope).assert_outcomes(passed=2)


def test_fixtures_are_overridden_where_a_folder_wants_others(suite: pytest.Pytester) -> None:
    own = """
        import pytest
        from aurous import Clock

        @pytest.fixture
        def aurous_clock():
            return Clock()
    """
    wrapped = """
        import pytest

        @pytest.fixture
        def aurous_client(aurous_client):
            return aurous_client.with_options(max_retries=0)

        @pytest.fixture
        def aurous_api_key():
            return "al_live_of_the_service"
    """
    for folder, conftest, says in (
        ("one", own, "type(aurous_clock).__name__ == 'Clock'"),
        ("two", wrapped, "aurous_client.config.max_retries == 0 and 'al_live_of_the_service' in aurous_emulator.keys"),
    ):
        suite.mkpydir(folder)
        Path(folder, "conftest.py").write_text(dedent(conftest), encoding="utf-8")
        test = (
            f"def test_it(aurous_client, aurous_clock, aurous_emulator): assert aurous_client.models.list() and {says}"
        )
        Path(folder, f"test_{folder}.py").write_text(test, encoding="utf-8")
    run(suite).assert_outcomes(passed=2)


def test_a_setup_that_fails_leaves_nothing_to_the_next_test(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import pytest

        @pytest.fixture
        def broken(aurous_client, aurous_emulator):
            aurous_emulator.fail(status=503, times=None)
            raise ValueError("broken")

        def test_fails(broken): ...

        def test_goes_on(aurous_client):
            assert aurous_client.models.list().data
        """
    )
    run(suite).assert_outcomes(errors=1, passed=1)


def test_an_error_of_the_sdk_is_shown_where_it_was_called(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import asyncio

        def test_it(aurous_client):
            aurous_client.chat.completions.retrieve("cmp_nowhere")

        def test_async(async_aurous_client):
            async def main():
                await async_aurous_client.chat.completions.wait("cmp_nowhere")

            asyncio.run(main())

        def test_hook(aurous_client):
            aurous_client.with_options(on_request=lambda event: 1 / 0).models.list()
        """
    )
    result = run(suite, "-p", "no:asyncio", "-k", "not hook")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["E *NotFoundError: 404 resource_not_found: *"] * 2)
    result.stdout.no_fnmatch_line("*_engine*")
    run(suite, "-p", "no:asyncio", "--full-trace").stdout.fnmatch_lines(["*_engine*"])
    run(suite, "-p", "no:asyncio", "-k", "hook").stdout.fnmatch_lines(["*_engine*", "E *ZeroDivisionError*"])


def test_can_be_switched_off(suite: pytest.Pytester) -> None:
    suite.makepyfile("def test_it(aurous_client): ...")
    result = run(suite, "-p", "no:aurous", "-p", "no:asyncio")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'aurous_client' not found"])


# --- Where it is not used ---

COSTS_NOTHING = """
import sys

HEAVY = ("httpx", "starlette", "jsonschema", "asyncio", "aurous.emulator", "aurous._client", "aurous.testing")

def test_nothing_was_imported():
    assert [name for name in HEAVY if name in sys.modules] == []

def test_says_what_to_install(aurous_client): ...
"""


def test_costs_nothing_before_a_fixture_is_asked_for_and_needs_the_extra_only_then(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import sys\nsys.modules['uvicorn'] = None", encoding="utf-8")
    (tmp_path / "test_it.py").write_text(COSTS_NOTHING, encoding="utf-8")
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "pytest", "-p", "aurous.pytest_plugin", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert "1 passed, 1 error" in done.stdout, done.stdout + done.stderr
    assert "aurous.emulator needs uvicorn, which is not installed: pip install 'aurous[emulator]'" in done.stdout
    assert "Traceback" not in done.stdout


# --- The canary ---

LEAKS = {
    "log": "logging.getLogger('service').warning('calling with %s', os.environ['AUROUS_API_KEY'])",
    "log extra": "logging.getLogger('service').warning('calling', extra={'key': aurous_canary.key})",
    "log exception": "try: raise ValueError(aurous_canary.key)\n    except ValueError: logging.exception('oh')",
    "stdout": "print(os.environ['AUROUS_API_KEY'])",
    "stderr": "print(aurous_canary.key.upper(), file=sys.stderr)",
    "error": "raise ValueError(f'wrong key {aurous_canary.key}')",
    "cause": "raise ValueError('wrong key') from KeyError(aurous_canary.key)",
    "attribute": "error = ValueError('wrong key'); error.headers = {'X-Api-Key': aurous_canary.key}; raise error",
    "pickle": "(tmp_path / 'a').mkdir(); (tmp_path / 'a' / 'a.pickle').write_bytes(pickle.dumps([aurous_canary.key]))",
    "cassette": "aurous_canary.watch('cassettes'); Path('cassettes').mkdir(); "
    "Path('cassettes', 'a.yaml').write_text(f'X-Api-Key: [{aurous_canary.key}]')",
    "value": "aurous_canary.check({'key': aurous_canary.key})",
    "beside what has no repr": "error = Unshowable(); error.key = aurous_canary.key; raise error",
    "log beside what has no repr": "logging.warning(aurous_canary.key, extra={'by': Unshowable()})",
    "folder asked for late": "(request.getfixturevalue('tmp_path') / 'late.txt').write_text(aurous_canary.key)",
}


def leak(code: str) -> str:
    return f"""
import logging, os, pickle, sys
from pathlib import Path

class Unshowable(Exception):
    def __str__(self):
        raise ValueError("no text")
    __repr__ = __str__

def test_it(aurous_canary, {"request" if "request" in code else "tmp_path"}, aurous_client):
    {code}
"""


def test_a_test_fails_in_which_the_key_shows(suite: pytest.Pytester) -> None:
    for name, code in LEAKS.items():
        suite.makepyfile(**{f"test_{name.replace(' ', '_')}": leak(code)})
    result = run(suite)
    result.assert_outcomes(failed=len(LEAKS))
    said = result.stdout.str()
    assert said.count("The key (aurous_canary) shows:") >= len(LEAKS)
    for place in (
        "log of service: ",
        "Captured stdout",
        "repr of ValueError",
        "a.pickle: ",
        "a.yaml: ",
        "late.txt: ",
        "attributes of",
    ):
        assert place in said


UNSHOWABLE = """
import pytest

class Odd:
    def __init__(self, error):
        self.error = error
    def __repr__(self):
        raise self.error

class OddError(Exception):
    def __init__(self, error):
        self.odd = Odd(error)
    def __str__(self):
        raise self.odd.error
    __repr__ = __str__

@pytest.mark.parametrize("error", [ValueError("no text"), GeneratorExit()], ids=repr)
def test_fails(aurous_canary, error):
    aurous_canary.check(OddError(error), Odd(error))
    raise OddError(error)

def test_goes_on(aurous_canary): ...
"""


def test_what_cannot_be_shown_is_a_failure_of_its_test_alone(suite: pytest.Pytester) -> None:
    suite.makepyfile(UNSHOWABLE)
    run(suite).assert_outcomes(failed=2, passed=1)


def test_a_canary_that_is_asked_for_late_is_heard(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        def test_it(request):
            print(request.getfixturevalue("aurous_canary").key)
        """
    )
    run(suite).assert_outcomes(failed=1)


def test_a_test_passes_in_which_it_does_not(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        import logging, pickle
        import pytest
        from aurous import Aurous, AuthenticationError, NotFoundError

        def test_clients(aurous_canary, aurous_client, aurous_env, caplog, tmp_path):
            caplog.set_level(logging.DEBUG)
            (tmp_path / "before").write_text("nothing")
            with Aurous() as client:
                completion = client.chat.completions.retrieve(aurous_env.ids["completed"])
                with pytest.raises(NotFoundError) as caught:
                    aurous_client.chat.completions.retrieve("cmp_unknown")
            aurous_canary.check(completion, caught.value, client, client.config)
            print(client, repr(caught.value))
            assert aurous_env.requests[0].headers["x-api-key"] == aurous_canary.key

        def test_without_the_emulator(aurous_canary, httpx_mock):
            httpx_mock.add_response(status_code=401, json={"error": {"message": f"no {aurous_canary.key}"}})
            with Aurous() as client, pytest.raises(AuthenticationError) as caught:
                client.models.list()
            aurous_canary.check(caught.value)

        @pytest.mark.xfail(strict=True)
        def test_others_fail_for_their_own_reasons(aurous_canary):
            raise ValueError("theirs")
        """
    )
    run(suite).assert_outcomes(passed=2, xfailed=1)
