"""From a text to the skeleton of a scenario: its sentences, what their words suggest, and the files to begin with."""
