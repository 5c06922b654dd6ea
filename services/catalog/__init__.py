"""Who people are and what they offer: accounts, profiles, subjects, courses, packages; and finding them."""
