"""The HTML of the answer pages: readable on a phone, without script or anything from outside."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Final

from syncd.core.answer_links import LABELS
from syncd.core.plain import plain
from syncd.web.answering import State, View

STYLE: Final = (
    ":root{color-scheme:light dark}"
    "*{box-sizing:border-box}"
    "body{margin:0;font:1.0625rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;"
    "background:#f4f5f7;color:#1c2330;padding:1.5rem 1rem}"
    "main{max-width:27rem;margin:8vh auto 0;background:#fff;border-radius:.75rem;padding:1.5rem;"
    "box-shadow:0 1px 3px rgba(20,30,50,.16)}"
    "h1{font-size:1.3rem;line-height:1.3;margin:0 0 .75rem;overflow-wrap:anywhere}"
    "p{margin:0 0 1rem;overflow-wrap:anywhere}"
    ".small{font-size:.9rem;color:#5a6475;margin:1rem 0 0}"
    ".wrong{color:#a4262c;font-weight:600}"
    "label{display:block;font-weight:600;margin:0 0 .35rem}"
    "select,button{width:100%;font:inherit;min-height:3rem;border-radius:.5rem}"
    "select{border:1px solid #8a93a3;background:#fff;color:#1c2330;padding:0 .75rem;margin:0 0 1rem}"
    "button{border:0;background:#1558b0;color:#fff;font-weight:600;cursor:pointer}"
    "button:focus-visible,select:focus-visible{outline:3px solid #f0a500;outline-offset:2px}"
    "@media (prefers-color-scheme:dark){body{background:#141922;color:#e8ebf0}"
    "main{background:#1e2530;box-shadow:none}.small{color:#a7b0bf}.wrong{color:#ff9a9e}"
    "select{background:#141922;color:#e8ebf0}button{background:#4c8fe8;color:#0b1220}}"
)
STYLE_HASH: Final = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Strict-Transport-Security": "max-age=31536000",
}

STATUS: Final = {
    State.ASKS: 200,
    State.DONE: 200,
    State.BAD: 404,
    State.EXPIRED: 410,
    State.USED: 410,
    State.OVER: 410,
    State.EARLY: 409,
    State.UNCONFIRMED: 403,
    State.NO_REASON: 422,
}
_ANSWER_THERE = "You can always answer in Salesforce: Accept or Give back on the lead."
_TOLD: Final = {
    State.BAD: (
        "This link does not work",
        "It is incomplete or not one of ours. Mail programs may cut long links: copy the whole address.",
    ),
    State.EXPIRED: ("This link has expired", "Links in messages work for a limited time."),
    State.USED: ("This link was used already", "Each link works once. The answer given with it counts."),
    State.OVER: (
        "This lead has moved on",
        "It was answered, closed or taken back since the message was sent. Nothing was changed.",
    ),
    State.EARLY: (
        "Just a moment",
        "The lead is on its way into Salesforce. Open the link again in a minute. Nothing was changed.",
    ),
    State.UNCONFIRMED: ("Nothing was changed", "Open the link from the message and use the button there."),
}


def html(view: View, profile: str = "") -> str:
    """The whole page for one look at a link. `profile` is shown where the installation has several."""
    named = _small(f"Profile: {profile}") if profile else ""
    if view.state in {State.ASKS, State.NO_REASON}:
        return _document(_verb(view), _form(view) + named)
    if view.state is State.DONE:
        return _document("Thank you", _thanks(view) + named)
    title, text = _TOLD[view.state]
    return _document(title, f"<p>{escape(text)}</p>{_small(_ANSWER_THERE)}{named}")


def _form(view: View) -> str:
    asked = ""
    if view.reasons:
        options = "".join(f'<option value="{escape(item)}">{escape(item)}</option>' for item in view.reasons)
        wrong = '<p class="wrong">Please choose a reason.</p>' if view.state is State.NO_REASON else ""
        asked = (
            f'{wrong}<label for="reason">Why?</label><select id="reason" name="reason" required>'
            f'<option value="">Choose a reason</option>{options}</select>'
        )
    return (
        f"<p>{_person(view)}</p>"
        f'<form method="post"><input type="hidden" name="confirm" value="{escape(view.confirm)}">'
        f"{asked}<button>{escape(_label(view))}</button></form>"
        f"{_small('Nothing happens before you press the button. ' + _ANSWER_THERE)}"
    )


def _thanks(view: View) -> str:
    said = "is yours now" if view.link and view.link.answer == "accept" else "goes back to marketing"
    return f"<p>{_person(view)} {said}.</p>{_small('Salesforce shows it within a minute or two.')}"


def _verb(view: View) -> str:
    return "Accept this lead?" if view.link and view.link.answer == "accept" else "Give this lead back?"


def _label(view: View) -> str:
    return LABELS[view.link.answer] if view.link else ""


def _person(view: View) -> str:
    who, company = plain(view.who, 120), plain(view.company, 120)
    at = f", {escape(company)}" if company else ""
    return f"<strong>{escape(who)}</strong>{at}"


def _small(text: str) -> str:
    return f'<p class="small">{escape(text)}</p>'


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex, nofollow">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
