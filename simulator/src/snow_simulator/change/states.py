"""The states of a change."""

from __future__ import annotations

NEW, ASSESS, AUTHORIZE, SCHEDULED = "-5", "-4", "-3", "-2"
IMPLEMENT, REVIEW, CLOSED, CANCELED = "-1", "0", "3", "4"

TASK_OPEN, TASK_CANCELED = "1", "4"
