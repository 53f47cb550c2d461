"""One act of every kind the shipped playbook knows."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.core.model import Signal
from tests.definition.people import (
    clicked,
    colleague,
    demo_request,
    fact,
    form,
    joined,
    opened,
    page,
    webinar,
)

SINGLE_ACTS: Mapping[str, Signal] = {
    "newsletter_subscribed": form("Newsletter sign-up"),
    "content_downloaded": form("Ebook: Forecasting"),
    "blog_read": page("/blog/post", 1)[0],
    "site_visited": fact("hubspot.visit", 1),
    "survey_answered": form("Survey 2026"),
    "video_watched": page("/videos/intro", 1)[0],
    "email_opened": opened(1)[0],
    "email_clicked": clicked(1)[0],
    "webinar_registered": webinar(state="registered"),
    "webinar_attended": webinar(),
    "buying_guide_requested": form("Buying guide"),
    "product_viewed": page("/product/a", 1)[0],
    "case_study_viewed": page("/case-studies/acme", 1)[0],
    "demo_watched": page("/demo/watch", 1)[0],
    "pricing_viewed": page("/pricing", 1)[0],
    "comparison_viewed": page("/compare/rival", 1)[0],
    "roi_calculated": form("ROI calculator"),
    "trial_started": form("Start free trial"),
    "key_page_viewed": page("/solutions/retail", 1)[0],
    "sales_material_used": page("/customer-stories/x", 1)[0],
    "demo_requested": demo_request(),
    "quote_requested": form("Get a quote"),
    "sales_contacted": form("Contact sales"),
    "detailed_inquiry": form("Project inquiry", main_challenge="Stock-outs", project_timeline="This quarter"),
    "outbound_replied": fact("hubspot.email", 1, direction="inbound", status="sent"),
    "meeting_booked": fact("hubspot.meeting_booked", 1),
    "called_us": fact("hubspot.call", 1, direction="inbound", status="completed"),
    "messaged_us": fact("hubspot.communication", 1, channel="whats_app"),
    "meeting_held": fact("hubspot.meeting", 1, outcome="completed"),
    "spoke_by_phone": fact(
        "hubspot.call", 1, direction="outbound", status="completed", disposition="connected"
    ),
    "meeting_missed": fact("hubspot.meeting", 1, outcome="no_show"),
    "meeting_called_off": fact("hubspot.meeting", 1, outcome="canceled"),
    "intent_confirmed": form("Your next step", next_step="Talk to somebody"),
    "intent_declined": form("Your next step", next_step="Look around first"),
    "colleague_active": colleague("p1", 1),
    "senior_colleague_active": colleague("p1", 1, seniority="vp"),
    "stakeholder_joined": joined("p1", 1),
    "budget_confirmed": form("Event check-in", budget="Approved for this year"),
    "budget_stated": form("Event check-in", budget="25k"),
    "decision_maker_stated": form("Event check-in", role_in_purchase="Decision maker"),
    "influence_stated": form("Event check-in", role_in_purchase="Influencer"),
    "need_named": form("Event check-in", main_challenge="Stock-outs in peak season"),
    "timeline_within_90_days": form("Event check-in", project_timeline="Within 3 months"),
    "budget_denied": form("Event check-in", budget="No budget"),
    "not_now_stated": form("Event check-in", project_timeline="More than 6 months"),
    "testimonial_given": form("Customer reference"),
    "careers_viewed": page("/careers", 1)[0],
    "job_applied": form("Job application"),
    "unsubscribed": fact("hubspot.contact_change", 1, property="hs_email_optout", value="true"),
    "objected": form("Delete my data"),
    "email_bounced": fact("hubspot.email_bounce", 1, campaign="October"),
    "called_by_us": fact(
        "hubspot.call", 1, direction="outbound", status="completed", disposition="no answer"
    ),
    "mailed_by_us": fact("hubspot.email", 1, direction="outbound", status="sent"),
    "note_written": fact("hubspot.note", 1),
    "task_done": fact("hubspot.task", 1, type="todo", status="completed"),
    "sales_event": fact("salesforce.event", 1, type="meeting"),
    "sales_status_changed": fact("salesforce.lead_change", 1, property="OwnerId", value="005A"),
    "deal_changed": fact("hubspot.deal", 1, stage="open", outcome="open"),
}
