"""The same shop on a server whose meter folds twenty times a second, from segments of 256 records."""

from shop import Shop as Shop

import parvis.store.journal
import parvis.store.meter

parvis.store.journal.SLOTS = 256
parvis.store.meter.FOLD = 0.05
