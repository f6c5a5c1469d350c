"""The reference game: one crisis, frozen, played by Détente and by others.

Four actors with a resource each have nine moves beside holding still; twelve noisy stocks, 52 weeks. A move needs its
price, presses on the others, and shifts four general stocks. When the pressure on somebody passes their hidden
threshold, war breaks out with some probability in every week, and ends the future.
"""
