"""The objects of a fresh org and the fields this project adds to them.

Types and lengths follow the object and field reference guides (Lead 80/255/40/128 and so on); standard
picklists take any value through the API unless restricted, custom ones are restricted. Multi-currency is off,
so no object has `CurrencyIsoCode`.
"""

from __future__ import annotations

from syncd.connectors.sandbox.salesforce.fields import Field, FieldType, ObjectType, Schema

SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Event", "Webinar", "Other")
INDUSTRIES = (
    "Agriculture", "Banking", "Biotechnology", "Chemicals", "Communications", "Construction", "Consulting",
    "Education", "Electronics", "Energy", "Engineering", "Entertainment", "Environmental", "Finance",
    "Food & Beverage", "Government", "Healthcare", "Hospitality", "Insurance", "Machinery", "Manufacturing",
    "Media",
    "Not For Profit", "Recreation", "Retail", "Shipping", "Technology", "Telecommunications",
    "Transportation",
    "Utilities", "Other",
)  # fmt: skip
LEAD_STATUSES = ("New", "Working - Contacted", "Accepted", "Nurture", "Unqualified", "Closed - Converted")
DISQUALIFICATIONS = (
    "No Budget", "Bad Timing", "No Authority", "No Need", "Went With Competitor", "Not a Fit", "Bad Data",
    "Student",
    "Unresponsive",
)  # fmt: skip
LOSSES = ("Price", "Competitor", "No Decision", "Timing", "Missing Feature")
TASK_STATUSES = ("Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred")
STAGES = (  # name, probability, closed, won, forecast category
    ("Prospecting", 10, False, False, "Pipeline"),
    ("Qualification", 10, False, False, "Pipeline"),
    ("Needs Analysis", 20, False, False, "Pipeline"),
    ("Value Proposition", 50, False, False, "Pipeline"),
    ("Proposal/Price Quote", 75, False, False, "Best Case"),
    ("Negotiation/Review", 90, False, False, "Commit"),
    ("Closed Won", 100, True, True, "Closed"),
    ("Closed Lost", 0, True, False, "Omitted"),
)


def build_schema() -> Schema:
    return Schema([*_people(), *_companies(), *_activities(), *_users(), *_settings()])


# --- shorthand -------------------------------------------------------------------------------------------


def _text(name: str, length: int, *, required: bool = False) -> Field:
    return Field(name, FieldType.STRING, length, is_required=required)


def _texts(length: int, *names: str) -> list[Field]:
    return [_text(name, length) for name in names]


def _area(name: str, length: int) -> Field:
    return Field(name, FieldType.TEXTAREA, length)


def _email(name: str = "Email") -> Field:
    return Field(name, FieldType.EMAIL, 80)


def _phones(*names: str) -> list[Field]:
    return [Field(name, FieldType.PHONE, 40) for name in names]


def _url(name: str) -> Field:
    return Field(name, FieldType.URL, 255)


def _pick(
    name: str, values: tuple[str, ...], default: str | None = None, *, restricted: bool = False,
    combobox: bool = False, required: bool = False,
) -> Field:  # fmt: skip
    kind = FieldType.COMBOBOX if combobox else FieldType.PICKLIST
    return Field(
        name, kind, 255, values=values, default=default, is_restricted=restricted,
        is_required=required or default is not None,
    )  # fmt: skip


def _flag(name: str, *, default: bool = False) -> Field:
    return Field(name, FieldType.BOOLEAN, default=default, is_required=True)


def _number(name: str, digits: int, scale: int = 0, kind: FieldType = FieldType.DOUBLE) -> Field:
    return Field(name, kind, digits=digits, scale=scale)


def _date(name: str) -> Field:
    return Field(name, FieldType.DATE)


def _time(name: str) -> Field:
    return Field(name, FieldType.DATETIME)


def _link(name: str, *parents: str, path: str = "", children: str = "", required: bool = False) -> Field:
    return Field(
        name, FieldType.REFERENCE, 18, parents=parents, relationship=path or name.removesuffix("Id"),
        children=children, is_required=required,
    )  # fmt: skip


def _fixed(*items: Field) -> list[Field]:
    """The same fields, read-only."""
    return [_read_only(item) for item in items]


def _read_only(item: Field) -> Field:
    return Field(
        item.name, item.type, item.length, item.digits, item.scale, item.is_required, item.default,
        item.values,
        parents=item.parents, relationship=item.relationship, children=item.children, is_createable=False,
        is_updateable=False,
    )  # fmt: skip


def _address(prefix: str) -> list[Field]:
    return [
        _area(f"{prefix}Street", 255), _text(f"{prefix}City", 40), _text(f"{prefix}State", 80),
        _text(f"{prefix}PostalCode", 20), _text(f"{prefix}Country", 80),
    ]  # fmt: skip


def _object(
    name: str, prefix: str, plural: str, fields: list[Field], *, tracked: tuple[str, ...] = (),
    fixed: bool = False,
    history: bool = False,
) -> ObjectType:  # fmt: skip
    """An object with its system fields. History objects have neither SystemModstamp nor a modifier."""
    system = [Field("Id", FieldType.ID, 18), _flag("IsDeleted"), _time("CreatedDate")]
    system.append(_link("CreatedById", "User", path="CreatedBy"))
    if not history:
        system += [_time("LastModifiedDate"), _link("LastModifiedById", "User", path="LastModifiedBy")]
        system.append(_time("SystemModstamp"))
    required = [
        Field(f.name, f.type, f.length, is_required=True, parents=f.parents, relationship=f.relationship,
              default=f.default)
        for f in system
    ]  # fmt: skip
    made = ObjectType(name, prefix, plural, tracked=tracked)
    made.add([*_fixed(*required), *(_fixed(*fields) if fixed or history else fields)])
    if fixed or history:
        made.is_createable = made.is_updateable = made.is_deletable = False
    return made


def _ours() -> list[Field]:
    """The fields the project's set-up creates on Lead and Contact."""
    return [
        Field("Syncd_Key__c", FieldType.STRING, 64, is_unique=True, is_external_id=True),
        _text("HubSpot_Contact_ID__c", 32), _text("Syncd_Level__c", 40), _text("Syncd_Grade__c", 2),
        _number("Syncd_Score__c", 18), _text("Syncd_Reason__c", 255), _area("Syncd_Brief__c", 32_000),
        _text("Syncd_Next_Step__c", 255), _number("Syncd_Pass__c", 4), _time("Syncd_SLA_Due__c"),
        _text("Syncd_Criteria__c", 255),
        *_texts(255, "Syncd_Original_Source__c", "Syncd_Original_Source_Detail__c"),
        *_texts(255, "Syncd_Converting_Offer__c", "Syncd_Lawful_Basis__c"), _text("Syncd_Direction__c", 40),
        _date("Syncd_Lawful_Basis_Date__c"),
    ]  # fmt: skip


# --- objects ---------------------------------------------------------------------------------------------


def _person_name() -> list[Field]:
    salutation = _pick("Salutation", ("Mr.", "Ms.", "Mrs.", "Mx.", "Dr.", "Prof."))
    return [
        _text("LastName", 80, required=True),
        _text("FirstName", 40),
        salutation,
        *_fixed(_text("Name", 121)),
    ]


def _people() -> list[ObjectType]:
    shared = [
        *_phones("Phone", "MobilePhone", "Fax"), _email(), _text("Title", 128), _area("Description", 32_000),
        _pick("LeadSource", SOURCES), _flag("HasOptedOutOfEmail"), _flag("DoNotCall"),
        *_fixed(_date("LastActivityDate"), _text("EmailBouncedReason", 255), _time("EmailBouncedDate")),
        *_ours(),
    ]  # fmt: skip
    converted = [
        _flag("IsConverted"), _date("ConvertedDate"),
        _link("ConvertedAccountId", "Account"), _link("ConvertedContactId", "Contact"),
        _link("ConvertedOpportunityId", "Opportunity"), _link("MasterRecordId", "Lead", path="MasterRecord"),
        _time("FirstCallDateTime"), _time("FirstEmailDateTime"),
    ]  # fmt: skip
    lead = _object(
        "Lead", "00Q", "Leads",
        [
            *_person_name(), _text("Company", 255, required=True), *_address(""), _url("Website"), *shared,
            _pick("Status", LEAD_STATUSES, "New"), _pick("Industry", INDUSTRIES),
            _pick("Rating", ("Hot", "Warm", "Cold")), _number("AnnualRevenue", 18, kind=FieldType.CURRENCY),
            _number("NumberOfEmployees", 8, kind=FieldType.INT), _flag("IsUnreadByOwner", default=True),
            _link("OwnerId", "Group", "User", path="Owner"), *_fixed(*converted),
            _pick("Disqualification_Reason__c", DISQUALIFICATIONS, restricted=True),
        ],
        tracked=("Status", "OwnerId", "Disqualification_Reason__c"),
    )  # fmt: skip
    contact = _object(
        "Contact", "003", "Contacts",
        [
            *_person_name(), _link("AccountId", "Account", children="Contacts"), *_address("Mailing"),
            *_phones("HomePhone", "OtherPhone", "AssistantPhone"), _text("Department", 80), *shared,
            _link("ReportsToId", "Contact", path="ReportsTo"), _link("OwnerId", "User", path="Owner"),
            *_fixed(_link("MasterRecordId", "Contact", path="MasterRecord")),
        ],
    )  # fmt: skip
    return [lead, contact]


def _companies() -> list[ObjectType]:
    account = _object(
        "Account", "001", "Accounts",
        [
            _text("Name", 255, required=True), _pick("Type", ("Prospect", "Customer", "Partner",
            "Competitor", "Other")),
            _pick("Industry", INDUSTRIES), _url("Website"), *_phones("Phone", "Fax"), *_address("Billing"),
            _number("NumberOfEmployees", 8, kind=FieldType.INT),
            _number("AnnualRevenue", 18, kind=FieldType.CURRENCY), _area("Description", 32_000),
            _pick("AccountSource", SOURCES), _link("ParentId", "Account", path="Parent",
            children="ChildAccounts"),
            _link("OwnerId", "User", path="Owner"),
            *_fixed(_date("LastActivityDate"), _link("MasterRecordId", "Account", path="MasterRecord")),
        ],
    )  # fmt: skip
    stage = Field(
        "StageName", FieldType.PICKLIST, 255, is_required=True, values=tuple(name for name, *_rest in STAGES)
    )
    opportunity = _object(
        "Opportunity", "006", "Opportunities",
        [
            _text("Name", 120, required=True), _link("AccountId", "Account", children="Opportunities"), stage,
            Field("CloseDate", FieldType.DATE, is_required=True),
            _number("Amount", 16, 2, FieldType.CURRENCY), _number("Probability", 3, 0, FieldType.PERCENT),
            _pick("Type", ("New Customer", "Existing Customer - Upgrade")), _pick("LeadSource", SOURCES),
            _text("NextStep", 255), _area("Description", 32_000), _link("CampaignId", "Campaign"),
            _link("OwnerId", "User", path="Owner"), _pick("Loss_Reason__c", LOSSES, restricted=True),
            *_fixed(_flag("IsClosed"), _flag("IsWon"), _text("ForecastCategoryName", 255),
                    _time("LastStageChangeDate"), _date("LastActivityDate"), _link("ContactId", "Contact")),
        ],
    )  # fmt: skip
    role = _object(
        "OpportunityContactRole", "00K", "Opportunity Contact Roles",
        [
            _link("OpportunityId", "Opportunity", children="OpportunityContactRoles", required=True),
            _link("ContactId", "Contact", children="OpportunityContactRoles", required=True),
            _pick("Role", ("Business User", "Decision Maker", "Economic Buyer", "Evaluator", "Influencer",
            "Other")),
            _flag("IsPrimary"),
        ],
    )  # fmt: skip
    campaign = _object(
        "Campaign", "701", "Campaigns",
        [
            _text("Name", 80, required=True), _pick("Status", ("Planned", "In Progress", "Completed",
            "Aborted")),
            _pick("Type", ("Webinar", "Email", "Event", "Content", "Other")), _date("StartDate"),
            _date("EndDate"),
            _flag("IsActive"), _area("Description", 32_000), _link("OwnerId", "User", path="Owner"),
        ],
    )  # fmt: skip
    member = _object(
        "CampaignMember", "00v", "Campaign Members",
        [
            _link("CampaignId", "Campaign", children="CampaignMembers", required=True),
            _link("LeadId", "Lead", children="CampaignMembers"),
            _link("ContactId", "Contact", children="CampaignMembers"),
            _pick("Status", ("Sent", "Responded"), "Sent"), *_fixed(_flag("HasResponded"),
            _date("FirstRespondedDate")),
        ],
    )  # fmt: skip
    return [account, opportunity, role, campaign, member]


def _activities() -> list[ObjectType]:
    who = _link("WhoId", "Contact", "Lead", path="Who")
    what = _link("WhatId", "Account", "Opportunity", "Campaign", path="What")
    account = _fixed(_link("AccountId", "Account"))
    task = _object(
        "Task", "00T", "Tasks",
        [
            _pick("Subject", ("Call", "Send Letter", "Send Quote", "Email", "Other"), combobox=True),
            _pick("Status", TASK_STATUSES, "Not Started"), _pick("Priority", ("High", "Normal", "Low"),
            "Normal"),
            _date("ActivityDate"), _area("Description", 32_000), _with_children(who, "Tasks"),
            _with_children(what, "Tasks"), _link("OwnerId", "Group", "User", path="Owner"), *account,
            _time("ReminderDateTime"), _flag("IsReminderSet"), _pick("Type", ("Call", "Email", "Meeting",
            "Other")),
            _pick("TaskSubtype", ("Task", "Email", "ListEmail", "Cadence", "Call", "LinkedIn"), "Task",
            restricted=True),
            _pick("CallType", ("Internal", "Inbound", "Outbound"), restricted=True), _text("CallDisposition",
            255),
            _number("CallDurationInSeconds", 8, kind=FieldType.INT), _text("Syncd_Key__c", 120),
            *_fixed(_flag("IsClosed"), _flag("IsHighPriority"), _flag("IsArchived"),
            _time("CompletedDateTime")),
        ],
    )  # fmt: skip
    event = _object(
        "Event", "00U", "Events",
        [
            _pick("Subject", ("Call", "Email", "Meeting", "Send Letter/Quote", "Other"), combobox=True),
            _time("StartDateTime"), _time("EndDateTime"), _time("ActivityDateTime"), _date("ActivityDate"),
            _number("DurationInMinutes", 8, kind=FieldType.INT), _flag("IsAllDayEvent"), _text("Location",
            255),
            _area("Description", 32_000), _with_children(who, "Events"), _with_children(what, "Events"),
            *account,
            _link("OwnerId", "User", path="Owner"), _pick("Type", ("Call", "Email", "Meeting", "Other")),
            _text("Syncd_Key__c", 120),  # a custom field of tasks is one of events: both are Activity's
            *_fixed(_flag("IsArchived"), _flag("IsChild")),
        ],
    )  # fmt: skip
    return [task, event]


def _with_children(item: Field, children: str) -> Field:
    return Field(
        item.name,
        item.type,
        item.length,
        parents=item.parents,
        relationship=item.relationship,
        children=children,
    )


def _users() -> list[ObjectType]:
    user = _object(
        "User", "005", "Users",
        [
            _text("Username", 80, required=True), _text("LastName", 80, required=True), _text("FirstName",
            40),
            *_fixed(_text("Name", 121)), Field("Email", FieldType.EMAIL, 128, is_required=True),
            _flag("IsActive", default=True), _text("Alias", 8), _text("Title", 80), _text("Department", 80),
            _pick("UserType", ("Standard", "CsnOnly"), "Standard"), _link("ManagerId", "User",
            path="Manager"),
            _pick("TimeZoneSidKey", ("Europe/Berlin", "America/New_York", "GMT"), "Europe/Berlin"),
            _link("ProfileId", "Profile"), *_phones("Phone"),
        ],
    )  # fmt: skip
    group = _object(
        "Group", "00G", "Group",
        [
            _text("Name", 40, required=True), _text("DeveloperName", 80), _email(),
            _pick("Type", ("Regular", "Queue", "Role"), "Regular"),
        ],
    )  # fmt: skip
    queue = _object(
        "QueueSobject", "03g", "Queue Sobject",
        [
            _link("QueueId", "Group", path="Queue", children="QueueSobjects", required=True),
            _text("SobjectType", 40, required=True),
        ],
    )  # fmt: skip
    member = _object(
        "GroupMember", "011", "Group Member",
        [_link("GroupId", "Group", path="Group", required=True),
         _link("UserOrGroupId", "User", "Group", path="UserOrGroup", required=True)],
    )  # fmt: skip
    given = _object(
        "PermissionSetAssignment", "0Pa", "Permission Set Assignment",
        [_link("AssigneeId", "User", path="Assignee", required=True), _text("PermissionSetId", 18)],
        fixed=True,
    )  # fmt: skip
    rights = _object(
        "ObjectPermissions", "110", "Object Permissions",
        [_text("ParentId", 18), _text("SobjectType", 40), _flag("PermissionsRead")], fixed=True,
    )  # fmt: skip
    for each in (user, group, queue, member):
        each.is_deletable = False
    profile = _object("Profile", "00e", "Profile", [_text("Name", 255)], fixed=True)
    return [user, group, queue, member, given, rights, profile]


def _settings() -> list[ObjectType]:
    """What an administrator sets up and the API only reads."""
    history = [
        _link("LeadId", "Lead", children="Histories"), _text("Field", 255), _text("DataType", 40),
        _text("OldValue", 255), _text("NewValue", 255),
    ]  # fmt: skip
    stages = [
        _link("OpportunityId", "Opportunity", children="OpportunityHistories"), _text("StageName", 40),
        _number("Amount", 16, 2, FieldType.CURRENCY), _number("Probability", 3), _date("CloseDate"),
    ]  # fmt: skip
    return [
        _object(
            "Organization", "00D", "Organizations",
            [_text("Name", 80), _text("OrganizationType", 40), _flag("IsSandbox"), _text("InstanceName", 5),
             _text("TimeZoneSidKey", 40), _text("DefaultLocaleSidKey", 40), _text("LanguageLocaleKey", 40),
             _text("NamespacePrefix", 15), _time("TrialExpirationDate")],
            fixed=True,
        ),
        _object(
            "LeadStatus", "01J", "Lead Status Value",
            [_text("ApiName", 255), _text("MasterLabel", 255), _number("SortOrder", 9, kind=FieldType.INT),
             _flag("IsDefault"), _flag("IsConverted")],
            fixed=True,
        ),
        _object(
            "OpportunityStage", "01J", "Opportunity Stage",
            [_text("ApiName", 255), _text("MasterLabel", 255), _number("SortOrder", 9, kind=FieldType.INT),
             _flag("IsActive"), _flag("IsClosed"), _flag("IsWon"), _number("DefaultProbability", 3),
             _text("ForecastCategoryName", 255)],
            fixed=True,
        ),
        _object(
            "DuplicateRule", "0Bm", "Duplicate Rule",
            [_text("DeveloperName", 80), _text("MasterLabel", 80), _text("SobjectType", 40),
            _flag("IsActive")],
            fixed=True,
        ),
        _object(
            "AssignmentRule", "01Q", "Assignment Rule",
            [_text("Name", 120), _text("SobjectType", 40), _flag("Active")], fixed=True,
        ),
        _object("LeadHistory", "017", "Lead History", history, history=True),
        _object("OpportunityHistory", "008", "Opportunity Histories", stages, history=True),
        *_automations(),
    ]  # fmt: skip


def _automations() -> list[ObjectType]:
    """What runs when records are saved. Flows are told by queries, the rest by the Tooling API."""
    return [
        _object(
            "EntityDefinition", "4ie", "Entity Definition",
            [_text("QualifiedApiName", 80), _text("DurableId", 80)], fixed=True,
        ),
        _object(
            "FlowDefinitionView", "3dd", "Flow Definition View",
            [_text("ApiName", 255), _text("Label", 255), _text("ProcessType", 40), _text("TriggerType", 40),
             _text("RecordTriggerType", 40), _text("TriggerObjectOrEventId", 80), _flag("IsActive")],
            fixed=True,
        ),
        _object(
            "ApexTrigger", "01q", "Apex Triggers",
            [_text("Name", 255), _text("TableEnumOrId", 40), _text("Status", 20), _flag("UsageBeforeInsert"),
             _flag("UsageAfterInsert"), _flag("UsageBeforeUpdate"), _flag("UsageAfterUpdate")],
            fixed=True,
        ),
        _object(
            "ValidationRule", "03d", "Validation Rules",
            [_text("ValidationName", 255), _flag("Active"), _text("ErrorMessage", 255),
             _link("EntityDefinitionId", "EntityDefinition", path="EntityDefinition")],
            fixed=True,
        ),
    ]  # fmt: skip
