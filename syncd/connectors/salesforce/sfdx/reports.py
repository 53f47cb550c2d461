"""Reports on Leads and one dashboard for managers, in a folder of their own that an admin shares."""

from __future__ import annotations

from syncd.connectors.salesforce.sfdx.org import Org
from syncd.connectors.salesforce.sfdx.questions import OWNER, STATUS, Question, columns, questions
from syncd.connectors.salesforce.sfdx.xml import Node, document

FOLDER, DASHBOARD = "Syncd", "Syncd_Hand_offs"
_TOKENS = {OWNER: "OWNER", STATUS: "STATUS"}
"""Reports of the type LeadList call standard fields by tokens of their own, custom ones `Lead.Name__c`."""
_WIDTH, _HEIGHT, _ACROSS = 4, 8, 12
_GOOD, _BAD = "#04844B", "#C23934"


def reports(org: Org) -> dict[str, str]:
    asked = questions(org)
    folder = document("ReportFolder", [("name", "syncd hand-offs")])
    files = {f"reports/{FOLDER}/{item.name}.report-meta.xml": _report(org, item) for item in asked}
    return {f"reports/{FOLDER}.reportFolder-meta.xml": folder, **files}


def _report(org: Org, question: Question) -> str:
    shown = ["FIRST_NAME", "LAST_NAME", "COMPANY", "STATUS", "OWNER", *map(_column, columns(org))]
    by = _column(question.by)
    criteria: list[Node] = [
        ("criteriaItems", [("column", _column(field)), ("operator", operation), ("value", value)])
        for field, operation, value in question.filters
    ]
    return document("Report", [
        ("name", question.label), ("description", question.description), ("reportType", "LeadList"),
        ("scope", "org"), ("format", "Summary"), ("showDetails", True), ("showGrandTotal", True),
        ("showSubTotals", True), ("filter", criteria),
        *(("columns", [("field", column)]) for column in shown if column != by),
        ("groupingsDown", [("dateGranularity", "Day"), ("field", by), ("sortOrder", "Asc")]),
        ("timeFrameFilter", [("dateColumn", "CREATED_DATE"), ("interval", "INTERVAL_CUSTOM")]),
    ])  # fmt: skip


def _column(field: str) -> str:
    return _TOKENS.get(field) or f"Lead.{field}"


def dashboard(org: Org) -> dict[str, str]:
    """Seen by each as who they are: nobody's user name stands in the file."""
    components: list[Node] = [
        ("dashboardGridComponents", [
            ("colSpan", _WIDTH), ("rowSpan", _HEIGHT), ("dashboardComponent", _component(item)),
            ("columnIndex", place * _WIDTH % _ACROSS), ("rowIndex", place * _WIDTH // _ACROSS * _HEIGHT),
        ])
        for place, item in enumerate(questions(org))
    ]  # fmt: skip
    text = document("Dashboard", [
        ("title", "Hand-offs (syncd)"), ("dashboardType", "LoggedInUser"), ("isGridLayout", True),
        ("description", "What marketing handed over, and what sales does with it."),
        ("backgroundEndColor", "#FFFFFF"), ("backgroundStartColor", "#FFFFFF"),
        ("backgroundFadeDirection", "Diagonal"), ("textColor", "#000000"), ("titleColor", "#000000"),
        ("titleSize", 12),
        ("dashboardGridLayout", [*components, ("numberOfColumns", _ACROSS), ("rowHeight", 36)]),
    ])  # fmt: skip
    folder = document("DashboardFolder", [("name", "syncd hand-offs")])
    return {
        f"dashboards/{FOLDER}.dashboardFolder-meta.xml": folder,
        f"dashboards/{FOLDER}/{DASHBOARD}.dashboard-meta.xml": text,
    }


def _component(question: Question) -> list[Node]:
    shared: list[Node] = [
        ("header", question.label), ("footer", question.description),
        ("report", f"{FOLDER}/{question.name}"), ("displayUnits", "Auto"),
    ]  # fmt: skip
    if question.is_number:
        return [
            *shared, ("componentType", "Metric"), ("autoselectColumnsFromReport", False),
            ("chartSummary", [("column", "RowCount")]), ("metricLabel", question.label),
            ("indicatorBreakpoint1", "1.0"), ("indicatorBreakpoint2", "2.0"), ("indicatorLowColor", _GOOD),
            ("indicatorMiddleColor", _BAD), ("indicatorHighColor", _BAD), ("showRange", False),
        ]  # fmt: skip
    return [
        *shared, ("componentType", "Bar"), ("autoselectColumnsFromReport", False),
        ("chartAxisRange", "Auto"), ("chartSummary", [("axisBinding", "y"), ("column", "RowCount")]),
        ("groupingColumn", _column(question.by)), ("drillEnabled", False), ("drillToDetailEnabled", False),
        ("enableHover", True), ("expandOthers", False), ("showPercentage", False), ("showValues", True),
        ("sortBy", "RowLabelAscending"), ("useReportChart", False),
    ]  # fmt: skip
