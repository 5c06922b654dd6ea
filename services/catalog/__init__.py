"""Who people are and what they offer: accounts, tutor profiles, subjects, courses, and finding them."""
