"""Reports a pytest run to Signalbox as TDD events: `pytest --signalbox agent:coder-001`.

A module beside the package, so that runs without the option import nothing of it.
"""

from __future__ import annotations

import socket
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from signalbox.run_reporter import RunReporter

KINDS = {"agent": "agentId", "session": "sessionId", "process": "processId"}
PHASE = "signalbox/phase"
FAILURES_TOLD = 100
"""At the end, with what they said; all were told one by one before."""
MESSAGE_CHARACTERS = 2_000


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("signalbox").addoption(
        "--signalbox",
        nargs="?",
        const="",
        metavar="CHANNEL",
        help="report each test to the gateway at SIGNALBOX_URL, with SIGNALBOX_TOKEN, as events of this channel: "
        "agent:ID, session:ID or process:ID (default: agent:pytest-FOLDER)",
    )


def pytest_configure(config: pytest.Config) -> None:
    channel = config.getoption("--signalbox")
    # Workers of pytest-xdist send their reports to the process that started them.
    if channel is None or hasattr(config, "workerinput"):
        return
    channel = channel or f"agent:pytest-{config.rootpath.name}"
    kind, _, name = channel.partition(":")
    if kind not in KINDS or not name:
        raise pytest.UsageError(f"--signalbox: not agent:ID, session:ID or process:ID: {channel!r}")
    config.pluginmanager.register(Run(config, channel, {KINDS[kind]: name}), "signalbox-run")


class Run:
    """One test run. Whatever goes wrong here is said at its end, and changes nothing about it."""

    def __init__(self, config: pytest.Config, channel: str, where: dict[str, str]) -> None:
        self._config = config
        self._channel = channel
        self._where = where
        self._run_id = f"{socket.gethostname()}-{uuid.uuid4().hex[:12]}"
        self._suite = config.rootpath.name
        self._began = time.monotonic()
        self._passing = 0
        self._skipped = 0
        self._failures: list[dict[str, Any]] = []
        self._under_way: dict[str, dict[str, Any]] = {}
        self._reporter: RunReporter | None = None
        self._left = 0
        self._fault: str | None = None

    def pytest_sessionstart(self) -> None:
        try:
            # Only now: it brings an HTTP client.
            from signalbox.run_reporter import RunReporter

            self._reporter = RunReporter(self._channel)
        except Exception as error:
            self._failed(error)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._ended({"name": report.nodeid, "outcome": "failed", **told(report)})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = self._under_way.setdefault(report.nodeid, {"name": report.nodeid, "outcome": "passed", "seconds": 0.0})
        test["seconds"] += report.duration
        if report.outcome == "rerun":  # type: ignore[comparison-overlap]  # of pytest-rerunfailures
            del self._under_way[report.nodeid]
            return
        if report.failed:
            test.update(told(report), outcome="failed")
        elif report.skipped and test["outcome"] == "passed":
            test["outcome"] = "skipped"
        # A worker that crashed tells of its test once, without phases.
        if report.when == "teardown" or report.when not in ("setup", "call"):
            del self._under_way[report.nodeid]
            seconds = test.pop("seconds")
            self._ended({**test, "file": report.location[0], "durationMs": round(seconds * 1_000, 3)})

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self._reporter is None:
            return
        try:
            if self._passing or self._skipped or self._failures:
                duration_ms = round((time.monotonic() - self._began) * 1_000)
                failures = [
                    {key: one[key] for key in ("name", "message", "file", "line") if key in one}
                    for one in self._failures[:FAILURES_TOLD]
                ]
                self._tell(durationMs=duration_ms, **({"failures": failures} if failures else {}))
                self._tell_phase(exitstatus)
            self._left = self._reporter.finish()
        except Exception as error:
            self._failed(error)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._fault is not None:
            terminalreporter.write_line(f"signalbox: not reported: {self._fault}", yellow=True)
        elif self._left > 0:
            text = f"{self._left} events wait on disk: the next run with --signalbox sends them, or `signalbox spool flush`"
            terminalreporter.write_line(f"signalbox: {text}", yellow=True)
        elif self._reporter is not None:
            terminalreporter.write_line(f"signalbox: reported to {self._channel} at {self._reporter.url}")

    def _ended(self, test: dict[str, Any]) -> None:
        if test["outcome"] == "failed":
            self._failures.append(test)
        elif test["outcome"] == "skipped":
            self._skipped += 1
        else:
            self._passing += 1
        self._tell(test=test)

    def _tell(self, **more: Any) -> None:
        self._publish("test_result", {"runId": self._run_id, "suite": self._suite, **self._counts(), **more})

    def _tell_phase(self, exitstatus: int) -> None:
        """Red or green, where it is another than after the run before; a run that was cut short says neither."""
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return
        phase = "red" if self._failures else "green"
        cache = self._config.cache
        before = None if cache is None else cache.get(PHASE, None)
        if phase != before:
            data = {"previousPhase": before, "currentPhase": phase, "testResults": self._counts()}
            self._publish("tdd_phase_change", data)
            if cache is not None:
                cache.set(PHASE, phase)

    def _counts(self) -> dict[str, int]:
        passing, failing = self._passing, len(self._failures)
        return {"total": passing + failing, "passing": passing, "failing": failing, "skipped": self._skipped}

    def _publish(self, type: str, data: dict[str, Any]) -> None:
        if self._reporter is None:
            return
        try:
            self._reporter.publish(type, {**self._where, **data})
        except Exception as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        self._reporter = None
        self._fault = self._fault or str(error) or type(error).__name__


def told(report: pytest.TestReport | pytest.CollectReport) -> dict[str, Any]:
    """What a failure said, and where."""
    crash = getattr(report.longrepr, "reprcrash", None)
    message = getattr(crash, "message", None) or report.longreprtext
    where = {"line": crash.lineno} if crash is not None else {}
    return {"message": message[:MESSAGE_CHARACTERS], **where}
