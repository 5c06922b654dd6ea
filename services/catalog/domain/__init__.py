"""What catalog owns, and the lives that it leads: accounts, tutor profiles, courses, package offers.

Pure: ids and instants come from outside. Log-ins and sessions are `sessions`' concern, finding
a tutor by words is `words`', who may see what of all this is `views`'.
"""

from services.catalog.domain.accounts import (
    ERASED,
    Account,
    insist_on_an_address,
    insist_on_an_admin,
    insist_on_open_role,
)
from services.catalog.domain.courses import Course, Subject
from services.catalog.domain.enrolments import Enrolment
from services.catalog.domain.owned import insist_on_version, own
from services.catalog.domain.packages import PackageOffer
from services.catalog.domain.tutors import (
    LOOKED_AT,
    STEPS,
    Presentation,
    Standing,
    Step,
    Taught,
    TutorProfile,
    teach,
)

__all__ = [
    "ERASED",
    "LOOKED_AT",
    "STEPS",
    "Account",
    "Course",
    "Enrolment",
    "PackageOffer",
    "Presentation",
    "Standing",
    "Step",
    "Subject",
    "Taught",
    "TutorProfile",
    "insist_on_an_address",
    "insist_on_an_admin",
    "insist_on_open_role",
    "insist_on_version",
    "own",
    "teach",
]
