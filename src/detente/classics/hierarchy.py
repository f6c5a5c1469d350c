"""How many levels of reasoning the classic models look at."""

LEVELS = 26  # a population holds levels 0 .. 25, beyond which a Poisson mean of a few leaves nothing
TRUNCATED = 6  # a population of levels 0 .. 5, as some papers stop there
TOLD = 7  # levels told one by one: 0 .. 6
