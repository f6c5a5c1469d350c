"""Where a user keeps public data that Détente may not ship; the scenario layer looks there too, so it is defined there."""

from detente.scenario.where import VARIABLE, find, folders

__all__ = ["VARIABLE", "find", "folders"]
