"""The same façade on a server that neither limits nor meters: what these cost is the difference."""

from weather import Weather as Weather

import parvis.assembly.server

parvis.assembly.server.Admission = lambda meter, clock: None
