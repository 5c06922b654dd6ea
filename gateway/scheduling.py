"""Where scheduling is asked: when a tutor is open, and which starts can be booked."""

from __future__ import annotations

from contracts.scheduling import (
    AddAddition,
    AddCalendar,
    AddOverride,
    AddTimeOff,
    GetAvailability,
    GetCalendar,
    ListAdditions,
    ListCalendars,
    ListOverrides,
    ListSlots,
    ListTimeOff,
    RefreshCalendar,
    RemoveAddition,
    RemoveCalendar,
    RemoveOverride,
    RemoveTimeOff,
    ReplaceAvailability,
)
from gateway.routes import Route

ROUTES = (
    Route("GET", "/api/tutors/{tutor_profile_id}/slots", ListSlots),
    Route("GET", "/api/tutor/availability", GetAvailability),
    Route("PUT", "/api/tutor/availability", ReplaceAvailability),
    Route("GET", "/api/tutor/availability/overrides", ListOverrides),
    Route("POST", "/api/tutor/availability/overrides", AddOverride, status=201),
    Route("DELETE", "/api/tutor/availability/overrides/{override_id}", RemoveOverride, status=204),
    Route("GET", "/api/tutor/availability/additions", ListAdditions),
    Route("POST", "/api/tutor/availability/additions", AddAddition, status=201),
    Route("DELETE", "/api/tutor/availability/additions/{addition_id}", RemoveAddition, status=204),
    Route("GET", "/api/tutor/availability/time-off", ListTimeOff),
    Route("POST", "/api/tutor/availability/time-off", AddTimeOff, status=201),
    Route("DELETE", "/api/tutor/availability/time-off/{time_off_id}", RemoveTimeOff, status=204),
    Route("GET", "/api/tutor/calendars", ListCalendars),
    Route("POST", "/api/tutor/calendars", AddCalendar, status=201, location="/api/tutor/calendars/{id}"),
    Route("GET", "/api/tutor/calendars/{calendar_id}", GetCalendar),
    Route("DELETE", "/api/tutor/calendars/{calendar_id}", RemoveCalendar, status=204),
    Route("POST", "/api/tutor/calendars/{calendar_id}/refresh", RefreshCalendar, status=202),
)
