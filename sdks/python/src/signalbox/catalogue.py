"""The event catalogue: the data of each event type, as types and as a table.

Made from packages/protocol/src/events by scripts/generate.ts: change that, then run `npm run generate`.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias, TypedDict

Delivery: TypeAlias = Literal["lossless", "coalesce", "latest", "ephemeral"]


class MetadataProducer(TypedDict):
    """Drops duplicates and fences zombies."""

    id: str
    """Who publishes."""

    epoch: int
    """Higher fences lower."""

    seq: int
    """1, 2, 3 … per channel and epoch."""


class MetadataExpected(TypedDict):
    """The event is kept only if the channel's newest event is here; else the error is head_moved."""

    epoch: str
    """Of the channel."""

    offset: int
    """Of its newest event; 0 before the first."""


class Metadata(TypedDict, total=False):
    """About the message; other members pass through."""

    version: str
    """Version of the event type's schema."""

    source: str
    """What the event comes from."""

    correlationId: str
    """In a reply: the id of the message it answers."""

    compressed: Any
    """True where the frame was compressed."""

    idempotencyKey: str
    """Publishing twice with one key, within the window, keeps one event."""

    producer: MetadataProducer
    """Drops duplicates and fences zombies."""

    expected: MetadataExpected
    """The event is kept only if the channel's newest event is here; else the error is head_moved."""

    tags: dict[str, str]
    """What filters can select by, beside the type."""


class _Event(TypedDict):
    id: str
    timestamp: int
    """Milliseconds since 1970."""

    channel: str


class _Publication(_Event, total=False):
    metadata: Metadata
    epoch: str
    """With offset its position in the channel. Ephemeral events have none."""

    offset: int


AgentStatusStatus: TypeAlias = Literal[
    "idle",
    "busy",
    "error",
    "offline",
    "queued",
    "running",
    "waiting_approval",
    "waiting_input",
    "waiting_auth",
    "paused",
    "stuck",
    "lost",
    "done",
    "failed",
    "cancelled",
    "rejected",
]


class _AgentStatusCurrentTask(TypedDict):
    id: str
    """The task it is about."""


class AgentStatusCurrentTask(_AgentStatusCurrentTask, total=False):
    type: str
    """What kind of task it is."""

    title: str
    """What the task is, in words."""

    progress: float
    """How much is done, 0 to 100."""


class AgentStatusMetrics(TypedDict, total=False):
    """Its own figures; others may stand beside these."""

    cpuUsage: float
    """Percent of one core."""

    memoryUsage: float
    """Resident memory in bytes."""

    tasksCompleted: int
    """Tasks done since it started."""


class _AgentStatusData(TypedDict):
    agentId: str
    """The agent it is about."""

    status: AgentStatusStatus | str
    """What it is doing."""


class AgentStatusData(_AgentStatusData, total=False):
    """An agent is in a new state."""

    agentType: str
    """What kind of agent it is, such as coder."""

    name: str
    """How people call it."""

    previousStatus: str
    """What it was doing before."""

    sessionId: str
    """The session it belongs to."""

    currentTask: AgentStatusCurrentTask | None
    """What it works on; null for nothing."""

    metrics: AgentStatusMetrics
    """Its own figures; others may stand beside these."""

    message: str
    """What happened, in words."""

    reason: str
    """Why it is in this state."""

    producer: str
    """With lost, from the gateway: who held the lease that was lost."""

    epoch: int
    """With lost, from the gateway: that lease's epoch."""

    host: str
    """The machine it runs on."""


class AgentStatusEvent(_Publication):
    """An agent is in a new state."""

    type: Literal["agent_status"]
    data: AgentStatusData


AgentTaskUpdateStatus: TypeAlias = Literal[
    "queued",
    "running",
    "waiting_approval",
    "waiting_input",
    "waiting_auth",
    "paused",
    "stuck",
    "lost",
    "done",
    "failed",
    "cancelled",
    "rejected",
]


class _AgentTaskUpdateData(TypedDict):
    agentId: str
    """The agent it is about."""

    taskId: str
    """The task it is about."""


class AgentTaskUpdateData(_AgentTaskUpdateData, total=False):
    """An agent got further with a task."""

    type: str
    """What kind of task it is."""

    title: str
    """What the task is, in words."""

    status: AgentTaskUpdateStatus | str
    """What the task is at."""

    progress: float
    """How much is done, 0 to 100."""

    step: str
    """The part of the task that is being done."""

    message: str
    """What happened, in words."""

    result: Any
    """What came of it."""


class AgentTaskUpdateEvent(_Publication):
    """An agent got further with a task."""

    type: Literal["agent_task_update"]
    data: AgentTaskUpdateData


AgentLogLevel: TypeAlias = Literal["trace", "debug", "info", "warn", "error", "fatal"]


class _AgentLogData(TypedDict):
    agentId: str
    """The agent it is about."""

    message: str
    """The line."""


class AgentLogData(_AgentLogData, total=False):
    """An agent wrote a log line."""

    level: AgentLogLevel | str
    """How serious it is."""

    logger: str
    """The part of the agent that wrote it."""

    taskId: str
    """The task it is about."""

    fields: dict[str, Any]
    """Values beside the line."""


class AgentLogEvent(_Publication):
    """An agent wrote a log line."""

    type: Literal["agent_log"]
    data: AgentLogData


class _AgentMetricData(TypedDict):
    agentId: str
    """The agent it is about."""

    name: str
    """What was measured."""

    value: float
    """The figure."""


class AgentMetricData(_AgentMetricData, total=False):
    """An agent measured something."""

    unit: str
    """What the figure counts."""


class AgentMetricEvent(_Publication):
    """An agent measured something."""

    type: Literal["agent_metric"]
    data: AgentMetricData


class _AgentErrorData(TypedDict):
    agentId: str
    """The agent it is about."""

    error: str
    """What went wrong, in words."""


class AgentErrorData(_AgentErrorData, total=False):
    """Something went wrong inside an agent."""

    code: str
    """A stable name of the error."""

    taskId: str
    """The task it is about."""

    recoverable: bool
    """The agent goes on by itself."""

    stack: str
    """Where in the program it happened."""


class AgentErrorEvent(_Publication):
    """Something went wrong inside an agent."""

    type: Literal["agent_error"]
    data: AgentErrorData


class _AgentUsageData(TypedDict):
    agentId: str
    """The agent it is about."""


class AgentUsageData(_AgentUsageData, total=False):
    """An agent used tokens, money or time. Figures are increments: add them up."""

    sessionId: str
    """The session it belongs to."""

    taskId: str
    """The task it is about."""

    provider: str
    """Who runs the model."""

    model: str
    """The model."""

    inputTokens: int
    """Tokens read, cached ones included."""

    cachedInputTokens: int
    """Of those, the tokens read from a cache."""

    outputTokens: int
    """Tokens written, reasoning included."""

    reasoningTokens: int
    """Of those, the tokens spent on reasoning."""

    costUsd: float
    """Cost in US dollars."""

    seconds: float
    """Working time in seconds."""


class AgentUsageEvent(_Publication):
    """An agent used tokens, money or time. Figures are increments: add them up."""

    type: Literal["agent_usage"]
    data: AgentUsageData


class _AgentCommandsCommands(TypedDict):
    name: str
    """Its name, such as pause."""


class AgentCommandsCommands(_AgentCommandsCommands, total=False):
    title: str
    """What people see."""

    description: str
    """What it does."""

    args: Any
    """JSON Schema of its arguments."""

    confirm: bool
    """People are asked before it is given."""


class AgentCommandsData(TypedDict):
    """An agent says which commands it understands; others are refused from then on."""

    agentId: str
    """The agent it is about."""

    commands: list[AgentCommandsCommands]
    """The commands; an empty list for none."""


class AgentCommandsEvent(_Publication):
    """An agent says which commands it understands; others are refused from then on."""

    type: Literal["agent_commands"]
    data: AgentCommandsData


TaskAssignedStatus: TypeAlias = Literal[
    "queued",
    "running",
    "waiting_approval",
    "waiting_input",
    "waiting_auth",
    "paused",
    "stuck",
    "lost",
    "done",
    "failed",
    "cancelled",
    "rejected",
]


class _TaskAssignedData(TypedDict):
    taskId: str
    """The task it is about."""


class TaskAssignedData(_TaskAssignedData, total=False):
    """Somebody is to do a task."""

    agentId: str
    """The agent it is about."""

    sessionId: str
    """The session it belongs to."""

    status: TaskAssignedStatus | str
    """What the task is at."""

    type: str
    """What kind of task it is."""

    title: str
    """What the task is, in words."""

    description: str
    """The task in full."""

    priority: int
    """Higher comes first."""

    assignedBy: str
    """Who gave it."""

    timestamp: int | str
    """When the source says it happened; the envelope has the time that counts."""


class TaskAssignedEvent(_Publication):
    """Somebody is to do a task."""

    type: Literal["task_assigned"]
    data: TaskAssignedData


TaskCompletedStatus: TypeAlias = Literal["done", "failed", "cancelled", "rejected"]


class _TaskCompletedData(TypedDict):
    taskId: str
    """The task it is about."""


class TaskCompletedData(_TaskCompletedData, total=False):
    """A task came to its end, well or not."""

    agentId: str
    """The agent it is about."""

    sessionId: str
    """The session it belongs to."""

    status: TaskCompletedStatus | str
    """How it ended; done if absent."""

    result: Any
    """What came of it."""

    error: str
    """What went wrong, in words."""

    durationMs: float
    """How long it took, in milliseconds."""

    timestamp: int | str
    """When the source says it happened; the envelope has the time that counts."""


class TaskCompletedEvent(_Publication):
    """A task came to its end, well or not."""

    type: Literal["task_completed"]
    data: TaskCompletedData


TddPhaseChangePreviousPhase: TypeAlias = Literal["red", "green", "refactor"]
TddPhaseChangeCurrentPhase: TypeAlias = Literal["red", "green", "refactor"]


class _TddPhaseChangeTestResults(TypedDict):
    total: int
    """Tests that ran."""

    passing: int
    """Tests that passed."""

    failing: int
    """Tests that failed."""


class TddPhaseChangeTestResults(_TddPhaseChangeTestResults, total=False):
    """The tests at that moment."""

    skipped: int
    """Tests that were skipped."""


class TddPhaseChangeCoverage(TypedDict, total=False):
    """How much of the code the tests reach."""

    lines: float
    """Percent of lines."""

    branches: float
    """Percent of branches."""

    functions: float
    """Percent of functions."""

    statements: float
    """Percent of statements."""


class _TddPhaseChangeData(TypedDict):
    currentPhase: TddPhaseChangeCurrentPhase | str
    """The phase that began."""


class TddPhaseChangeData(_TddPhaseChangeData, total=False):
    """Test-driven work went from one phase to the next."""

    agentId: str
    """The agent it is about."""

    sessionId: str
    """The session it belongs to."""

    processId: str
    """The process that runs the tests."""

    taskId: str
    """The task it is about."""

    previousPhase: TddPhaseChangePreviousPhase | str | None
    """The phase that ended."""

    testResults: TddPhaseChangeTestResults
    """The tests at that moment."""

    coverage: TddPhaseChangeCoverage
    """How much of the code the tests reach."""


class TddPhaseChangeEvent(_Publication):
    """Test-driven work went from one phase to the next."""

    type: Literal["tdd_phase_change"]
    data: TddPhaseChangeData


TestResultTestOutcome: TypeAlias = Literal["passed", "failed", "skipped"]


class _TestResultTest(TypedDict):
    name: str
    """The test."""

    outcome: TestResultTestOutcome | str
    """How it ended."""


class TestResultTest(_TestResultTest, total=False):
    """The test that has just ended, where each is reported."""

    file: str
    """The file it is in."""

    durationMs: float
    """How long it took, in milliseconds."""


class _TestResultFailures(TypedDict):
    name: str
    """The test."""


class TestResultFailures(_TestResultFailures, total=False):
    message: str
    """What it said."""

    file: str
    """The file it is in."""

    line: int
    """The line it is at."""


class _TestResultData(TypedDict):
    total: int
    """Tests that ran."""

    passing: int
    """Tests that passed."""

    failing: int
    """Tests that failed."""


class TestResultData(_TestResultData, total=False):
    """Tests ran. Counts are totals of the run so far; the last event of a run has them all."""

    agentId: str
    """The agent it is about."""

    sessionId: str
    """The session it belongs to."""

    processId: str
    """The process that runs the tests."""

    taskId: str
    """The task it is about."""

    runId: str
    """Tells runs apart."""

    suite: str
    """What was tested."""

    skipped: int
    """Tests that were skipped."""

    durationMs: float
    """How long it took, in milliseconds."""

    test: TestResultTest
    """The test that has just ended, where each is reported."""

    failures: list[TestResultFailures]
    """The tests that failed."""


class TestResultEvent(_Publication):
    """Tests ran. Counts are totals of the run so far; the last event of a run has them all."""

    type: Literal["test_result"]
    data: TestResultData


class CoverageUpdateCoverage(TypedDict, total=False):
    """How much of the code the tests reach."""

    lines: float
    """Percent of lines."""

    branches: float
    """Percent of branches."""

    functions: float
    """Percent of functions."""

    statements: float
    """Percent of statements."""


class _CoverageUpdateData(TypedDict):
    coverage: CoverageUpdateCoverage
    """How much of the code the tests reach."""


class CoverageUpdateData(_CoverageUpdateData, total=False):
    """Coverage was measured."""

    agentId: str
    """The agent it is about."""

    sessionId: str
    """The session it belongs to."""

    processId: str
    """The process that runs the tests."""

    taskId: str
    """The task it is about."""

    suite: str
    """What was tested."""


class CoverageUpdateEvent(_Publication):
    """Coverage was measured."""

    type: Literal["coverage_update"]
    data: CoverageUpdateData


class SessionStartedData(TypedDict, total=False):
    """A session began."""

    sessionId: str
    """The session it belongs to."""

    session_id: str
    """The same as sessionId."""

    name: str
    """How people call it."""

    project: str
    """What is worked on."""

    objective: str
    """What is to be reached."""

    agents: list[str]
    """Who takes part."""

    startedBy: str
    """Who started it."""


class SessionStartedEvent(_Publication):
    """A session began."""

    type: Literal["session_started"]
    data: SessionStartedData


SessionUpdateStatus: TypeAlias = Literal[
    "started",
    "active",
    "paused",
    "testing",
    "waiting_approval",
    "waiting_input",
    "stopped",
]


class SessionUpdateData(TypedDict, total=False):
    """A session got further."""

    sessionId: str
    """The session it belongs to."""

    session_id: str
    """The same as sessionId."""

    status: SessionUpdateStatus | str
    """What the session is at."""

    progress_step: str | float
    """The step that is being done."""

    progress: float
    """How much is done, 0 to 100."""

    message: str
    """What happened, in words."""

    details: Any
    """More about it."""


class SessionUpdateEvent(_Publication):
    """A session got further."""

    type: Literal["session_update"]
    data: SessionUpdateData


SessionStatusChangedStatus: TypeAlias = Literal[
    "started",
    "active",
    "paused",
    "testing",
    "waiting_approval",
    "waiting_input",
    "stopped",
]


class _SessionStatusChangedData(TypedDict):
    status: SessionStatusChangedStatus | str
    """What the session is at."""


class SessionStatusChangedData(_SessionStatusChangedData, total=False):
    """A session is in a new state."""

    sessionId: str
    """The session it belongs to."""

    session_id: str
    """The same as sessionId."""

    previousStatus: str
    """What it was at before."""

    progress: float
    """How much is done, 0 to 100."""

    message: str
    """What happened, in words."""


class SessionStatusChangedEvent(_Publication):
    """A session is in a new state."""

    type: Literal["session_status_changed"]
    data: SessionStatusChangedData


SessionStoppedStatus: TypeAlias = Literal["done", "failed", "cancelled"]


class SessionStoppedData(TypedDict, total=False):
    """A session came to its end."""

    sessionId: str
    """The session it belongs to."""

    session_id: str
    """The same as sessionId."""

    status: SessionStoppedStatus | str
    """How it ended."""

    reason: str
    """Why it ended."""

    durationMs: float
    """How long it took, in milliseconds."""


class SessionStoppedEvent(_Publication):
    """A session came to its end."""

    type: Literal["session_stopped"]
    data: SessionStoppedData


class _SessionNoteData(TypedDict):
    noteId: str
    """The note; the same id makes its next version."""

    text: str | None
    """What it says; null removes it."""


class SessionNoteData(_SessionNoteData, total=False):
    """Somebody wrote a note, changed it or removed it."""

    sessionId: str
    """The session it belongs to."""

    session_id: str
    """The same as sessionId."""

    at: Any
    """What it is about, in the form of whoever shows it."""

    by: str
    """Who wrote it; stamped."""


class SessionNoteEvent(_Publication):
    """Somebody wrote a note, changed it or removed it."""

    type: Literal["session_note"]
    data: SessionNoteData


class _SessionSelectionData(TypedDict):
    selection: Any
    """What is selected, in the form of whoever shows it; null: nothing."""


class SessionSelectionData(_SessionSelectionData, total=False):
    """Somebody points at something."""

    sessionId: str
    """The session it belongs to."""

    session_id: str
    """The same as sessionId."""

    at: Any
    """Where that is."""

    by: str
    """Who selected it; stamped."""


class SessionSelectionEvent(_Publication):
    """Somebody points at something."""

    type: Literal["session_selection"]
    data: SessionSelectionData


class _MemoryUpdateData(TypedDict):
    key: str
    """The entry."""


class MemoryUpdateData(_MemoryUpdateData, total=False):
    """An entry of a session's memory was written or deleted."""

    sessionId: str
    """The session it belongs to."""

    session_id: str
    """The same as sessionId."""

    version: int
    """Counts the writes of this entry, from 1; a lower one than known is old news."""

    value: Any
    """What the entry says now."""

    deleted: bool
    """The entry is gone."""

    author: str
    """Who wrote it."""

    scope: str
    """The part of the memory it is in."""


class MemoryUpdateEvent(_Publication):
    """An entry of a session's memory was written or deleted."""

    type: Literal["memory_update"]
    data: MemoryUpdateData


class _ProcessStartedData(TypedDict):
    processId: str
    """The process it is about."""

    command: str
    """The program."""

    args: list[str]
    """Its arguments."""


class ProcessStartedData(_ProcessStartedData, total=False):
    """A process runs."""

    name: str
    """How people call it."""

    cwd: str
    """The directory it runs in."""

    pid: int
    """Its number on its machine."""

    host: str
    """The machine it runs on."""

    startedAt: int | str
    """When it started."""

    pty: bool
    """It runs in a pseudo-terminal: one stream, pty."""

    columns: int
    """Width of that terminal."""

    rows: int
    """Height of that terminal."""

    agentId: str
    """The agent it is about."""

    sessionId: str
    """The session it belongs to."""

    timestamp: int | str
    """When the source says it happened; the envelope has the time that counts."""


class ProcessStartedEvent(_Publication):
    """A process runs."""

    type: Literal["process_started"]
    data: ProcessStartedData


class _ProcessStoppedData(TypedDict):
    processId: str
    """The process it is about."""

    exitCode: int | None
    """Its exit code; null after a signal."""

    signal: str | None
    """The signal that ended it, such as SIGKILL; or null."""


class ProcessStoppedData(_ProcessStoppedData, total=False):
    """A process ended: with a code, or by a signal."""

    durationMs: float
    """How long it took, in milliseconds."""

    lines: int
    """How many lines it wrote, over all streams."""

    reason: str
    """Why it ended, where more is known than code and signal."""

    cancelledBy: str
    """`KIND:ID` of who told it to end. Then its end is no failure, whatever its code."""

    timestamp: int | str
    """When the source says it happened; the envelope has the time that counts."""


class ProcessStoppedEvent(_Publication):
    """A process ended: with a code, or by a signal."""

    type: Literal["process_stopped"]
    data: ProcessStoppedData


class _ProcessPausedData(TypedDict):
    processId: str
    """The process it is about."""


class ProcessPausedData(_ProcessPausedData, total=False):
    """A process and its descendants were stopped; they stand still until they are resumed."""

    by: str
    """Who asked for it, or why."""

    timestamp: int | str
    """When the source says it happened; the envelope has the time that counts."""


class ProcessPausedEvent(_Publication):
    """A process and its descendants were stopped; they stand still until they are resumed."""

    type: Literal["process_paused"]
    data: ProcessPausedData


class _ProcessResumedData(TypedDict):
    processId: str
    """The process it is about."""


class ProcessResumedData(_ProcessResumedData, total=False):
    """A process that was paused runs again."""

    by: str
    """Who asked for it, or why."""

    timestamp: int | str
    """When the source says it happened; the envelope has the time that counts."""


class ProcessResumedEvent(_Publication):
    """A process that was paused runs again."""

    type: Literal["process_resumed"]
    data: ProcessResumedData


ProcessOutputStream: TypeAlias = Literal["stdout", "stderr", "pty"]


class _ProcessOutputData(TypedDict):
    processId: str
    """The process it is about."""

    output: str
    """The line without its newline; ANSI sequences are kept."""


class ProcessOutputData(_ProcessOutputData, total=False):
    """A process wrote a line."""

    stream: ProcessOutputStream
    """Where it was written; stdout if absent."""

    line: int
    """Number of the line within the process, over all streams, from 1."""

    partial: Literal[True]
    """The line goes on in the next event: it was too long, or had to be sent."""

    timestamp: int | str
    """When the source says it happened; the envelope has the time that counts."""


class ProcessOutputEvent(_Publication):
    """A process wrote a line."""

    type: Literal["process_output"]
    data: ProcessOutputData


class _ProcessErrorData(TypedDict):
    processId: str
    """The process it is about."""

    error: str
    """What went wrong, in words."""


class ProcessErrorData(_ProcessErrorData, total=False):
    """A process could not be started or watched."""

    code: str
    """A stable name of the error, such as ENOENT."""

    timestamp: int | str
    """When the source says it happened; the envelope has the time that counts."""


class ProcessErrorEvent(_Publication):
    """A process could not be started or watched."""

    type: Literal["process_error"]
    data: ProcessErrorData


class _ProcessMetricData(TypedDict):
    processId: str
    """The process it is about."""

    cpuPercent: float
    """Percent of one core since the sample before."""

    memoryBytes: float
    """Resident memory."""


class ProcessMetricData(_ProcessMetricData, total=False):
    """What a process and its children take from the machine."""

    processes: int
    """How many processes were counted."""

    timestamp: int | str
    """When the source says it happened; the envelope has the time that counts."""


class ProcessMetricEvent(_Publication):
    """What a process and its children take from the machine."""

    type: Literal["process_metric"]
    data: ProcessMetricData


class _WorkflowStartedSteps(TypedDict):
    id: str
    """The step."""


class WorkflowStartedSteps(_WorkflowStartedSteps, total=False):
    name: str
    """How people call it."""


class _WorkflowStartedData(TypedDict):
    workflowId: str
    """The workflow it is about."""


class WorkflowStartedData(_WorkflowStartedData, total=False):
    """A workflow began."""

    name: str
    """What the workflow is called."""

    sessionId: str
    """The session it belongs to."""

    totalSteps: int
    """How many steps it has."""

    steps: list[WorkflowStartedSteps]
    """Its steps."""

    startedBy: str
    """Who started it."""

    estimatedCompletion: int | str
    """When it may be done."""


class WorkflowStartedEvent(_Publication):
    """A workflow began."""

    type: Literal["workflow_started"]
    data: WorkflowStartedData


WorkflowStepCompleteStatus: TypeAlias = Literal[
    "queued",
    "running",
    "waiting_approval",
    "waiting_input",
    "waiting_auth",
    "paused",
    "stuck",
    "lost",
    "done",
    "failed",
    "cancelled",
    "rejected",
]


class _WorkflowStepCompleteArtifacts(TypedDict):
    name: str
    """What it is called."""


class WorkflowStepCompleteArtifacts(_WorkflowStepCompleteArtifacts, total=False):
    url: str
    """Where to read more."""

    mediaType: str
    """What kind of file it is."""

    bytes: int
    """Its size."""


class _WorkflowStepCompleteData(TypedDict):
    workflowId: str
    """The workflow it is about."""

    stepId: str
    """The step that ended."""


class WorkflowStepCompleteData(_WorkflowStepCompleteData, total=False):
    """A workflow has a step behind it."""

    name: str
    """How people call the step."""

    status: WorkflowStepCompleteStatus | str
    """How the step ended; done if absent."""

    index: int
    """Which step it was, from 1."""

    totalSteps: int
    """How many steps there are."""

    progress: float
    """How much is done, 0 to 100."""

    durationMs: float
    """How long it took, in milliseconds."""

    outputs: Any
    """What the step gives to later ones."""

    artifacts: list[WorkflowStepCompleteArtifacts]
    """What was made."""

    estimatedCompletion: int | str
    """When it may be done."""


class WorkflowStepCompleteEvent(_Publication):
    """A workflow has a step behind it."""

    type: Literal["workflow_step_complete"]
    data: WorkflowStepCompleteData


class _WorkflowCompleteArtifacts(TypedDict):
    name: str
    """What it is called."""


class WorkflowCompleteArtifacts(_WorkflowCompleteArtifacts, total=False):
    url: str
    """Where to read more."""

    mediaType: str
    """What kind of file it is."""

    bytes: int
    """Its size."""


class _WorkflowCompleteData(TypedDict):
    workflowId: str
    """The workflow it is about."""


class WorkflowCompleteData(_WorkflowCompleteData, total=False):
    """A workflow came to a good end."""

    result: Any
    """What came of it."""

    durationMs: float
    """How long it took, in milliseconds."""

    artifacts: list[WorkflowCompleteArtifacts]
    """What was made."""

    metrics: dict[str, float]
    """Figures of the run."""


class WorkflowCompleteEvent(_Publication):
    """A workflow came to a good end."""

    type: Literal["workflow_complete"]
    data: WorkflowCompleteData


class _WorkflowFailedData(TypedDict):
    workflowId: str
    """The workflow it is about."""

    error: str
    """What went wrong, in words."""


class WorkflowFailedData(_WorkflowFailedData, total=False):
    """A workflow stopped before its end."""

    stepId: str
    """The step it failed in."""

    recoverable: bool
    """It can be started again from that step."""

    durationMs: float
    """How long it took, in milliseconds."""

    metrics: dict[str, float]
    """Figures of the run."""


class WorkflowFailedEvent(_Publication):
    """A workflow stopped before its end."""

    type: Literal["workflow_failed"]
    data: WorkflowFailedData


ExecutionUpdateStatus: TypeAlias = Literal[
    "queued",
    "running",
    "waiting_approval",
    "waiting_input",
    "waiting_auth",
    "paused",
    "stuck",
    "lost",
    "done",
    "failed",
    "cancelled",
    "rejected",
]


class _ExecutionUpdateData(TypedDict):
    executionId: str
    """The execution it is about."""

    status: ExecutionUpdateStatus | str
    """What the execution is at."""


class ExecutionUpdateData(_ExecutionUpdateData, total=False):
    """An execution got further or is in a new state."""

    currentStep: str
    """The step that is being done."""

    progress: float
    """How much is done, 0 to 100."""

    error: str
    """What went wrong, in words."""

    timestamp: int | str
    """When the source says it happened; the envelope has the time that counts."""


class ExecutionUpdateEvent(_Publication):
    """An execution got further or is in a new state."""

    type: Literal["execution_update"]
    data: ExecutionUpdateData


StepUpdateStatus: TypeAlias = Literal[
    "queued",
    "running",
    "waiting_approval",
    "waiting_input",
    "waiting_auth",
    "paused",
    "stuck",
    "lost",
    "done",
    "failed",
    "cancelled",
    "rejected",
]


class _StepUpdateData(TypedDict):
    executionId: str
    """The execution it is about."""

    stepId: str
    """The step it is about."""

    status: StepUpdateStatus | str
    """What the step is at."""


class StepUpdateData(_StepUpdateData, total=False):
    """A step of an execution is in a new state."""

    name: str
    """How people call the step."""

    index: int
    """Which step it is, from 1."""

    result: Any
    """What came of it."""

    error: str
    """What went wrong, in words."""

    durationMs: float
    """How long it took, in milliseconds."""

    timestamp: int | str
    """When the source says it happened; the envelope has the time that counts."""


class StepUpdateEvent(_Publication):
    """A step of an execution is in a new state."""

    type: Literal["step_update"]
    data: StepUpdateData


CheckpointRequiredDefault: TypeAlias = Literal["approve", "deny"]


class _CheckpointRequiredData(TypedDict):
    checkpointData: Any
    """What is to be decided, as it is shown to people; at most 64 KiB."""


class CheckpointRequiredData(_CheckpointRequiredData, total=False):
    """An execution asks people to decide."""

    executionId: str
    """The execution that waits."""

    checkpointId: str
    """The checkpoint it is about."""

    stepId: str
    """The step that waits."""

    agentId: str
    """The agent it is about."""

    title: str
    """The question in a few words."""

    risk: str
    """What may go wrong, in a word or a sentence."""

    deadline: int | str
    """When the default applies; 24 hours from now if absent, at most 30 days."""

    default: CheckpointRequiredDefault
    """What applies at the deadline; deny if absent."""

    roles: list[str]
    """Who may decide; whoever may approve if absent."""

    approvals: int
    """How many people must approve; 1 if absent."""

    notRequester: bool
    """Whoever asked may not decide."""

    answerSchema: Any
    """JSON Schema of an edited answer; without one there is none."""

    payloadHash: str
    """SHA-256 of checkpointData; stamped."""

    requestedBy: str
    """Who asked; stamped."""

    timestamp: int | str
    """When the source says it happened; the envelope has the time that counts."""


class CheckpointRequiredEvent(_Publication):
    """An execution asks people to decide."""

    type: Literal["checkpoint_required"]
    data: CheckpointRequiredData


CheckpointDecidedDecision: TypeAlias = Literal["approve", "deny"]


class _CheckpointDecidedData(TypedDict):
    checkpointId: str
    """The checkpoint it is about."""

    decision: CheckpointDecidedDecision
    """What was decided."""


class CheckpointDecidedData(_CheckpointDecidedData, total=False):
    """Somebody decided a checkpoint. The first decision stands."""

    executionId: str
    """The execution that waits."""

    decidedBy: str
    """Who decided; stamped."""

    decidedAt: int | str
    """When; stamped, in milliseconds."""

    approvals: int
    """How many people approved; stamped."""

    answer: Any
    """The edited answer."""

    reason: str
    """Why."""

    payloadHash: str
    """Hash of the payload that was shown."""


class CheckpointDecidedEvent(_Publication):
    """Somebody decided a checkpoint. The first decision stands."""

    type: Literal["checkpoint_decided"]
    data: CheckpointDecidedData


class _CheckpointApprovedData(TypedDict):
    checkpointId: str
    """The checkpoint it is about."""

    approvedBy: str
    """Who approved."""

    approvals: int
    """How many people have approved by now."""

    needed: int
    """How many must."""


class CheckpointApprovedData(_CheckpointApprovedData, total=False):
    """One of several people who must approve a checkpoint did so. The gateway makes it of their decision."""

    executionId: str
    """The execution that waits."""

    answer: Any
    """The edited answer that was approved."""

    reason: str
    """Why."""

    payloadHash: str
    """Hash of the payload that was shown."""


class CheckpointApprovedEvent(_Publication):
    """One of several people who must approve a checkpoint did so. The gateway makes it of their decision."""

    type: Literal["checkpoint_approved"]
    data: CheckpointApprovedData


class _CheckpointWithdrawnData(TypedDict):
    checkpointId: str
    """The checkpoint it is about."""


class CheckpointWithdrawnData(_CheckpointWithdrawnData, total=False):
    """A checkpoint needs no decision any more."""

    executionId: str
    """The execution that waits."""

    withdrawnBy: str
    """Who withdrew it; stamped."""

    reason: str
    """Why."""


class CheckpointWithdrawnEvent(_Publication):
    """A checkpoint needs no decision any more."""

    type: Literal["checkpoint_withdrawn"]
    data: CheckpointWithdrawnData


CheckpointAppliedDecision: TypeAlias = Literal["approve", "deny"]


class _CheckpointAppliedData(TypedDict):
    checkpointId: str
    """The checkpoint it is about."""

    decision: CheckpointAppliedDecision
    """The decision that was acted on."""


class CheckpointAppliedData(_CheckpointAppliedData, total=False):
    """The execution acted on a decision."""

    executionId: str
    """The execution that waits."""

    agentId: str
    """The agent it is about."""

    outcome: Any
    """What came of it."""

    payloadHash: str
    """Hash of the payload that was shown."""


class CheckpointAppliedEvent(_Publication):
    """The execution acted on a decision."""

    type: Literal["checkpoint_applied"]
    data: CheckpointAppliedData


CheckpointExpiredDefault: TypeAlias = Literal["approve", "deny"]


class _CheckpointExpiredData(TypedDict):
    checkpointId: str
    """The checkpoint it is about."""


class CheckpointExpiredData(_CheckpointExpiredData, total=False):
    """Nobody decided in time: the default applies."""

    executionId: str
    """The execution that waits."""

    default: CheckpointExpiredDefault
    """What applies now; stamped."""


class CheckpointExpiredEvent(_Publication):
    """Nobody decided in time: the default applies."""

    type: Literal["checkpoint_expired"]
    data: CheckpointExpiredData


class _BrowserUpdateData(TypedDict):
    sessionId: str
    """The browser session it is about."""


class BrowserUpdateData(_BrowserUpdateData, total=False):
    """A watched browser shows something new."""

    screenshot: str
    """The picture, in base64."""

    mediaType: str
    """What kind of picture it is; image/jpeg if absent."""

    url: str
    """The page's address."""

    title: str
    """The page's title."""

    width: int
    """Width of the picture in pixels."""

    height: int
    """Height of the picture in pixels."""

    keyframe: bool
    """It is kept for replay."""

    timestamp: int | str
    """When the source says it happened; the envelope has the time that counts."""


class BrowserUpdateEvent(_Publication):
    """A watched browser shows something new."""

    type: Literal["browser_update"]
    data: BrowserUpdateData


class _CommandQueuedData(TypedDict):
    target: str
    """The channel of whoever is to do it, such as agent:coder-001."""

    name: str
    """What is to be done, such as pause."""


class CommandQueuedData(_CommandQueuedData, total=False):
    """Somebody gave a command; it is kept until its target takes it."""

    commandId: str
    """Its id; made from the event's id if absent."""

    args: Any
    """How, in the form that the target declared; at most 64 KiB."""

    ttlMs: float
    """How long it may wait, in milliseconds; 10 minutes if absent, at most 7 days."""

    group: str
    """Commands that were given together."""

    issuedBy: str
    """Who gave it; stamped."""

    issuedAt: int | str
    """When; stamped, in milliseconds."""

    expiresAt: int | str
    """When it will not be begun any more; stamped, in milliseconds."""


class CommandQueuedEvent(_Publication):
    """Somebody gave a command; it is kept until its target takes it."""

    type: Literal["command_queued"]
    data: CommandQueuedData


class _CommandDeliveredData(TypedDict):
    commandId: str
    """The command it is about."""


class CommandDeliveredData(_CommandDeliveredData, total=False):
    """The target has a command."""

    target: str
    """The channel of whoever is to do it, such as agent:coder-001."""

    attempt: int
    """Which delivery it is, from 1; stamped."""


class CommandDeliveredEvent(_Publication):
    """The target has a command."""

    type: Literal["command_delivered"]
    data: CommandDeliveredData


class _CommandStartedData(TypedDict):
    commandId: str
    """The command it is about."""


class CommandStartedData(_CommandStartedData, total=False):
    """The target began to carry out a command."""

    target: str
    """The channel of whoever is to do it, such as agent:coder-001."""


class CommandStartedEvent(_Publication):
    """The target began to carry out a command."""

    type: Literal["command_started"]
    data: CommandStartedData


class _CommandProgressData(TypedDict):
    commandId: str
    """The command it is about."""


class CommandProgressData(_CommandProgressData, total=False):
    """The target got further with a command."""

    target: str
    """The channel of whoever is to do it, such as agent:coder-001."""

    progress: float
    """How much is done, 0 to 100."""

    message: str
    """What happened, in words."""


class CommandProgressEvent(_Publication):
    """The target got further with a command."""

    type: Literal["command_progress"]
    data: CommandProgressData


class _CommandDoneData(TypedDict):
    commandId: str
    """The command it is about."""


class CommandDoneData(_CommandDoneData, total=False):
    """The target carried out a command."""

    target: str
    """The channel of whoever is to do it, such as agent:coder-001."""

    result: Any
    """What came of it; at most 64 KiB."""

    durationMs: float
    """How long it took, in milliseconds."""


class CommandDoneEvent(_Publication):
    """The target carried out a command."""

    type: Literal["command_done"]
    data: CommandDoneData


class _CommandFailedData(TypedDict):
    commandId: str
    """The command it is about."""

    error: str
    """What went wrong, in words."""


class CommandFailedData(_CommandFailedData, total=False):
    """The target could not carry out a command."""

    target: str
    """The channel of whoever is to do it, such as agent:coder-001."""

    code: str
    """A stable name of the error."""


class CommandFailedEvent(_Publication):
    """The target could not carry out a command."""

    type: Literal["command_failed"]
    data: CommandFailedData


class _CommandExpiredData(TypedDict):
    commandId: str
    """The command it is about."""


class CommandExpiredData(_CommandExpiredData, total=False):
    """A command waited too long and will not be carried out."""

    target: str
    """The channel of whoever is to do it, such as agent:coder-001."""


class CommandExpiredEvent(_Publication):
    """A command waited too long and will not be carried out."""

    type: Literal["command_expired"]
    data: CommandExpiredData


class _CommandCancelledData(TypedDict):
    commandId: str
    """The command it is about."""


class CommandCancelledData(_CommandCancelledData, total=False):
    """Somebody took a command back."""

    target: str
    """The channel of whoever is to do it, such as agent:coder-001."""

    cancelledBy: str
    """Who took it back; stamped."""

    reason: str
    """Why."""


class CommandCancelledEvent(_Publication):
    """Somebody took a command back."""

    type: Literal["command_cancelled"]
    data: CommandCancelledData


LeaseHeldPreviousState: TypeAlias = Literal["held", "released", "lost"]


class LeaseHeldPrevious(TypedDict):
    """The lease before it."""

    producer: str
    """The producer that holds it."""

    epoch: int
    """The producer's epoch; older ones are fenced."""

    state: LeaseHeldPreviousState | str
    """How that lease was when this one began."""


class _LeaseHeldData(TypedDict):
    channel: str
    """The channel that the lease is of."""

    producer: str
    """The producer that holds it."""

    epoch: int
    """The producer's epoch; older ones are fenced."""

    ttlMs: int
    """So long it lasts without a renewal, in milliseconds."""


class LeaseHeldData(_LeaseHeldData, total=False):
    """A producer is at work on a channel. Published by the gateway."""

    progressMs: int
    """A running agent that publishes nothing for so long is stuck."""

    by: str
    """Who took it."""

    previous: LeaseHeldPrevious
    """The lease before it."""


class LeaseHeldEvent(_Publication):
    """A producer is at work on a channel. Published by the gateway."""

    type: Literal["lease_held"]
    data: LeaseHeldData


class LeaseReleasedData(TypedDict):
    """A producer ended its work on a channel. Published by the gateway."""

    channel: str
    """The channel that the lease is of."""

    producer: str
    """The producer that holds it."""

    epoch: int
    """The producer's epoch; older ones are fenced."""


class LeaseReleasedEvent(_Publication):
    """A producer ended its work on a channel. Published by the gateway."""

    type: Literal["lease_released"]
    data: LeaseReleasedData


class _LeaseLostData(TypedDict):
    channel: str
    """The channel that the lease is of."""

    producer: str
    """The producer that holds it."""

    epoch: int
    """The producer's epoch; older ones are fenced."""


class LeaseLostData(_LeaseLostData, total=False):
    """A lease was not renewed in time. Published by the gateway; an agent gets the status lost instead."""

    reason: str
    """What was waited for."""


class LeaseLostEvent(_Publication):
    """A lease was not renewed in time. Published by the gateway; an agent gets the status lost instead."""

    type: Literal["lease_lost"]
    data: LeaseLostData


DriverChangedHow: TypeAlias = Literal["took", "gave", "released", "left"]


class _DriverChangedData(TypedDict):
    channel: str
    """The channel that is driven, such as agent:coder-001."""


class DriverChangedData(_DriverChangedData, total=False):
    """Somebody else drives, or nobody."""

    driver: str | None
    """Who drives from now on; absent: who publishes this; null: nobody."""

    take: bool
    """Even if somebody else drives."""

    previous: str
    """Who drove before; stamped."""

    how: DriverChangedHow | str
    """How it came about; stamped."""

    by: str
    """Who did it; stamped."""


class DriverChangedEvent(_Publication):
    """Somebody else drives, or nobody."""

    type: Literal["driver_changed"]
    data: DriverChangedData


class BudgetSetLimits(TypedDict, total=False):
    """What may be used; each that is named counts for itself."""

    costUsd: float
    """Cost in US dollars."""

    tokens: float
    """Tokens, read and written."""

    seconds: float
    """Working time in seconds."""


class BudgetSetUsed(TypedDict):
    """What was used since the count began; stamped."""

    costUsd: float
    """Cost in US dollars."""

    tokens: float
    """Tokens, read and written."""

    seconds: float
    """Working time in seconds."""


class _BudgetSetData(TypedDict):
    scope: str
    """What it is a budget of: agent:ID, session:ID, or global for the whole fleet."""

    limits: BudgetSetLimits
    """What may be used; each that is named counts for itself."""


class BudgetSetData(_BudgetSetData, total=False):
    """Somebody said what an agent, a session or the fleet may use from now on."""

    warnAt: float | None
    """A share of a limit at which people are warned; 0.8 if absent, null for never."""

    pauseAt: float | None
    """At which agents are told to pause; 1 if absent, null for never."""

    cancelAt: float | None
    """At which agents are told to cancel; 1.2 if absent, null for never."""

    reset: bool
    """Begin a new count."""

    setBy: str
    """Who set it; stamped."""

    round: int
    """Which setting of the budget it is, from 1; stamped."""

    used: BudgetSetUsed
    """What was used since the count began; stamped."""


class BudgetSetEvent(_Publication):
    """Somebody said what an agent, a session or the fleet may use from now on."""

    type: Literal["budget_set"]
    data: BudgetSetData


class BudgetWarnedUsed(TypedDict):
    """What was used since the count began; stamped."""

    costUsd: float
    """Cost in US dollars."""

    tokens: float
    """Tokens, read and written."""

    seconds: float
    """Working time in seconds."""


class BudgetWarnedLimits(TypedDict, total=False):
    """What may be used; each that is named counts for itself."""

    costUsd: float
    """Cost in US dollars."""

    tokens: float
    """Tokens, read and written."""

    seconds: float
    """Working time in seconds."""


class BudgetWarnedData(TypedDict):
    """A budget is nearly used up. Published by the gateway."""

    scope: str
    """What it is a budget of: agent:ID, session:ID, or global for the whole fleet."""

    used: BudgetWarnedUsed
    """What was used since the count began; stamped."""

    limits: BudgetWarnedLimits
    """What may be used; each that is named counts for itself."""

    share: float
    """The share of a limit that was reached."""

    round: int
    """Which setting of the budget it is about."""


class BudgetWarnedEvent(_Publication):
    """A budget is nearly used up. Published by the gateway."""

    type: Literal["budget_warned"]
    data: BudgetWarnedData


class BudgetPausedUsed(TypedDict):
    """What was used since the count began; stamped."""

    costUsd: float
    """Cost in US dollars."""

    tokens: float
    """Tokens, read and written."""

    seconds: float
    """Working time in seconds."""


class BudgetPausedLimits(TypedDict, total=False):
    """What may be used; each that is named counts for itself."""

    costUsd: float
    """Cost in US dollars."""

    tokens: float
    """Tokens, read and written."""

    seconds: float
    """Working time in seconds."""


class _BudgetPausedData(TypedDict):
    scope: str
    """What it is a budget of: agent:ID, session:ID, or global for the whole fleet."""

    used: BudgetPausedUsed
    """What was used since the count began; stamped."""

    limits: BudgetPausedLimits
    """What may be used; each that is named counts for itself."""

    share: float
    """The share of a limit that was reached."""

    round: int
    """Which setting of the budget it is about."""

    commands: list[str]
    """The commands, at most 256 of them; all are found by the group."""


class BudgetPausedData(_BudgetPausedData, total=False):
    """A budget is used up, and its agents were told to pause. Published by the gateway."""

    at: int | str
    """When the gateway began to give the commands, in milliseconds."""

    group: str
    """The group of the commands that were given."""

    given: int
    """Agents that were given one."""

    refused: list[str]
    """Agents that do not understand the command; at most 256."""


class BudgetPausedEvent(_Publication):
    """A budget is used up, and its agents were told to pause. Published by the gateway."""

    type: Literal["budget_paused"]
    data: BudgetPausedData


class BudgetCancelledUsed(TypedDict):
    """What was used since the count began; stamped."""

    costUsd: float
    """Cost in US dollars."""

    tokens: float
    """Tokens, read and written."""

    seconds: float
    """Working time in seconds."""


class BudgetCancelledLimits(TypedDict, total=False):
    """What may be used; each that is named counts for itself."""

    costUsd: float
    """Cost in US dollars."""

    tokens: float
    """Tokens, read and written."""

    seconds: float
    """Working time in seconds."""


class _BudgetCancelledData(TypedDict):
    scope: str
    """What it is a budget of: agent:ID, session:ID, or global for the whole fleet."""

    used: BudgetCancelledUsed
    """What was used since the count began; stamped."""

    limits: BudgetCancelledLimits
    """What may be used; each that is named counts for itself."""

    share: float
    """The share of a limit that was reached."""

    round: int
    """Which setting of the budget it is about."""

    commands: list[str]
    """The commands, at most 256 of them; all are found by the group."""


class BudgetCancelledData(_BudgetCancelledData, total=False):
    """A budget is exceeded, and its agents were told to cancel. Published by the gateway."""

    at: int | str
    """When the gateway began to give the commands, in milliseconds."""

    group: str
    """The group of the commands that were given."""

    given: int
    """Agents that were given one."""

    refused: list[str]
    """Agents that do not understand the command; at most 256."""


class BudgetCancelledEvent(_Publication):
    """A budget is exceeded, and its agents were told to cancel. Published by the gateway."""

    type: Literal["budget_cancelled"]
    data: BudgetCancelledData


PresenceJoinedPrincipalKind: TypeAlias = Literal["user", "agent", "service"]


class PresenceJoinedPrincipal(TypedDict):
    """Whom the viewer's token speaks for."""

    kind: PresenceJoinedPrincipalKind
    """Who it is."""

    id: str
    """Its id."""


class _PresenceJoinedData(TypedDict):
    memberId: str
    """Tells the viewers apart; one person may be several."""


class PresenceJoinedData(_PresenceJoinedData, total=False):
    """A viewer came."""

    channel: str
    """The channel that is watched."""

    principal: PresenceJoinedPrincipal
    """Whom the viewer's token speaks for."""

    revision: str
    """Which state of the channel's members this makes."""

    name: str
    """How people call the viewer."""

    state: dict[str, Any]
    """What the viewer looks at and does: view, selection, cursor."""

    sinceMs: int
    """Since when it is here, in milliseconds since 1970."""


class PresenceJoinedEvent(_Publication):
    """A viewer came."""

    type: Literal["presence_joined"]
    data: PresenceJoinedData


PresenceLeftPrincipalKind: TypeAlias = Literal["user", "agent", "service"]


class PresenceLeftPrincipal(TypedDict):
    """Whom the viewer's token speaks for."""

    kind: PresenceLeftPrincipalKind
    """Who it is."""

    id: str
    """Its id."""


PresenceLeftReason: TypeAlias = Literal["left", "gone", "forbidden"]


class _PresenceLeftData(TypedDict):
    memberId: str
    """Tells the viewers apart; one person may be several."""


class PresenceLeftData(_PresenceLeftData, total=False):
    """A viewer went."""

    channel: str
    """The channel that is watched."""

    principal: PresenceLeftPrincipal
    """Whom the viewer's token speaks for."""

    revision: str
    """Which state of the channel's members this makes."""

    reason: PresenceLeftReason | str
    """Why."""


class PresenceLeftEvent(_Publication):
    """A viewer went."""

    type: Literal["presence_left"]
    data: PresenceLeftData


PresenceUpdatedPrincipalKind: TypeAlias = Literal["user", "agent", "service"]


class PresenceUpdatedPrincipal(TypedDict):
    """Whom the viewer's token speaks for."""

    kind: PresenceUpdatedPrincipalKind
    """Who it is."""

    id: str
    """Its id."""


class _PresenceUpdatedData(TypedDict):
    memberId: str
    """Tells the viewers apart; one person may be several."""


class PresenceUpdatedData(_PresenceUpdatedData, total=False):
    """A viewer looks at something else or does something else."""

    channel: str
    """The channel that is watched."""

    principal: PresenceUpdatedPrincipal
    """Whom the viewer's token speaks for."""

    revision: str
    """Which state of the channel's members this makes."""

    name: str
    """How people call the viewer."""

    state: dict[str, Any]
    """What the viewer looks at and does: view, selection, cursor."""

    sinceMs: int
    """Since when it is here, in milliseconds since 1970."""


class PresenceUpdatedEvent(_Publication):
    """A viewer looks at something else or does something else."""

    type: Literal["presence_updated"]
    data: PresenceUpdatedData


SystemNotificationLevel: TypeAlias = Literal["info", "success", "warning", "error"]


class _SystemNotificationData(TypedDict):
    message: str
    """What happened, in words."""


class SystemNotificationData(_SystemNotificationData, total=False):
    """People should know something."""

    level: SystemNotificationLevel | str
    """How serious it is."""

    title: str
    """The message in a few words."""

    userId: str
    """The one person it is for; everybody if absent."""

    url: str
    """Where to read more."""

    details: Any
    """More about it."""


class SystemNotificationEvent(_Publication):
    """People should know something."""

    type: Literal["system_notification"]
    data: SystemNotificationData


SystemAlertSeverity: TypeAlias = Literal["info", "warning", "critical"]


class _SystemAlertData(TypedDict):
    message: str
    """What happened, in words."""


class SystemAlertData(_SystemAlertData, total=False):
    """Something is wrong with the system and wants attention."""

    severity: SystemAlertSeverity | str
    """How serious it is; critical if absent."""

    title: str
    """The message in a few words."""

    alertId: str
    """Ties together what is said about one alert."""

    component: str
    """The part that has trouble."""

    resolved: bool
    """The trouble is over."""

    details: Any
    """More about it."""

    timestamp: int | str
    """When the source says it happened; the envelope has the time that counts."""


class SystemAlertEvent(_Publication):
    """Something is wrong with the system and wants attention."""

    type: Literal["system_alert"]
    data: SystemAlertData


DeploymentStatusStatus: TypeAlias = Literal["pending", "running", "succeeded", "failed", "rolled_back"]
DeploymentStatusComponentsStatus: TypeAlias = Literal["healthy", "degraded", "down"]


class _DeploymentStatusComponents(TypedDict):
    name: str
    """The part."""

    status: DeploymentStatusComponentsStatus | str
    """Its health."""


class DeploymentStatusComponents(_DeploymentStatusComponents, total=False):
    message: str
    """What happened, in words."""


class _DeploymentStatusData(TypedDict):
    environment: str
    """Where it is deployed."""

    status: DeploymentStatusStatus | str
    """What the deployment is at."""


class DeploymentStatusData(_DeploymentStatusData, total=False):
    """A deployment changed."""

    deploymentId: str
    """Ties together what is said about one deployment."""

    component: str
    """What is deployed."""

    version: str
    """Which version of it."""

    commit: str
    """The commit it was built from."""

    components: list[DeploymentStatusComponents]
    """The health of each part."""

    url: str
    """Where to read more."""

    message: str
    """What happened, in words."""


class DeploymentStatusEvent(_Publication):
    """A deployment changed."""

    type: Literal["deployment_status"]
    data: DeploymentStatusData


AlertRaisedKind: TypeAlias = Literal[
    "agent_lost",
    "agent_stuck",
    "agent_failed",
    "agent_error",
    "session_failed",
    "execution_failed",
    "workflow_failed",
    "process_failed",
    "tests_failed",
    "budget_warned",
    "budget_exceeded",
    "approval_expired",
    "command_failed",
    "command_expired",
    "system_alert",
    "gateway_degraded",
    "gateway_refusals",
    "gateway_slow_viewers",
    "gateway_loop_delay",
    "gateway_queue",
    "overflow",
]
AlertRaisedSeverity: TypeAlias = Literal["info", "warning", "critical"]


class _AlertRaisedData(TypedDict):
    alertId: str
    """What is one alert: the same kind, cause and source have the same."""

    kind: AlertRaisedKind | str
    """What went wrong."""

    severity: AlertRaisedSeverity | str
    """How serious it is."""

    source: str
    """The channel it is about, or node:NAME for a gateway."""

    cause: str
    """A stable word or name of why, such as an exit code; never the agent's own words."""


class AlertRaisedData(_AlertRaisedData, total=False):
    """Something went wrong, once or several times. Published by the gateway, and by whoever watches something else."""

    count: int
    """How often it happened since it was last said; 1 if absent."""

    standing: bool
    """It goes on until alert_resolved says that it is over."""


class AlertRaisedEvent(_Publication):
    """Something went wrong, once or several times. Published by the gateway, and by whoever watches something else."""

    type: Literal["alert_raised"]
    data: AlertRaisedData


class AlertResolvedData(TypedDict):
    """What an alert was about is over."""

    alertId: str
    """What is one alert: the same kind, cause and source have the same."""


class AlertResolvedEvent(_Publication):
    """What an alert was about is over."""

    type: Literal["alert_resolved"]
    data: AlertResolvedData


class _AlertAcknowledgedData(TypedDict):
    alertId: str
    """What is one alert: the same kind, cause and source have the same."""

    count: int
    """How often it had happened, as far as that person saw."""


class AlertAcknowledgedData(_AlertAcknowledgedData, total=False):
    """Somebody has seen an alert. It is open again when it happens again."""

    by: str
    """Who; stamped."""


class AlertAcknowledgedEvent(_Publication):
    """Somebody has seen an alert. It is open again when it happens again."""

    type: Literal["alert_acknowledged"]
    data: AlertAcknowledgedData


class _AlertMutedData(TypedDict):
    alertId: str
    """What is one alert: the same kind, cause and source have the same."""

    until: int | None
    """Until when; null: not any more."""


class AlertMutedData(_AlertMutedData, total=False):
    """Somebody wants to hear nothing of an alert for a while."""

    by: str
    """Who; stamped."""


class AlertMutedEvent(_Publication):
    """Somebody wants to hear nothing of an alert for a while."""

    type: Literal["alert_muted"]
    data: AlertMutedData


GithubIssueUpdateAction: TypeAlias = Literal[
    "opened",
    "edited",
    "closed",
    "reopened",
    "assigned",
    "labeled",
    "commented",
]
GithubIssueUpdateState: TypeAlias = Literal["open", "closed"]


class _GithubIssueUpdateData(TypedDict):
    repository: str
    """The repository as owner/name."""

    number: int
    """Its number in the repository."""

    action: GithubIssueUpdateAction | str
    """What was done."""


class GithubIssueUpdateData(_GithubIssueUpdateData, total=False):
    """An issue changed."""

    state: GithubIssueUpdateState | str
    """What the issue is at."""

    title: str
    """What it says."""

    author: str
    """The login of whoever opened it."""

    actor: str
    """The login of whoever did this."""

    labels: list[str]
    """Its labels."""

    assignees: list[str]
    """Who is to do it."""

    url: str
    """Where to read more."""


class GithubIssueUpdateEvent(_Publication):
    """An issue changed."""

    type: Literal["github_issue_update"]
    data: GithubIssueUpdateData


GithubPrUpdateAction: TypeAlias = Literal["opened", "edited", "synchronize", "closed", "reopened", "reviewed", "merged"]
GithubPrUpdateState: TypeAlias = Literal["open", "closed", "merged"]
GithubPrUpdateReview: TypeAlias = Literal["approved", "changes_requested", "commented"]


class _GithubPrUpdateData(TypedDict):
    repository: str
    """The repository as owner/name."""

    number: int
    """Its number in the repository."""

    action: GithubPrUpdateAction | str
    """What was done."""


class GithubPrUpdateData(_GithubPrUpdateData, total=False):
    """A pull request changed."""

    state: GithubPrUpdateState | str
    """What the pull request is at."""

    title: str
    """What it says."""

    author: str
    """The login of whoever opened it."""

    actor: str
    """The login of whoever did this."""

    draft: bool
    """It is not yet meant for review."""

    merged: bool
    """It was merged."""

    review: GithubPrUpdateReview | str
    """What the review says."""

    headRef: str
    """The branch it comes from."""

    headSha: str
    """The newest commit of that branch."""

    baseRef: str
    """The branch it goes to."""

    labels: list[str]
    """Its labels."""

    url: str
    """Where to read more."""


class GithubPrUpdateEvent(_Publication):
    """A pull request changed."""

    type: Literal["github_pr_update"]
    data: GithubPrUpdateData


GithubWorkflowUpdateStatus: TypeAlias = Literal["queued", "in_progress", "completed"]
GithubWorkflowUpdateConclusion: TypeAlias = Literal["success", "failure", "cancelled", "skipped", "timed_out"]


class _GithubWorkflowUpdateData(TypedDict):
    repository: str
    """The repository as owner/name."""

    workflow: str
    """The workflow's name."""

    runId: int
    """The run."""

    status: GithubWorkflowUpdateStatus | str
    """What the run is at."""


class GithubWorkflowUpdateData(_GithubWorkflowUpdateData, total=False):
    """A workflow run of GitHub Actions changed."""

    conclusion: GithubWorkflowUpdateConclusion | str | None
    """How it ended; null before."""

    runNumber: int
    """Which run of the workflow it is."""

    event: str
    """What started it."""

    headRef: str
    """The branch it runs on."""

    headSha: str
    """The commit it runs on."""

    actor: str
    """The login of whoever did this."""

    durationMs: float
    """How long it took, in milliseconds."""

    url: str
    """Where to read more."""


class GithubWorkflowUpdateEvent(_Publication):
    """A workflow run of GitHub Actions changed."""

    type: Literal["github_workflow_update"]
    data: GithubWorkflowUpdateData


class EventKind(NamedTuple):
    """What the catalogue says of an event type."""

    version: str
    """Of the data's schema."""

    delivery: Delivery
    """What a viewer that falls behind gets."""

    channel: tuple[str, ...]
    """Where an event goes that names no channel: the first template whose field the data has."""

    key: tuple[str, ...]
    """With latest: these fields tell one gauge from another."""

    tags: tuple[str, ...]
    """Fields that filters can select by."""


EventType: TypeAlias = Literal[
    "agent_status",
    "agent_task_update",
    "agent_log",
    "agent_metric",
    "agent_error",
    "agent_usage",
    "agent_commands",
    "task_assigned",
    "task_completed",
    "tdd_phase_change",
    "test_result",
    "coverage_update",
    "session_started",
    "session_update",
    "session_status_changed",
    "session_stopped",
    "session_note",
    "session_selection",
    "memory_update",
    "process_started",
    "process_stopped",
    "process_paused",
    "process_resumed",
    "process_output",
    "process_error",
    "process_metric",
    "workflow_started",
    "workflow_step_complete",
    "workflow_complete",
    "workflow_failed",
    "execution_update",
    "step_update",
    "checkpoint_required",
    "checkpoint_decided",
    "checkpoint_approved",
    "checkpoint_withdrawn",
    "checkpoint_applied",
    "checkpoint_expired",
    "browser_update",
    "command_queued",
    "command_delivered",
    "command_started",
    "command_progress",
    "command_done",
    "command_failed",
    "command_expired",
    "command_cancelled",
    "lease_held",
    "lease_released",
    "lease_lost",
    "driver_changed",
    "budget_set",
    "budget_warned",
    "budget_paused",
    "budget_cancelled",
    "presence_joined",
    "presence_left",
    "presence_updated",
    "system_notification",
    "system_alert",
    "deployment_status",
    "alert_raised",
    "alert_resolved",
    "alert_acknowledged",
    "alert_muted",
    "github_issue_update",
    "github_pr_update",
    "github_workflow_update",
]
CatalogueEvent: TypeAlias = (
    AgentStatusEvent
    | AgentTaskUpdateEvent
    | AgentLogEvent
    | AgentMetricEvent
    | AgentErrorEvent
    | AgentUsageEvent
    | AgentCommandsEvent
    | TaskAssignedEvent
    | TaskCompletedEvent
    | TddPhaseChangeEvent
    | TestResultEvent
    | CoverageUpdateEvent
    | SessionStartedEvent
    | SessionUpdateEvent
    | SessionStatusChangedEvent
    | SessionStoppedEvent
    | SessionNoteEvent
    | SessionSelectionEvent
    | MemoryUpdateEvent
    | ProcessStartedEvent
    | ProcessStoppedEvent
    | ProcessPausedEvent
    | ProcessResumedEvent
    | ProcessOutputEvent
    | ProcessErrorEvent
    | ProcessMetricEvent
    | WorkflowStartedEvent
    | WorkflowStepCompleteEvent
    | WorkflowCompleteEvent
    | WorkflowFailedEvent
    | ExecutionUpdateEvent
    | StepUpdateEvent
    | CheckpointRequiredEvent
    | CheckpointDecidedEvent
    | CheckpointApprovedEvent
    | CheckpointWithdrawnEvent
    | CheckpointAppliedEvent
    | CheckpointExpiredEvent
    | BrowserUpdateEvent
    | CommandQueuedEvent
    | CommandDeliveredEvent
    | CommandStartedEvent
    | CommandProgressEvent
    | CommandDoneEvent
    | CommandFailedEvent
    | CommandExpiredEvent
    | CommandCancelledEvent
    | LeaseHeldEvent
    | LeaseReleasedEvent
    | LeaseLostEvent
    | DriverChangedEvent
    | BudgetSetEvent
    | BudgetWarnedEvent
    | BudgetPausedEvent
    | BudgetCancelledEvent
    | PresenceJoinedEvent
    | PresenceLeftEvent
    | PresenceUpdatedEvent
    | SystemNotificationEvent
    | SystemAlertEvent
    | DeploymentStatusEvent
    | AlertRaisedEvent
    | AlertResolvedEvent
    | AlertAcknowledgedEvent
    | AlertMutedEvent
    | GithubIssueUpdateEvent
    | GithubPrUpdateEvent
    | GithubWorkflowUpdateEvent
)
CATALOGUE: Final[Mapping[str, EventKind]] = {
    "agent_status": EventKind("1.0", "lossless", ("agent:{agentId}",), (), ("agentType", "status", "sessionId")),
    "agent_task_update": EventKind("1.0", "lossless", ("agent:{agentId}",), (), ("taskId", "status")),
    "agent_log": EventKind("1.0", "coalesce", ("agent:{agentId}",), (), ("level", "logger", "taskId")),
    "agent_metric": EventKind("1.0", "latest", ("agent:{agentId}",), ("name",), ("name",)),
    "agent_error": EventKind("1.0", "lossless", ("agent:{agentId}",), (), ("code", "taskId")),
    "agent_usage": EventKind("1.0", "lossless", ("agent:{agentId}",), (), ("provider", "model", "sessionId", "taskId")),
    "agent_commands": EventKind("1.0", "lossless", ("agent:{agentId}",), (), ()),
    "task_assigned": EventKind(
        "1.0",
        "lossless",
        ("agent:{agentId}", "session:{sessionId}", "global"),
        (),
        ("taskId", "status", "agentId", "sessionId"),
    ),
    "task_completed": EventKind(
        "1.0",
        "lossless",
        ("agent:{agentId}", "session:{sessionId}", "global"),
        (),
        ("taskId", "status", "agentId", "sessionId"),
    ),
    "tdd_phase_change": EventKind(
        "1.0",
        "lossless",
        ("agent:{agentId}", "session:{sessionId}", "process:{processId}"),
        (),
        ("currentPhase", "taskId"),
    ),
    "test_result": EventKind(
        "1.0",
        "lossless",
        ("agent:{agentId}", "session:{sessionId}", "process:{processId}"),
        (),
        ("runId", "suite", "taskId"),
    ),
    "coverage_update": EventKind(
        "1.0", "lossless", ("agent:{agentId}", "session:{sessionId}", "process:{processId}"), (), ("suite", "taskId")
    ),
    "session_started": EventKind("1.0", "lossless", ("session:{sessionId}", "session:{session_id}"), (), ("project",)),
    "session_update": EventKind("1.0", "lossless", ("session:{sessionId}", "session:{session_id}"), (), ("status",)),
    "session_status_changed": EventKind(
        "1.0", "lossless", ("session:{sessionId}", "session:{session_id}"), (), ("status",)
    ),
    "session_stopped": EventKind("1.0", "lossless", ("session:{sessionId}", "session:{session_id}"), (), ("status",)),
    "session_note": EventKind("1.0", "lossless", ("session:{sessionId}", "session:{session_id}"), (), ("noteId", "by")),
    "session_selection": EventKind("1.0", "latest", ("session:{sessionId}", "session:{session_id}"), ("by",), ("by",)),
    "memory_update": EventKind(
        "1.0", "lossless", ("session:{sessionId}", "session:{session_id}"), (), ("key", "scope", "author")
    ),
    "process_started": EventKind(
        "1.0", "lossless", ("process:{processId}",), (), ("name", "host", "agentId", "sessionId")
    ),
    "process_stopped": EventKind("1.0", "lossless", ("process:{processId}",), (), ("reason",)),
    "process_paused": EventKind("1.0", "lossless", ("process:{processId}",), (), ()),
    "process_resumed": EventKind("1.0", "lossless", ("process:{processId}",), (), ()),
    "process_output": EventKind("1.0", "coalesce", ("process:{processId}",), (), ("stream",)),
    "process_error": EventKind("1.0", "lossless", ("process:{processId}",), (), ("code",)),
    "process_metric": EventKind("1.0", "latest", ("process:{processId}",), (), ()),
    "workflow_started": EventKind("1.0", "lossless", ("workflow:{workflowId}",), (), ("name", "sessionId")),
    "workflow_step_complete": EventKind("1.0", "lossless", ("workflow:{workflowId}",), (), ("stepId", "status")),
    "workflow_complete": EventKind("1.0", "lossless", ("workflow:{workflowId}",), (), ()),
    "workflow_failed": EventKind("1.0", "lossless", ("workflow:{workflowId}",), (), ("stepId",)),
    "execution_update": EventKind("1.0", "lossless", ("execution:{executionId}",), (), ("status",)),
    "step_update": EventKind("1.0", "lossless", ("execution:{executionId}",), (), ("stepId", "status")),
    "checkpoint_required": EventKind(
        "1.0", "lossless", ("execution:{executionId}",), (), ("checkpointId", "stepId", "agentId")
    ),
    "checkpoint_decided": EventKind("1.0", "lossless", ("execution:{executionId}",), (), ("checkpointId", "decision")),
    "checkpoint_approved": EventKind(
        "1.0", "lossless", ("execution:{executionId}",), (), ("checkpointId", "approvedBy")
    ),
    "checkpoint_withdrawn": EventKind("1.0", "lossless", ("execution:{executionId}",), (), ("checkpointId",)),
    "checkpoint_applied": EventKind("1.0", "lossless", ("execution:{executionId}",), (), ("checkpointId", "decision")),
    "checkpoint_expired": EventKind("1.0", "lossless", ("execution:{executionId}",), (), ("checkpointId",)),
    "browser_update": EventKind("1.0", "latest", ("browser:{sessionId}",), (), ()),
    "command_queued": EventKind("1.0", "lossless", ("{target}",), (), ("commandId", "name", "issuedBy")),
    "command_delivered": EventKind("1.0", "lossless", ("{target}",), (), ("commandId",)),
    "command_started": EventKind("1.0", "lossless", ("{target}",), (), ("commandId",)),
    "command_progress": EventKind("1.0", "latest", ("{target}",), ("commandId",), ("commandId",)),
    "command_done": EventKind("1.0", "lossless", ("{target}",), (), ("commandId",)),
    "command_failed": EventKind("1.0", "lossless", ("{target}",), (), ("commandId", "code")),
    "command_expired": EventKind("1.0", "lossless", ("{target}",), (), ("commandId",)),
    "command_cancelled": EventKind("1.0", "lossless", ("{target}",), (), ("commandId",)),
    "lease_held": EventKind("1.0", "lossless", ("{channel}",), (), ("producer",)),
    "lease_released": EventKind("1.0", "lossless", ("{channel}",), (), ("producer",)),
    "lease_lost": EventKind("1.0", "lossless", ("{channel}",), (), ("producer",)),
    "driver_changed": EventKind("1.0", "lossless", ("{channel}",), (), ("driver",)),
    "budget_set": EventKind("1.0", "lossless", ("{scope}",), (), ()),
    "budget_warned": EventKind("1.0", "lossless", ("{scope}",), (), ()),
    "budget_paused": EventKind("1.0", "lossless", ("{scope}",), (), ()),
    "budget_cancelled": EventKind("1.0", "lossless", ("{scope}",), (), ()),
    "presence_joined": EventKind("1.0", "ephemeral", ("{channel}",), (), ()),
    "presence_left": EventKind("1.0", "ephemeral", ("{channel}",), (), ()),
    "presence_updated": EventKind("1.0", "ephemeral", ("{channel}",), (), ()),
    "system_notification": EventKind("1.0", "lossless", ("user:{userId}", "global"), (), ("level",)),
    "system_alert": EventKind("1.0", "lossless", ("global",), (), ("severity", "component", "alertId")),
    "deployment_status": EventKind("1.0", "lossless", ("global",), (), ("environment", "status", "component")),
    "alert_raised": EventKind("1.0", "lossless", ("alerts",), (), ("kind", "severity", "source")),
    "alert_resolved": EventKind("1.0", "lossless", ("alerts",), (), ()),
    "alert_acknowledged": EventKind("1.0", "lossless", ("alerts",), (), ()),
    "alert_muted": EventKind("1.0", "lossless", ("alerts",), (), ()),
    "github_issue_update": EventKind("1.0", "lossless", ("repo:{repository}",), (), ("repository", "action", "state")),
    "github_pr_update": EventKind("1.0", "lossless", ("repo:{repository}",), (), ("repository", "action", "state")),
    "github_workflow_update": EventKind(
        "1.0", "lossless", ("repo:{repository}",), (), ("repository", "workflow", "status", "conclusion")
    ),
}
