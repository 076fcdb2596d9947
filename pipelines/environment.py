"""How Prefect behaves here: no telemetry, time enough for its temporary server, and errors as sentences.

Imported before Prefect, which reads its settings once.
"""

import logging
import os
from pathlib import Path

from journey_analytics.errors import JourneyError

os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
if _home := os.environ.get("PREFECT_HOME"):
    # Prefect makes the folder but not its parents, and then waits in vain for a server without a database.
    Path(_home).expanduser().mkdir(parents=True, exist_ok=True)


class _WithoutTraceback(logging.Filter):
    """Errors that a user can mend say what to do; where in our code they were raised is of no use to anybody."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], JourneyError):
            record.exc_info = None
        return True


for _name in ("prefect.flow_runs", "prefect.task_runs"):
    logging.getLogger(_name).addFilter(_WithoutTraceback())
