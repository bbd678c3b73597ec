"""From what somebody typed to places: names, their spellings and their errors, and which place comes first."""
