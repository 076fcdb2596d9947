"""``journey doctor``: is everything in place for a run?"""

from typing import TYPE_CHECKING

from typer import Context, Exit

from journey_analytics.cli.options import Shared

if TYPE_CHECKING:
    from journey_analytics.steps.diagnosis import Finding

_SIGNS = {"good": "✓", "warning": "!", "bad": "✗"}
_PLAIN_SIGNS = {"good": "+", "warning": "!", "bad": "x"}
_STYLES = {"good": "green", "warning": "yellow", "bad": "red"}


def doctor(context: Context) -> None:
    """Check versions, settings, sources, the state database, disk and the published file."""
    from journey_analytics.steps.diagnose import diagnose

    shared: Shared = context.obj
    findings = diagnose(shared.project)
    code = max((finding.exit_code for finding in findings), default=0)
    for finding in findings:
        _show(shared, finding)
    bad = sum(finding.status == "bad" for finding in findings)
    warnings = sum(finding.status == "warning" for finding in findings)
    shared.say(f"{bad} errors, {warnings} warnings")
    shared.document(
        {
            "status": "bad" if bad else "good",
            "exit_code": code,
            "findings": [
                {"name": finding.name, "status": finding.status, "text": finding.text, "hint": finding.hint}
                for finding in findings
            ],
        }
    )
    raise Exit(code)


def _show(shared: Shared, finding: "Finding") -> None:
    if shared.quiet and finding.status == "good":
        return
    signs = _SIGNS if shared.can_show("✓✗") else _PLAIN_SIGNS
    shared.out.print(
        f"{signs[finding.status]} {finding.name:<11}{finding.text}",
        style=_STYLES[finding.status],
        markup=False,
    )
    if finding.hint:
        shared.out.print(f"  {'hint:':<11}{finding.hint}", markup=False)
