"""From a point to what is there: outlines, the nearest places, distances, time zones."""
