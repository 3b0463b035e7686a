"""Finding a case by a name or a number that stands in no address."""
