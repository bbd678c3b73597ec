"""The same façade on a server that neither limits nor meters: what these cost is the difference."""

from weather import Weather as Weather

import parvis.cli.compose

parvis.cli.compose.Admission = lambda meter, clock: None
