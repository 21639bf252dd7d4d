"""The producer's side: be an agent that is seen, asked and told."""

from .agent import Agent
from .asks import Decision
from .ended import AgentEnded, CommandError
from .execution import CommandCall
from .lease_keeper import Holder, LeaseState
from .memory import Memory
from .task import Task

__all__ = [
    "Agent",
    "AgentEnded",
    "CommandCall",
    "CommandError",
    "Decision",
    "Holder",
    "LeaseState",
    "Memory",
    "Task",
]
