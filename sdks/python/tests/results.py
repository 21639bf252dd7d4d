"""A pytest plugin for `npm test`: a line of JSON for each test that ended, into the file that `--results` names."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--results", type=Path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    item.stash[REPORTS] = []
    result = yield
    reports = item.stash[REPORTS]
    worst = next((one for one in reports if one.failed), next((one for one in reports if one.skipped), None))
    outcome = "passed" if worst is None else worst.outcome
    line = {"name": item.nodeid, "outcome": outcome, "text": "" if worst is None else worst.longreprtext}
    with item.config.getoption("--results").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[REPORTS].append(report)
    return report


REPORTS: pytest.StashKey[list[pytest.TestReport]] = pytest.StashKey()
