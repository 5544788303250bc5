"""JSON-LD in the words of schema.org: what a page is, for machines. No I/O.

It says less than the page, never more: nothing of a 公示 but its place in the site, and no person's name anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date as Day
from typing import Any

from site_builder.disclosure import is_hidden
from site_builder.json_ld import CONTEXT, Node
from site_builder.model import Library
from site_builder.records import (
    Case,
    Consultation,
    Event,
    Finance,
    Guide,
    Indicator,
    Interpretation,
    News,
    Notice,
    Page,
    Policy,
    Published,
    Record,
    Union,
    Venue,
)
from site_builder.values import Reference, ValidityPhase

LANGUAGE = "zh-CN"
LEGAL_FORCE: dict[ValidityPhase, str] = {
    "effective": "InForce",
    "expiring": "InForce",
    "amended": "PartiallyInForce",
    "pending": "NotInForce",
    "repealed": "NotInForce",
    "expired": "NotInForce",
}
EVENT_STATUS = {
    "取消": "EventCancelled",
    "延期": "EventPostponed",
    "改期": "EventRescheduled",
    "换地点": "EventScheduled",
}
RELATIONS = {
    "amends": "legislationChanges",
    "replaces": "legislationRepeals",
    "repeals": "legislationRepeals",
    "implements": "legislationEnsuresImplementationOf",
    "based_on": "isBasedOn",
    "forwards": "isBasedOn",
}
_FREE = re.compile(r"免费|不收|无偿|^0$")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the description of a page may look up: the library, the day, and the site's address (with '/' at the end)."""

    library: Library
    today: Day
    base: str

    def organisation(self, name: str | None = None) -> Node:
        """Return an organisation by name: the site's own as a reference to the home page."""
        own = self.library.site.organisation
        if name and name != own:
            return {"@type": "Organization", "name": name}
        return {"@type": "Organization", "@id": f"{self.base}#organisation", "name": own}

    def legislation(self, reference: Reference) -> Node:
        """Return the document that a reference means, with its address where it stands on this site."""
        found = self.library.resolve(reference)
        number = getattr(found, "doc_number", None) or reference.doc_number
        return {
            "@type": "Legislation",
            "@id": self.base + found.url if found else None,
            "name": found.title if found else reference.title,
            "legislationIdentifier": str(number) if number else None,
        }


# --- pages --------------------------------------------------------------------------------------


def describe_page(scope: Scope, url: str, crumbs: Sequence[tuple[str, str]], record: Record | None) -> list[Node]:
    """Return what a page is: its place in the site, its record, and on the home page the organisation."""
    nodes = describe_site(scope) if url == "" else []
    if crumbs:
        nodes.append(describe_crumbs(scope, url, crumbs))
    describe = _DESCRIBE.get(type(record)) if record else None
    if record and describe:
        node = describe(scope, record)
        nodes.append({**node, "url": scope.base + url, "inLanguage": LANGUAGE} if node else {})
    if isinstance(record, Guide) and record.faq:
        nodes.append(describe_questions(record))
    return [node for node in nodes if node]


def describe_site(scope: Scope) -> list[Node]:
    """Return the organisation behind the site, and the site with its search."""
    site = scope.library.site
    number = site.phone or site.hotline
    organisation = {
        **scope.organisation(),
        "@type": "GovernmentOrganization" if site.profile == "政府子站" else "Organization",
        "url": scope.base,
        "telephone": number,
        "address": _address(site.address, postcode=site.postcode),
        "contactPoint": {"@type": "ContactPoint", "contactType": "职工热线", "telephone": site.hotline},
    }
    search = {"@type": "SearchAction", "target": f"{scope.base}search/?q={{q}}", "query-input": "required name=q"}
    website = {
        "@type": "WebSite",
        "name": site.name,
        "url": scope.base,
        "inLanguage": LANGUAGE,
        "publisher": {"@id": f"{scope.base}#organisation"},
        "potentialAction": search,
    }
    return [organisation, website]


def describe_crumbs(scope: Scope, url: str, crumbs: Sequence[tuple[str, str]]) -> Node:
    """Return the way from the home page to this one."""
    steps = [("首页", ""), *((label, href or url) for label, href in crumbs)]
    items = [
        {"@type": "ListItem", "position": at, "name": label, "item": scope.base + href}
        for at, (label, href) in enumerate(steps, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


# --- documents ----------------------------------------------------------------------------------


def describe_policy(scope: Scope, policy: Policy) -> Node:
    """Return a policy as legislation, with what holds of it today and what it does to others."""
    validity = policy.validity
    issuer = policy.issuer or policy.source
    force = LEGAL_FORCE.get(scope.library.phase(policy, scope.today))
    node: Node = {
        "@type": "Legislation",
        "@id": scope.base + policy.url,
        "name": policy.title,
        "legislationIdentifier": str(policy.doc_number) if policy.doc_number else None,
        "legislationType": policy.genre,
        "legislationDate": str(policy.issued) if policy.issued else None,
        "datePublished": str(policy.published) if policy.published else None,
        "legislationLegalForce": f"{CONTEXT}/{force}" if force else None,
        "temporalCoverage": f"{validity.effective}/{validity.expires or '..'}" if validity.effective else None,
        "legislationJurisdiction": _area(issuer),
        "legislationPassedBy": scope.organisation(issuer),
        "publisher": scope.organisation(),
        "abstract": policy.summary,
        "keywords": list(policy.keywords or policy.topics),
    }
    for name, reference in policy.relations.pairs():
        if key := RELATIONS.get(name):
            node.setdefault(key, []).append(scope.legislation(reference))
    return node


def describe_article(scope: Scope, record: Published) -> Node:
    """Return a news item, case, report, interpretation or notice; of a 公示 nothing, since its words name people."""
    if isinstance(record, Notice) and record.kind == "公示":
        return {}
    return {
        "@type": "NewsArticle" if isinstance(record, News) else "Article",
        "headline": record.title,
        "datePublished": f"{record.published}T{record.published_time or '00:00'}+08:00" if record.published else None,
        "description": record.summary,
        "author": scope.organisation(record.source or getattr(record, "issuer", None)),
        "publisher": scope.organisation(),
        "about": scope.legislation(Reference(id=record.policy)) if isinstance(record, Interpretation) else None,
    }


def describe_leaf(scope: Scope, page: Page) -> Node:
    """Return a page written by hand."""
    return {
        "@type": "ContactPage" if page.id == "contact" else "WebPage",
        "name": page.title,
        "description": page.description,
        "dateModified": str(page.updated) if page.updated else None,
        "publisher": scope.organisation(),
    }


def describe_consultation(scope: Scope, consultation: Consultation) -> Node:
    """Return a consultation as a page with the days on which it runs."""
    period = consultation.period
    return {
        "@type": "WebPage",
        "name": consultation.title,
        "temporalCoverage": f"{period.start}/{period.end}" if period.end else str(period.start),
        "publisher": scope.organisation(consultation.issuer),
    }


# --- services and places ------------------------------------------------------------------------


def describe_guide(scope: Scope, guide: Guide) -> Node:
    """Return a guide as a service: who gives it to whom, where, by which ways, at what price."""
    site = scope.library.site
    terms = scope.library.get("pages", "terms")
    return {
        "@type": "GovernmentService",
        "name": guide.title,
        "description": guide.summary,
        "serviceType": guide.kind,
        "identifier": guide.code,
        "provider": scope.organisation(guide.authority),
        "areaServed": _area(site.organisation),
        "audience": {"@type": "Audience", "audienceType": guide.audience} if guide.audience else None,
        "availableChannel": _channels(scope, guide),
        "offers": _offer(guide.fee),
        "serviceOutput": {"@type": "Thing", "name": guide.result} if guide.result else None,
        "termsOfService": scope.base + terms.url if terms else None,
        "dateModified": str(guide.updated) if guide.updated else None,
    }


def _channels(scope: Scope, guide: Guide) -> list[Node]:
    limit = guide.promised_limit
    common = {
        "@type": "ServiceChannel",
        "processingTime": f"P{limit.days}D" if limit and limit.unit == "自然日" else None,
    }
    channels: list[Node] = []
    if scope.library.site.forms_open and guide.form in scope.library.forms:
        channels.append({**common, "serviceUrl": f"{scope.base}apply/{guide.form}/"})
    for place in guide.places:
        found = scope.library.get("venues", place.venue) if place.venue else None
        venue = found if isinstance(found, Venue) else None
        name, address = (
            place.name or (venue.title if venue else None),
            place.address or (venue.address if venue else None),
        )
        channels.append({**common, "serviceLocation": {"@type": "Place", "name": name, "address": _address(address)}})
    phones = [{"@type": "ContactPoint", "telephone": phone} for phone in guide.phones]
    return [*channels, *({**common, "servicePhone": phone} for phone in phones)]


def _offer(fee: str | None) -> Node | None:
    if fee is None:
        return None
    if _FREE.search(fee):
        return {"@type": "Offer", "price": 0, "priceCurrency": "CNY"}
    return {"@type": "Offer", "priceCurrency": "CNY", "description": fee}


def describe_questions(guide: Guide) -> Node:
    """Return the frequent questions of a guide."""
    return {
        "@type": "FAQPage",
        "mainEntity": [
            {"@type": "Question", "name": one.q, "acceptedAnswer": {"@type": "Answer", "text": one.a}}
            for one in guide.faq
        ],
    }


def describe_venue(scope: Scope, venue: Venue) -> Node:
    """Return a venue as a place."""
    lon, lat = venue.coordinates or (None, None)
    return {
        "@type": "Place",
        "@id": scope.base + venue.url,
        "name": venue.title,
        "additionalType": venue.kind,
        "address": _address(venue.address, venue.township),
        "telephone": venue.phone,
        "geo": {"@type": "GeoCoordinates", "latitude": lat, "longitude": lon} if venue.coordinates else None,
        "amenityFeature": [{"@type": "LocationFeatureSpecification", "name": one} for one in venue.facilities],
        "isAccessibleForFree": True if venue.fee and _FREE.search(venue.fee) else None,
    }


def describe_union(scope: Scope, union: Union) -> Node:
    """Return a union as an organisation with the one above it."""
    parent = scope.library.get("unions", union.parent) if union.parent else None
    return {
        "@type": "Organization",
        "@id": scope.base + union.url,
        "name": union.title,
        "alternateName": union.short,
        "taxID": union.code,
        "address": _address(union.address),
        "telephone": union.phone,
        "foundingDate": str(union.founded) if union.founded else None,
        "parentOrganization": {"@id": scope.base + parent.url, "name": parent.title} if parent else None,
    }


def describe_event(scope: Scope, event: Event) -> Node:
    """Return an event with its time, place and organiser."""
    found = scope.library.get("venues", event.venue) if event.venue else None
    venue = found if isinstance(found, Venue) else None
    place = {
        "@type": "Place",
        "name": event.place or (venue.title if venue else None),
        "address": _address(venue.address if venue else None),
    }
    return {
        "@type": "Event",
        "name": event.title,
        "description": event.text,
        "startDate": event.start.isoformat(timespec="minutes"),
        "endDate": event.end.isoformat(timespec="minutes") if event.end else None,
        "eventStatus": f"{CONTEXT}/{EVENT_STATUS[event.change.kind] if event.change else 'EventScheduled'}",
        "previousStartDate": event.change.was.isoformat(timespec="minutes")
        if event.change and event.change.was
        else None,
        "eventAttendanceMode": f"{CONTEXT}/OfflineEventAttendanceMode",
        "location": place,
        "organizer": scope.organisation(event.organiser),
        "maximumAttendeeCapacity": event.capacity,
    }


def describe_indicator(scope: Scope, indicator: Indicator) -> Node:
    """Return an indicator as a data set with the files that hold its series."""
    days = sorted(one.date for one in indicator.series if not is_hidden(indicator, one))
    return {
        "@type": "Dataset",
        "name": indicator.title,
        "description": indicator.definition or indicator.remark or f"{indicator.group}：{indicator.title}",
        "variableMeasured": {"@type": "PropertyValue", "name": indicator.title, "unitText": indicator.unit},
        "temporalCoverage": f"{days[0]}/{days[-1]}" if days else None,
        "dateModified": str(days[-1]) if days else None,
        "creator": scope.organisation(indicator.source if indicator.source and len(indicator.source) < 20 else None),
        "isAccessibleForFree": True,
        "distribution": describe_files(scope, "observations"),
    }


def describe_files(scope: Scope, table: str) -> list[Node]:
    """Return the files of one table of the open data."""
    return [
        {"@type": "DataDownload", "encodingFormat": kind, "contentUrl": f"{scope.base}open-data/{table}.{ending}"}
        for ending, kind in (("json", "application/json"), ("csv", "text/csv"))
    ]


# --- small parts --------------------------------------------------------------------------------


def _address(street: str | None, town: str | None = None, postcode: str | None = None) -> Node | None:
    if not street:
        return None
    return {
        "@type": "PostalAddress",
        "streetAddress": street,
        "addressLocality": town,
        "postalCode": postcode,
        "addressCountry": "CN",
    }


def _area(organisation: str | None) -> Node | None:
    """Return the area of a federation: what stands before 总工会 in its name."""
    name = (organisation or "").partition("总工会")[0]
    if not name or name == organisation:
        return None
    return {"@type": "AdministrativeArea", "name": name}


_DESCRIBE: dict[type[Record], Callable[[Scope, Any], Node]] = {
    Policy: describe_policy,
    Interpretation: describe_article,
    Notice: describe_article,
    News: describe_article,
    Case: describe_article,
    Finance: describe_article,
    Page: describe_leaf,
    Consultation: describe_consultation,
    Guide: describe_guide,
    Venue: describe_venue,
    Union: describe_union,
    Event: describe_event,
    Indicator: describe_indicator,
}
